import { assertEquals } from "@std/assert";
import { allocate, MemoryPool, roomOf } from "../../src/page/_memory.ts";

for (
  const [room, isTaken] of [
    [99_999, false],
    [100_000, true],
    // A quarter more, and 4 KiB.
    [129_096, true],
    [129_097, false],
  ] as const
) {
  const verb = isTaken ? "uses" : "does not use";
  Deno.test(`MemoryPool.take() ${verb} room for ${room} bytes where 100000 are wanted`, () => {
    const pool = new MemoryPool();
    const spare = allocate(room);
    pool.give(spare);
    assertEquals(pool.take(100_000) === spare, isTaken);
    // What was not taken is still there.
    assertEquals(pool.take(room) === spare, !isTaken);
  });
}

Deno.test("MemoryPool.take() makes new room a 64th longer than wanted", () => {
  const pool = new MemoryPool();
  assertEquals([0, 63, 64, 100_000].map((length) => roomOf(pool.take(length))), [
    0,
    63,
    65,
    101_562,
  ]);
});

Deno.test("MemoryPool.give() keeps the two that came last", () => {
  const pool = new MemoryPool();
  const spares = [allocate(1_000), allocate(1_000), allocate(1_000)];
  for (const spare of spares) pool.give(spare);
  const taken = [pool.take(1_000), pool.take(1_000), pool.take(1_000)];
  assertEquals(taken.map((memory) => spares.indexOf(memory)), [1, 2, -1]);
});
