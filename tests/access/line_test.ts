import { assert, assertEquals } from "@std/assert";
import { BAD_LINES, boundText, copyText, MAX_LINE, MAX_LINE_TEXT } from "../../src/access/line.ts";

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

Deno.test("boundText() and copyText() keep no line in memory that a text comes from", () => {
  const bytes = new Uint8Array(MAX_LINE).fill("x".charCodeAt(0));
  const decoder = new TextDecoder();
  const kept: unknown[] = [];
  const before = Deno.memoryUsage().heapUsed;
  // Lines of 131 MB in all.
  for (let at = 0; at < 4_000; at++) {
    kept.push(boundText(decoder.decode(bytes).slice(0, 100)));
    kept.push(copyText(decoder.decode(bytes).slice(0, 40)));
  }
  const grownBytes = Deno.memoryUsage().heapUsed - before;
  assert(grownBytes < 64e6, `${kept.length} texts keep ${grownBytes} bytes`);
});
