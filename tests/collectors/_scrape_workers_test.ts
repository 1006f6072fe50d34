import { assertEquals } from "@std/assert";
import { runScrapes } from "../../src/collectors/_scrape_workers.ts";
import { ScrapePlan } from "../../src/collectors/_scrape_order.ts";
import { TimeSlice } from "../../src/time/slice.ts";

Deno.test("runScrapes() puts off what is left when the time is over, in slices", async () => {
  const plan = new ScrapePlan<number>();
  plan.addAnswering(0);
  for (let at = 1; at <= 40; at++) plan.addUntried(at);
  const [ran, putOff]: [number[], number[]] = [[], []];
  let [nowMs, stepMs, pauses] = [0, 0, 0];
  await runScrapes({
    turns: plan.turns(),
    concurrency: 3,
    startMs: 0,
    budgetMs: 100,
    elapsed: () => nowMs,
    isKept: (item) => item !== 7,
    run: (item) => {
      ran.push(item);
      nowMs += 50;
      return Promise.resolve(true);
    },
    putOff: (item) => void putOff.push(item),
    slice: new TimeSlice({
      elapsed: () => stepMs++,
      pause: () => Promise.resolve(void pauses++),
    }),
  });
  assertEquals(ran, [0, 1]);
  assertEquals([putOff.length, putOff.includes(7), pauses], [38, false, 4]);
});

Deno.test("runScrapes() pauses for all workers at once where items fail in no time", async () => {
  for (const [isGood, wanted] of [[false, 10], [true, 0]] as const) {
    const plan = new ScrapePlan<number>();
    for (let at = 0; at < 80; at++) plan.addUntried(at);
    let [stepMs, pauses, ran] = [0, 0, 0];
    await runScrapes({
      turns: plan.turns(),
      concurrency: 4,
      startMs: 0,
      budgetMs: Infinity,
      elapsed: () => 0,
      isKept: () => true,
      run: () => {
        ran++;
        return Promise.resolve(isGood);
      },
      putOff: () => {},
      slice: new TimeSlice({
        elapsed: () => stepMs++,
        pause: () => Promise.resolve(void pauses++),
      }),
    });
    assertEquals([ran, pauses <= wanted && (isGood || pauses >= 5)], [80, true], `${pauses}`);
  }
});

Deno.test("ScrapePlan.turns() has what answers first, then what is new, then what waits longest", () => {
  const plan = new ScrapePlan<string>();
  for (const [item, dueMs] of [["b", 20], ["a", 10], ["c", 20], ["d", 5]] as const) {
    plan.addFailed(item, dueMs);
  }
  plan.addUntried("new");
  plan.addAnswering("up");
  const turns = plan.turns();
  assertEquals([turns.size, turns.hasAnswering], [6, true]);
  const taken = Array.from({ length: 6 }, () => turns.take(false)?.item);
  assertEquals(taken, ["up", "new", "d", "a", "b", "c"]);
});
