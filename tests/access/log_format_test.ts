import { assertEquals, assertThrows } from "@std/assert";
import { parseLogFormat } from "../../src/access/log_format.ts";

Deno.test("parseLogFormat() reads a format as nginx' configuration has it", () => {
  const cases = [
    ["$a", "default", ["", ""], ["a"]],
    ["[$a] ${b}c", "default", ["[", "] ", "c"], ["a", "b"]],
    ["'$a - ' '$b'", "default", ["", " - ", ""], ["a", "b"]],
    ["'$a '\n    '\"$b\"'", "default", ["", ' "', '"'], ["a", "b"]],
    ['escape=json {"a":"$a"}', "json", ['{"a":"', '"}'], ["a"]],
    ["escape=none '$a'", "none", ["", ""], ["a"]],
    ["escape=default $a", "default", ["", ""], ["a"]],
    ["escape=other $a", "default", ["escape=other ", ""], ["a"]],
  ] as const;
  for (const [text, escape, literals, names] of cases) {
    assertEquals(parseLogFormat(text), { escape, literals: [...literals], names: [...names] });
  }
});

Deno.test("parseLogFormat() says what is wrong with a text that is no format", () => {
  for (
    const [text, message] of [
      ["", "got no variable, want $remote_addr and others"],
      ["combined", "got no variable, want $remote_addr and others"],
      ["$a $ $b", 'got a "$" without the name of a variable, want $name or ${name}'],
      ["${a", 'got a "$" without the name of a variable, want $name or ${name}'],
      ["'$a", "got an apostrophe without its second one, want '…' '…'"],
      ["'$a' $b", "got an apostrophe without its second one, want '…' '…'"],
      ["$a".repeat(65), "got 65 variables, want at most 64"],
      ["x".repeat(4_097), "got 4097 characters, want at most 4096"],
    ] as const
  ) assertEquals(assertThrows(() => parseLogFormat(text), SyntaxError).message, message);
});
