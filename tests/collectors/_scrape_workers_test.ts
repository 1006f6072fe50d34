import { assertEquals } from "@std/assert";
import { runScrapes } from "../../src/collectors/_scrape_workers.ts";
import { ScrapeQueue } from "../../src/collectors/_scrape_queue.ts";
import { TimeSlice } from "../../src/time/slice.ts";

Deno.test("runScrapes() postpones what is left when the time is over, in slices", async () => {
  const queue = new ScrapeQueue<number>();
  queue.addAnswering(0);
  for (let at = 1; at <= 40; at++) queue.addUntried(at);
  const [ran, postponed]: [number[], number[]] = [[], []];
  let [nowMs, stepMs, pauses] = [0, 0, 0];
  await runScrapes({
    queue,
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
    postpone: (item) => void postponed.push(item),
    slice: new TimeSlice({
      elapsed: () => stepMs++,
      pause: () => Promise.resolve(void pauses++),
    }),
  });
  assertEquals(ran, [0, 1]);
  assertEquals([postponed.length, postponed.includes(7), pauses], [38, false, 4]);
});

Deno.test("runScrapes() pauses for all workers at once where items fail in no time", async () => {
  for (const [isGood, wanted] of [[false, 10], [true, 0]] as const) {
    const queue = new ScrapeQueue<number>();
    for (let at = 0; at < 80; at++) queue.addUntried(at);
    let [stepMs, pauses, ran] = [0, 0, 0];
    await runScrapes({
      queue,
      concurrency: 4,
      startMs: 0,
      budgetMs: Infinity,
      elapsed: () => 0,
      isKept: () => true,
      run: () => {
        ran++;
        return Promise.resolve(isGood);
      },
      postpone: () => {},
      slice: new TimeSlice({
        elapsed: () => stepMs++,
        pause: () => Promise.resolve(void pauses++),
      }),
    });
    assertEquals([ran, pauses <= wanted && (isGood || pauses >= 5)], [80, true], `${pauses}`);
  }
});
