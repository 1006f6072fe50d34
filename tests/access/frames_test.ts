import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Frames } from "../../src/access/frames.ts";

/** What comes of bytes that arrive in pieces of this size. */
function cut(text: string, { pieceBytes = 1_000, maxBytes = 20 } = {}) {
  const messages: string[] = [];
  let tooLong = 0;
  const frames = new Frames({
    maxBytes,
    onMessage: (message) => messages.push(message),
    onTooLong: () => tooLong++,
  });
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += pieceBytes) {
    frames.push(bytes.subarray(at, at + pieceBytes));
  }
  frames.end();
  return { messages, tooLong };
}

Deno.test("Frames.push() tells counted messages from lines", () => {
  for (
    const [text, messages, tooLong] of [
      ["a\nb\n", ["a", "b"], 0],
      ["a\r\n\n\nb", ["a\r", "b"], 0],
      ["5 <1>ab6 <1>c\nd", ["<1>ab", "<1>c\nd"], 0],
      ["5 <1>ab\nline\n5 <2>cd", ["<1>ab", "line", "<2>cd"], 0],
      ["100.64.0.1 x\n", ["100.64.0.1 x"], 0],
      ["12 apples\n", ["12 apples"], 0],
      ["0 <1>ab\n", ["0 <1>ab"], 0],
      [`30 <1>${"x".repeat(27)}5 <1>ab`, ["<1>ab"], 1],
      [`9999999 <1>${"x".repeat(100)}\na\n`, [], 1],
      [`${"x".repeat(21)}\na\n`, ["a"], 1],
      [`${"x".repeat(500)}\na\n`, ["a"], 1],
      [`${"x".repeat(20)}\na\n`, ["x".repeat(20), "a"], 0],
      ["123", ["123"], 0],
      ["15 <1>ab", ["15 <1>ab"], 0],
      ["é\n", ["é"], 0],
    ] as const
  ) assertEquals(cut(text), { messages: [...messages], tooLong }, text);
});

Deno.test("Frames.push() cuts alike, in whichever pieces the bytes arrive", () => {
  const piece = fc.constantFrom(
    "a",
    "5 <1>ab",
    "\n",
    "12",
    " ",
    "<",
    "30 <1>",
    "x".repeat(25),
    "é",
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 20 }),
      fc.integer({ min: 1, max: 40 }),
      (pieces, pieceBytes) => {
        const text = pieces.join("");
        assertEquals(cut(text, { pieceBytes }), cut(text, { pieceBytes: 1 }), text);
      },
    ),
    { numRuns: 500 },
  );
});

Deno.test("Frames.push() tells of empty lines, so that a caller can number lines", () => {
  const seen: string[] = [];
  const frames = new Frames({
    maxBytes: 20,
    onMessage: (message) => seen.push(message),
    onTooLong: () => seen.push("(too long)"),
    onEmpty: () => seen.push("(empty)"),
  });
  frames.push(new TextEncoder().encode(`a\n\n \r\n${"x".repeat(99)}\nb`));
  frames.end();
  assertEquals(seen, ["a", "(empty)", "(empty)", "(too long)", "b"]);
});
