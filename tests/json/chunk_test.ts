import { assertEquals, assertRejects } from "@std/assert";
import { readInSlices } from "../../src/json/chunk.ts";
import { TimeSlice } from "../../src/time/slice.ts";

/** A slice whose clock moves 3 ms at each look, and what it paused for. */
function rig() {
  let nowMs = 0;
  const seen = { pauses: 0 };
  const slice = new TimeSlice({
    elapsed: () => nowMs += 3,
    pause() {
      seen.pauses++;
      return Promise.resolve();
    },
  });
  return { slice, seen };
}

Deno.test("readInSlices() hands over at most 64 KiB at once, and pauses in between", async () => {
  const { slice, seen } = rig();
  const lengths: number[] = [];
  const chunks = [new Uint8Array(10), new Uint8Array(0), new Uint8Array(64 * 1024 * 5 + 1)];
  await readInSlices(chunks, (bytes) => void lengths.push(bytes.length), slice);
  assertEquals(lengths, [10, 65536, 65536, 65536, 65536, 65536, 1]);
  assertEquals(seen.pauses, 2);
});

Deno.test("readInSlices() closes the chunks when they cannot be used", async () => {
  const { slice } = rig();
  let isClosed = false;
  async function* chunks() {
    try {
      yield await Promise.resolve(new Uint8Array(1));
      yield new Uint8Array(2);
    } finally {
      isClosed = true;
    }
  }
  const push = () => {
    throw new SyntaxError("Not JSON");
  };
  await assertRejects(() => readInSlices(chunks(), push, slice), SyntaxError, "Not JSON");
  assertEquals(isClosed, true);
});
