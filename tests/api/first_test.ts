import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { FirstElements } from "../../src/api/first.ts";

interface Numbered {
  readonly key: number;
  readonly at: number;
}

function compare(a: Numbered, b: Numbered): number {
  return a.key - b.key;
}

function firstOf(wanted: number, elements: readonly Numbered[]): FirstElements<Numbered> {
  const first = new FirstElements(wanted, compare);
  for (const element of elements) first.add(element);
  return first;
}

Deno.test("FirstElements gives what sorting all of the list gives, and keeps the order of equal elements", () => {
  const keys = fc.oneof(
    fc.array(fc.nat(50), { maxLength: 40 }),
    fc.integer({ min: 1_000, max: 4_000 }).map((length) =>
      Array.from({ length }, (_, at) => (at * 48_271) % 997)
    ),
    // Each element comes before all others: the worst order.
    fc.integer({ min: 1_000, max: 4_000 }).map((length) => Array.from({ length }, (_, at) => -at)),
  );
  fc.assert(fc.property(keys, fc.integer({ min: 1, max: 1_500 }), (list, wanted) => {
    const elements = list.map((key, at) => ({ key, at }));
    const first = firstOf(wanted, elements);
    assertEquals(first.inOrder(), elements.toSorted(compare).slice(0, wanted));
    assertEquals(first.count, elements.length);
  }));
});

Deno.test("FirstElements compares few elements of a long list more than once", () => {
  let compared = 0;
  const first = new FirstElements<number>(100, (a, b) => {
    compared++;
    return a - b;
  });
  for (let at = 0; at < 99_991; at++) first.add((at * 48_271) % 99_991);
  assertEquals(first.inOrder(), Array.from({ length: 100 }, (_, at) => at));
  assertEquals(compared < 200_000, true, `${compared}`);
});
