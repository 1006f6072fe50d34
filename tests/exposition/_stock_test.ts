import { assertEquals } from "@std/assert";
import { Stock } from "../../src/exposition/_stock.ts";

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
