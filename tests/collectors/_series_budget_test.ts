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

Deno.test("SeriesBudget keeps admitted keys, however old a new one is", () => {
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

Deno.test("SeriesBudget never admits more than its maximum, and no key flaps", () => {
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

/** What the budget evicts, by going through all devices for each: slow, and plainly right. */
class SlowBudget {
  readonly #in = new Map<string, { rank: number; size: number; isNew: boolean }>();
  readonly #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get taken(): number {
    return [...this.#in.values()].reduce((sum, { size }) => sum + size, 0);
  }

  ask(id: string, rank: number, samples: number): readonly string[] {
    const seat = this.#in.get(id);
    if (seat === undefined) {
      if (this.taken + samples <= this.#limit) {
        this.#in.set(id, { rank, size: samples, isNew: true });
      }
      return [];
    }
    seat.size = Math.max(seat.size, samples);
    const out: string[] = [];
    while (this.taken > this.#limit) {
      const [newest] = [...this.#in].toSorted(([a, one], [b, other]) =>
        Number(other.isNew) - Number(one.isNew) || other.rank - one.rank || Number(b) - Number(a)
      );
      if (newest === undefined) break;
      this.#in.delete(newest[0]);
      out.push(newest[0]);
    }
    return out;
  }

  release(id: string): void {
    this.#in.delete(id);
  }

  /** Ends a cycle in which no device is left out. */
  settle(): void {
    for (const seat of this.#in.values()) seat.isNew = false;
  }
}

Deno.test("SeriesBudget evicts the same devices in the same order as by going through all", () => {
  const step = fc.record({
    id: fc.nat(11),
    samples: fc.integer({ min: 1, max: 9 }),
    kind: fc.constantFrom("ask", "ask", "ask", "ask", "release"),
  });
  let evictions = 0;
  fc.assert(
    fc.property(
      fc.array(step, { maxLength: 60 }),
      fc.integer({ min: 1, max: 40 }),
      (steps, limit) => {
        const [fast, slow] = [new SeriesBudget(limit), new SlowBudget(limit)];
        for (const { id, samples, kind } of steps) {
          const [key, rank] = [String(id), id % 4];
          if (kind === "release") {
            fast.release(key);
            slow.release(key);
          } else {
            const { out } = fast.ask(key, rank, samples);
            assertEquals(out, slow.ask(key, rank, samples));
            evictions += out.length;
          }
          // A device that is left out could come in at the end of a cycle.
          if (fast.outCount > 0) continue;
          assertEquals(fast.settle(), []);
          slow.settle();
        }
      },
    ),
    { numRuns: 300 },
  );
  assert(evictions > 0);
});
