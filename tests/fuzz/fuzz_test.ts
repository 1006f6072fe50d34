import { assert, assertEquals, assertThrows } from "@std/assert";
import { Cases } from "./_case.ts";
import { fuzz, FuzzError } from "./_run.ts";

Deno.test("fuzz() takes or refuses whatever is made of real pages and answers", () => {
  const { done, pages, answers } = fuzz({ seed: 1, count: 4_000 });
  assertEquals([done, pages.done, answers.done], [4_000, 2_000, 2_000]);
  for (const { done, taken } of [pages, answers]) {
    assert(taken >= 0.3 * done && taken <= 0.95 * done, `${taken} of ${done} taken`);
  }
});

Deno.test("fuzz() does the same for the same seed", () => {
  assertEquals(fuzz({ seed: 70_000, count: 500 }), fuzz({ seed: 70_000, count: 500 }));
});

Deno.test("fuzz() ends when its time is over", () => {
  assertEquals(fuzz({ seed: 1, count: 3_000, maxMs: 0 }).done, 1_000);
});

Deno.test("fuzz() names the seed that failed", () => {
  const run = (seed: number) => {
    if (seed === 1_234) throw new TypeError("a defect");
    return true;
  };
  const options = { seed: 10, count: 2_000, createCases: () => ({ run }) };
  const message = "Seed 1234 failed: TypeError: a defect; again with --seed=1234 --count=1, or " +
    "in its row with --seed=1010 --count=225";
  assertThrows(() => fuzz(options), FuzzError, message);
});

Deno.test("Cases.run() takes a case that is slow again and again for a defect", () => {
  const stepsMs = [0, 1_000, 2_000, 3_000, 3_000, 3_999];
  const once = new Cases(() => stepsMs.shift() ?? 0);
  assertEquals([once.run(1), stepsMs], [true, []]);
  let nowMs = 0;
  const always = new Cases(() => nowMs += 1_000);
  assertThrows(() => always.run(1), Error, "It took 1000 ms, 3 times in a row");
});
