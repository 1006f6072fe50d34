import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { readLines } from "../../../src/tailscale/local/line.ts";

/** The lines of a text that comes in chunks. */
async function lines(chunks: readonly string[], maxBytes = 100): Promise<readonly string[]> {
  async function* stream() {
    for (const chunk of chunks) yield await Promise.resolve(new TextEncoder().encode(chunk));
  }
  return await Array.fromAsync(readLines(stream(), maxBytes));
}

Deno.test("readLines() gives finished lines only", async () => {
  assertEquals(await lines(["a\nb", "c\n", "\n\r\n d \n", "e"]), ["a", "bc", "d"]);
  assertEquals(await lines([]), []);
});

Deno.test("readLines() leaves out a line that is too long and goes on", async () => {
  const long = "x".repeat(101);
  assertEquals(await lines([`a\n${long}\nb\n`]), ["a", "b"]);
  assertEquals(await lines(["a\n", long, long, "\nb", "\n"]), ["a", "b"]);
  assertEquals(await lines([`${"x".repeat(100)}\n`]), ["x".repeat(100)]);
});

Deno.test("readLines() does not care where chunks end", async () => {
  const text = fc.array(fc.string({ unit: fc.constantFrom("é", "a", "😀") }));
  await fc.assert(fc.asyncProperty(text, fc.integer({ min: 1, max: 9 }), async (texts, size) => {
    const bytes = new TextEncoder().encode(texts.map((each) => `${each}\n`).join(""));
    async function* stream() {
      for (let at = 0; at < bytes.length; at += size) {
        yield await Promise.resolve(bytes.subarray(at, at + size));
      }
    }
    const found = await Array.fromAsync(readLines(stream(), 1000));
    assertEquals(found, texts.filter((each) => each !== ""));
  }));
});
