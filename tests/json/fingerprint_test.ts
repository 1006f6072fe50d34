import { assertEquals, assertNotEquals } from "@std/assert";
import fc from "fast-check";
import { Fingerprinter } from "../../src/json/fingerprint.ts";

const marker = new Fingerprinter(1234);

Deno.test("Fingerprinter gives the same bytes the same mark, wherever they lie", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 50 }), fc.nat(9), (bytes, offset) => {
    const memory = new Uint8Array(bytes.length + offset + 3).fill(7);
    memory.set(bytes, offset);
    const there = memory.subarray(offset, offset + bytes.length);
    assertEquals(marker.mark(there), marker.mark(bytes));
  }));
});

Deno.test("Fingerprinter gives other bytes another mark, whichever bit differs", () => {
  for (const length of [1, 7, 8, 9, 16, 100]) {
    const bytes = new TextEncoder().encode("n292kg92CNTRL ".repeat(10)).slice(0, length);
    const marks = new Set([marker.mark(bytes)]);
    for (let bit = 0; bit < length * 8; bit++) {
      const other = bytes.slice();
      other[bit >> 3] = (other[bit >> 3] ?? 0) ^ 1 << (bit & 7);
      marks.add(marker.mark(other));
    }
    assertEquals(marks.size, length * 8 + 1);
  }
});

Deno.test("Fingerprinter tells lengths, places and seeds apart", () => {
  const zeros = Array.from({ length: 100 }, (_, length) => marker.mark(new Uint8Array(length)));
  assertEquals(new Set(zeros).size, 100);
  const bytes = Uint8Array.from({ length: 64 }, (_, at) => at);
  assertNotEquals(marker.mark(bytes), marker.mark(bytes.toReversed()));
  assertNotEquals(marker.mark(bytes), new Fingerprinter(1235).mark(bytes));
});

Deno.test("Fingerprinter gives texts that count up marks of their own, all safe integers", () => {
  const encoder = new TextEncoder();
  const marks = new Set<number>();
  for (let count = 0; count < 20_000; count++) {
    const mark = marker.mark(encoder.encode(`{"ID":"n1","RxBytes":${count},"TxBytes":0}`));
    assertEquals(Number.isSafeInteger(mark) && mark >= 0, true);
    marks.add(mark);
  }
  assertEquals(marks.size, 20_000);
});
