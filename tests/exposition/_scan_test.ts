import { assertEquals, assertThrows } from "@std/assert";
import { refuse, unescapeText } from "../../src/exposition/_scan.ts";
import { toBytes } from "../_support/relay.ts";

Deno.test("unescapeText() knows three escapes, and leaves other backslashes", () => {
  const table: readonly (readonly [string, string])[] = [
    ["a", "a"],
    ['\\\\ \\" \\n', '\\ " \n'],
    ["\\\\n", "\\n"],
    ["\\t\\", "\\t\\"],
  ];
  for (const [text, plain] of table) assertEquals(unescapeText(text), plain);
});

Deno.test("refuse() counts lines and shows 120 characters", () => {
  const page = toBytes(`a 1\n\n${"é".repeat(121)}\nb 1\n`);
  assertThrows(
    () => refuse(page, 8, "something", "another"),
    SyntaxError,
    `Cannot read line 3: something: \`${"é".repeat(120)}…\`; wanted another`,
  );
  assertThrows(() => refuse(page, 0, "x", "y"), SyntaxError, "line 1: x: `a 1`; wanted y");
});
