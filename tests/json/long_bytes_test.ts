import { assertEquals } from "@std/assert";
import { LongBytes, PART_BYTES } from "../../src/json/long_bytes.ts";

Deno.test("LongBytes.join() gives what was added, in whatever pieces, and keeps nothing", () => {
  const all = new Uint8Array(3 * PART_BYTES + 5).map((_, index) => index % 251);
  for (const step of [PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, all.length]) {
    const bytes = new LongBytes();
    for (let at = 0; at < all.length; at += step) bytes.add(all.subarray(at, at + step));
    assertEquals(bytes.length, all.length);
    const whole = bytes.join();
    const isSame = whole.every((byte, at) => byte === all[at]);
    assertEquals([whole.length, isSame, bytes.length], [all.length, true, 0]);
    assertEquals(bytes.join(), new Uint8Array(0));
  }
});

Deno.test("LongBytes.add() copies, and may be called again after a join", () => {
  const bytes = new LongBytes();
  const piece = Uint8Array.of(1, 2);
  bytes.add(piece);
  piece.fill(0);
  assertEquals(bytes.join(), Uint8Array.of(1, 2));
  bytes.add(Uint8Array.of(3));
  assertEquals(bytes.join(), Uint8Array.of(3));
});
