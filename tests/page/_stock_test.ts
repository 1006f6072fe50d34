import { assertEquals } from "@std/assert";
import { Stock } from "../../src/page/_stock.ts";

Deno.test("Stock.give() keeps two asides, emptied, for those who come next", () => {
  const stock = new Stock(1000);
  const asides = [stock.take(), stock.take(), stock.take()];
  for (const aside of asides) {
    aside.add({ bytes: new Uint8Array(10), ends: Uint32Array.of(10), sampleCount: 1 });
    stock.asideBytes += 10;
  }
  for (const aside of asides) stock.give(aside);
  assertEquals(stock.asideBytes, 0);
  const again = [stock.take(), stock.take(), stock.take()];
  assertEquals(again.map((aside) => asides.indexOf(aside)).toSorted(), [-1, 0, 1]);
  assertEquals(again.map(({ used, count }) => [used, count]), [[0, 0], [0, 0], [0, 0]]);
});

Deno.test("Stock.prepare() makes memory in steps, and the next tile gets it", () => {
  const stock = new Stock(1_000);
  const length = 5 * 1024 * 1024;
  let steps = 1;
  while (!stock.prepare(length)) steps += 1;
  assertEquals([steps, stock.pool.has(length)], [6, true]);
  // What is there already is not made again.
  assertEquals(stock.prepare(length), true);
  const { bytes } = stock.pool.take(length);
  assertEquals([bytes.length, stock.pool.has(length)], [length + 8, false]);
});
