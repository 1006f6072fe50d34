import { assertEquals } from "@std/assert";
import { cutMiddle, HeadAndTail } from "../../src/embedded/_head_and_tail.ts";

/** What is kept of a text that is written in pieces of some bytes. */
function keep(text: string, size: number): string {
  const kept = new HeadAndTail();
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) kept.add(bytes.subarray(at, at + size));
  return kept.text;
}

Deno.test("HeadAndTail keeps the stack of a panic, in whatever pieces it is written", () => {
  const stack = Array.from(
    { length: 18 },
    (_, at) => `main.call${at}(0x${at})\n\t/tsnet/é.go:${at}`,
  );
  const text = ["panic: on purpose", "", "goroutine 7 [running]:", ...stack, ""].join("\n");
  for (const size of [1, 2, 7, 10_000]) assertEquals(keep(text, size), text);
});

Deno.test("HeadAndTail keeps the first and the last 20 lines, and 500 characters of each", () => {
  const lines = Array.from({ length: 100 }, (_, at) => `line ${at}`);
  const wanted = [...lines.slice(0, 20), ...lines.slice(-20), "end"].join("\n");
  for (const size of [1, 3, 10_000]) {
    assertEquals(keep([...lines, "end"].join("\n"), size), wanted);
    assertEquals(keep("x".repeat(2_000) + "\ny", size), "x".repeat(500) + "\ny");
  }
});

Deno.test("cutMiddle() keeps both ends of a long text", () => {
  assertEquals(cutMiddle("0123456789", 10), "0123456789");
  assertEquals(cutMiddle("0123456789a", 10), "0123\n…\n89a");
  assertEquals(cutMiddle("0123456789ab", 11), "0123\n…\n89ab");
});
