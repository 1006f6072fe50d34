import { assertEquals } from "@std/assert";
import { sortInSlices } from "../../src/api/sort.ts";

const SLICES = { elapsed: () => 0, pause: () => Promise.resolve() };

/** A reproducible sequence of numbers. */
function* numbers(seed: number): Generator<number> {
  for (let value = seed;;) yield value = (value * 48_271) % 2_147_483_647;
}

Deno.test("sortInSlices() sorts as the platform does, and keeps the order of equal elements", async () => {
  for (const length of [0, 1, 2, 1023, 1024, 1025, 5_000]) {
    const random = numbers(length + 1);
    const elements = Array.from({ length }, (_, at) => ({
      key: (random.next().value ?? 0) % 100,
      at,
    }));
    const compare = (a: { key: number }, b: { key: number }) => a.key - b.key;
    assertEquals(await sortInSlices(elements, compare, SLICES), elements.toSorted(compare));
  }
});

Deno.test("sortInSlices() pauses when its slice is over", async () => {
  let [nowMs, pauses] = [0, 0];
  const slices = {
    elapsed: () => nowMs += 5,
    pause: () => {
      pauses++;
      return Promise.resolve();
    },
  };
  const elements = Array.from({ length: 10_000 }, (_, at) => -at);
  const sorted = await sortInSlices(elements, (a, b) => a - b, slices);
  assertEquals([sorted.at(0), sorted.at(-1)], [-9_999, -0]);
  assertEquals(pauses > 10, true, `${pauses}`);
});
