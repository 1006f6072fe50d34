import { assertEquals } from "@std/assert";
import { SectionMemory } from "../../src/page/_section_memory.ts";

Deno.test("SectionMemory.giveBuffer() keeps two buffers, emptied", () => {
  const memory = new SectionMemory(1000);
  const buffers = [memory.takeBuffer(), memory.takeBuffer(), memory.takeBuffer()];
  for (const buffer of buffers) {
    buffer.add({ bytes: new Uint8Array(10), ends: Uint32Array.of(10), sampleCount: 1 });
    memory.stagedBytes += 10;
  }
  for (const buffer of buffers) memory.giveBuffer(buffer);
  assertEquals(memory.stagedBytes, 0);
  const again = [memory.takeBuffer(), memory.takeBuffer(), memory.takeBuffer()];
  assertEquals(again.map((buffer) => buffers.indexOf(buffer)).toSorted(), [-1, 0, 1]);
  assertEquals(again.map(({ used, count }) => [used, count]), [[0, 0], [0, 0], [0, 0]]);
});

Deno.test("SectionMemory.prepare() makes memory in steps, and the next tile gets it", () => {
  const memory = new SectionMemory(1_000);
  const length = 5 * 1024 * 1024;
  let steps = 1;
  while (!memory.prepare(length)) steps += 1;
  assertEquals([steps, memory.pool.has(length)], [6, true]);
  // What is there already is not made again.
  assertEquals(memory.prepare(length), true);
  const { bytes } = memory.pool.take(length);
  assertEquals([bytes.length, memory.pool.has(length)], [length + 8, false]);
});
