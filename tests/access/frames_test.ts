import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { Frames, type FramesOptions } from "../../src/access/frames.ts";
import { MAX_LINE } from "../../src/access/line.ts";

/** What comes of bytes that arrive in pieces of this size. */
function cut(
  text: string,
  { pieceBytes = 1_000, maxBytes = 20, framing }: Partial<FramesOptions> & {
    readonly pieceBytes?: number;
  } = {},
) {
  const messages: string[] = [];
  let tooLong = 0;
  const frames = new Frames({
    maxBytes,
    framing,
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
      // A count of more digits than any message needs is a line.
      ["99999999 <1>a\nb\n", ["99999999 <1>a", "b"], 0],
      ["9999999999999999 <1>\nb\n", ["9999999999999999 <1>", "b"], 0],
      ["-5 <1>ab\n+5 <1>ab\n", ["-5 <1>ab", "+5 <1>ab"], 0],
      ["05 <1>ab\n", ["05 <1>ab"], 0],
      ["5  <1>ab\n", ["5  <1>ab"], 0],
      ["5 \n<1>ab\n", ["5 ", "<1>ab"], 0],
      // One byte less, and more, than the message has: the next count is found again.
      ["4 <1>ab\n5 <2>cd", ["<1>a", "b", "<2>cd"], 0],
      ["7 <1>ab\n5 <2>cd", ["<1>ab\n5", " <2>cd"], 0],
      ["5 <1>ab\n\n5 <2>cd\n", ["<1>ab", "<2>cd"], 0],
      // Half a message, and bytes that are no UTF-8.
      ["5 <1>a", ["5 <1>a"], 0],
      ["\0\n\x7f\n", ["\0", "\x7f"], 0],
    ] as const
  ) assertEquals(cut(text), { messages: [...messages], tooLong }, text);
});

Deno.test("Frames.push() skips a message of 1 MB, however it comes, and takes the next", () => {
  const long = "x".repeat(1_048_576);
  for (const pieceBytes of [1_000, 16_384, 65_536, 2_000_000]) {
    for (
      const [text, messages] of [
        [`a\n${long}\nb\n`, ["a", "b"]],
        [`a\n{"uri":"${long}"}\nb`, ["a", "b"]],
        // No line feed ends it.
        [`a\n${long}`, ["a"]],
        [`5 <1>ab${long.length + 3} <1>${long}5 <2>cd`, ["<1>ab", "<2>cd"]],
      ] as const
    ) {
      const options = { pieceBytes, maxBytes: MAX_LINE };
      assertEquals(cut(text, options), { messages: [...messages], tooLong: 1 });
    }
  }
});

Deno.test("Frames.push() reads no octet count from inside a line that a client wrote", () => {
  // Of the format '$status $http_user_agent|…', the first client's agent is "<hidden".
  const lines = ["a", "9 <hidden", "200 <forged|100.64.0.1", "b"];
  assertEquals(cut(lines.join("\n"), { maxBytes: 99 }), { messages: lines, tooLong: 0 });
  const alone = lines.slice(1);
  assertEquals(cut(alone.join("\n"), { maxBytes: 99, framing: "lines" }), {
    messages: alone,
    tooLong: 0,
  });
});

Deno.test("Frames.push() replaces bytes that are no UTF-8, and goes on with the next line", () => {
  const messages: string[] = [];
  const frames = new Frames({
    maxBytes: 20,
    onMessage: (message) => messages.push(message),
    onTooLong: () => {},
  });
  frames.push(Uint8Array.of(0x61, 0xff, 0xc3, 0x0a, 0xa9, 0xed, 0xa0, 0x80, 0x0a, 0x62, 0x0a));
  assertEquals(messages, ["a\ufffd\ufffd", "\ufffd".repeat(4), "b"]);
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
  frames.push(new TextEncoder().encode(`a\n\n\t \r\n\u3000\n${"x".repeat(99)}\nb`));
  frames.end();
  assertEquals(seen, ["a", "(empty)", "(empty)", "(empty)", "(too long)", "b"]);
});
