import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { SeriesBudget } from "../../src/collectors/_series_budget.ts";

/** One page of a device: who, its age, its samples. */
type Page = readonly [id: string, rank: number, samples: number];

/** A cycle of pages in this order; who is in at its end. */
function cycle(budget: SeriesBudget, shown: Set<string>, pages: readonly Page[]): string {
  for (const [id, rank, samples] of pages) {
    const { isIn, out } = budget.ask(id, rank, samples);
    if (isIn) shown.add(id);
    for (const one of out) shown.delete(one);
  }
  for (const id of budget.settle()) shown.delete(id);
  return [...shown].toSorted().join(" ");
}

Deno.test("SeriesBudget lets in what just fits, and nothing more", () => {
  const budget = new SeriesBudget(10);
  assertEquals(budget.ask("a", 1, 4), { isIn: true, out: [] });
  assertEquals(budget.ask("b", 2, 6), { isIn: true, out: [] });
  assertEquals(budget.ask("c", 3, 1), { isIn: false, out: [] });
  assertEquals(budget.outCount, 1);
  assertEquals(budget.settle(), []);
});

Deno.test("SeriesBudget keeps who is in, however old the newcomer", () => {
  const budget = new SeriesBudget(10);
  const shown = new Set<string>();
  assertEquals(cycle(budget, shown, [["young", 9, 10]]), "young");
  for (let count = 0; count < 3; count++) {
    assertEquals(cycle(budget, shown, [["old", 1, 5], ["young", 9, 10]]), "young");
  }
  budget.release("young");
  shown.delete("young");
  assertEquals(cycle(budget, shown, [["old", 1, 5]]), "old");
  assertEquals(budget.outCount, 0);
});

Deno.test("SeriesBudget seats the oldest of those that come together, in whatever order", () => {
  const pages: readonly Page[] = [["a", 1, 4], ["b", 2, 7], ["c", 3, 3], ["d", 3, 3]];
  const orders = [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 1, 3, 0]];
  for (const order of orders) {
    const budget = new SeriesBudget(10);
    const shown = new Set<string>();
    const arriving = order.flatMap((at) => pages[at] === undefined ? [] : [pages[at]]);
    cycle(budget, shown, arriving);
    // b does not fit beside a, but the two smaller ones do.
    assertEquals(cycle(budget, shown, arriving), "a c d", String(order));
    assertEquals(budget.outCount, 1);
  }
});

Deno.test("SeriesBudget takes the newest out when those that are in grow", () => {
  const budget = new SeriesBudget(10);
  const shown = new Set<string>();
  assertEquals(cycle(budget, shown, [["a", 1, 3], ["b", 2, 3], ["c", 3, 3]]), "a b c");
  assertEquals(budget.ask("a", 1, 5), { isIn: true, out: ["c"] });
  shown.delete("c");
  // It shrinks and grows again; c stays out all the time instead of coming and going.
  for (const samples of [3, 5, 3, 5]) {
    assertEquals(cycle(budget, shown, [["a", 1, samples], ["b", 2, 3], ["c", 3, 3]]), "a b");
  }
  assertEquals(budget.ask("b", 2, 6), { isIn: false, out: ["b"] });
});

Deno.test("SeriesBudget keeps the room of a device that fails for a while", () => {
  const budget = new SeriesBudget(10);
  const shown = new Set<string>();
  cycle(budget, shown, [["a", 1, 8]]);
  assertEquals(budget.ask("b", 2, 3).isIn, false);
  budget.settle();
  assertEquals(budget.ask("b", 2, 2).isIn, true);
  assertEquals(budget.settle(), []);
  assertEquals(budget.ask("a", 1, 8), { isIn: true, out: [] });
});

Deno.test("SeriesBudget never lets in more than there is room, and nobody flaps", () => {
  const pages = fc.array(
    fc.tuple(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 5 })),
    {
      minLength: 1,
      maxLength: 12,
    },
  );
  fc.assert(
    fc.property(pages, fc.infiniteStream(fc.nat()), fc.integer({ min: 1, max: 80 }), (
      sizes,
      random,
      limit,
    ) => {
      const budget = new SeriesBudget(limit);
      const shown = new Set<string>();
      const known = sizes.map(([samples, rank], at): Page => [String(at), rank, samples]);
      const outcomes: string[] = [];
      for (let count = 0; count < 5; count++) {
        const keys = known.map(() => random.next().value ?? 0);
        const order = known.map((_, at) => at).toSorted((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0));
        outcomes.push(
          cycle(budget, shown, order.flatMap((at) => known[at] === undefined ? [] : [known[at]])),
        );
        const total = known.reduce((sum, [id, , size]) => sum + (shown.has(id) ? size : 0), 0);
        assert(total <= limit, `${total} of ${limit}`);
      }
      // The first cycle decides; who is let in at its end shows in the second.
      assertEquals(new Set(outcomes.slice(1)).size, 1);
      const byAge = known.toSorted((a, b) => a[1] - b[1] || Number(a[0]) - Number(b[0]));
      let taken = 0;
      const expected = byAge.filter(([, , size]) => {
        if (taken + size > limit) return false;
        taken += size;
        return true;
      });
      assertEquals(outcomes.at(-1), expected.map(([id]) => id).toSorted().join(" "));
    }),
    { numRuns: 500, seed: 7 },
  );
});
