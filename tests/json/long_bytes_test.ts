import { assertEquals } from "@std/assert";
import { LongBytes, PART_BYTES } from "../../src/json/long_bytes.ts";
import { TimeSlice } from "../../src/time/slice.ts";

Deno.test("LongBytes.join() gives what was added, in whatever pieces, and keeps nothing", async () => {
  const all = new Uint8Array(3 * PART_BYTES + 5).map((_, index) => index % 251);
  for (const step of [PART_BYTES - 1, PART_BYTES, PART_BYTES + 1, all.length]) {
    const bytes = new LongBytes();
    for (let at = 0; at < all.length; at += step) bytes.add(all.subarray(at, at + step));
    assertEquals(bytes.length, all.length);
    const whole = await bytes.join();
    const isSame = whole.every((byte, at) => byte === all[at]);
    assertEquals([whole.length, isSame, bytes.length], [all.length, true, 0]);
    assertEquals(await bytes.join(), new Uint8Array(0));
  }
});

Deno.test("LongBytes.add() copies, and may be called again after a join", async () => {
  const bytes = new LongBytes();
  const piece = Uint8Array.of(1, 2);
  bytes.add(piece);
  piece.fill(0);
  assertEquals(await bytes.join(), Uint8Array.of(1, 2));
  bytes.add(Uint8Array.of(3));
  assertEquals(await bytes.join(), Uint8Array.of(3));
});

Deno.test("LongBytes.join() gives the event loop turns, and takes nothing that comes meanwhile", async () => {
  const bytes = new LongBytes();
  bytes.add(new Uint8Array(5 * PART_BYTES + 1).fill(1));
  let [nowMs, pauses] = [0, 0];
  const slice = new TimeSlice({
    // Each part seems to take 4 ms.
    elapsed: () => (nowMs += 4) - 4,
    pause() {
      pauses++;
      bytes.add(Uint8Array.of(2));
      return Promise.resolve();
    },
  });
  const whole = await bytes.join(slice);
  assertEquals([whole.length, whole.every((byte) => byte === 1)], [5 * PART_BYTES + 1, true]);
  assertEquals([pauses > 0, await bytes.join()], [true, new Uint8Array(pauses).fill(2)]);
});
