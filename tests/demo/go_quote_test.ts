import { assertEquals } from "@std/assert";
import { goQuote } from "../../src/demo/go_quote.ts";

Deno.test("goQuote() writes what strconv.Quote writes", () => {
  const cases: readonly (readonly [text: string, quoted: string])[] = [
    ["", '""'],
    ["direct_ipv4", '"direct_ipv4"'],
    ["svc:web", '"svc:web"'],
    ['say "hi"', '"say \\"hi\\""'],
    ["back\\slash", '"back\\\\slash"'],
    ["line\nfeed", '"line\\nfeed"'],
    ["\x07\b\f\r\t\v", '"\\a\\b\\f\\r\\t\\v"'],
    ["\x00\x1f\x7f", '"\\x00\\x1f\\x7f"'],
    ["São Paulo ☺ 日本", '"São Paulo ☺ 日本"'],
    ["\u00a0\u2028\ufeff", '"\\u00a0\\u2028\\ufeff"'],
    ["\u{1f600}", '"\u{1f600}"'],
    ["\u{e0001}", '"\\U000e0001"'],
    ["\ud800", '"\ufffd"'],
  ];
  for (const [text, quoted] of cases) assertEquals(goQuote(text), quoted);
});
