import { assertEquals } from "@std/assert";
import { BAD_LINES, boundText, MAX_LINE_TEXT } from "../../src/access/line.ts";

Deno.test("BAD_LINES has each reason once", () => {
  assertEquals(new Set(BAD_LINES).size, BAD_LINES.length);
});

Deno.test("boundText() cuts a long text, and takes an empty one for none", () => {
  for (
    const [text, expected] of [
      [undefined, undefined],
      ["", undefined],
      ["/", "/"],
      ["x".repeat(MAX_LINE_TEXT), "x".repeat(MAX_LINE_TEXT)],
      ["x".repeat(MAX_LINE_TEXT + 1), "x".repeat(MAX_LINE_TEXT)],
      ["x".repeat(MAX_LINE_TEXT - 1) + "😀", "x".repeat(MAX_LINE_TEXT - 1) + "\ufffd"],
    ] as const
  ) assertEquals(boundText(text), expected);
});
