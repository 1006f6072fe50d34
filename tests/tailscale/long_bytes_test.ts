import { assertEquals } from "@std/assert";
import { LongBytes, PART_BYTES } from "../../src/tailscale/long_bytes.ts";

Deno.test("LongBytes.slice() gives what was added, from one part or several", () => {
  const all = new Uint8Array(3 * PART_BYTES + 5).map((_, index) => index % 251);
  for (const step of [PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, all.length]) {
    const bytes = new LongBytes();
    for (let at = 0; at < all.length; at += step) bytes.add(all.subarray(at, at + step));
    assertEquals(bytes.length, all.length);
    assertEquals(bytes.parts().map(({ length }) => length), [
      PART_BYTES,
      PART_BYTES,
      PART_BYTES,
      5,
    ]);
    for (
      const [start, end] of [
        [0, 0],
        [0, 1],
        [0, PART_BYTES],
        [PART_BYTES - 1, PART_BYTES + 1],
        [PART_BYTES, PART_BYTES],
        [PART_BYTES, 2 * PART_BYTES],
        [7, 3 * PART_BYTES + 5],
        [3 * PART_BYTES + 5, 3 * PART_BYTES + 5],
      ] as const
    ) {
      const same = bytes.slice(start, end).every((byte, at) => byte === all[start + at]);
      assertEquals([bytes.slice(start, end).length, same], [end - start, true]);
    }
  }
});

Deno.test("LongBytes.text() joins characters that parts have split", () => {
  for (let shift = 0; shift < 5; shift++) {
    const text = `${"x".repeat(PART_BYTES - shift)}a€𝄞z`;
    assertEquals(LongBytes.of(text).text() === text, true);
  }
  assertEquals(LongBytes.of("\ufeff{").text(), "{");
  assertEquals(LongBytes.of("").text(), "");
});

Deno.test("LongBytes.release() leaves nothing", () => {
  const bytes = LongBytes.of("x".repeat(PART_BYTES + 1));
  const parts = bytes.parts();
  bytes.release();
  assertEquals([bytes.length, bytes.text(), ...parts.map(({ length }) => length)], [0, "", 0, 0]);
  bytes.add(new Uint8Array([0x61]));
  assertEquals(bytes.text(), "a");
});

Deno.test("LongBytes.of() a short text may still grow", () => {
  const bytes = LongBytes.of("ab");
  bytes.add(new TextEncoder().encode("c".repeat(PART_BYTES)));
  assertEquals(bytes.length, PART_BYTES + 2);
  assertEquals(bytes.text(), `ab${"c".repeat(PART_BYTES)}`);
  assertEquals(bytes.parts().map((part) => part.length), [PART_BYTES, 2]);
  assertEquals(LongBytes.of("").parts().map((part) => part.length), [0]);
});
