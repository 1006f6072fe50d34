import { assertEquals } from "@std/assert";
import {
  apiPatienceMs,
  briefAwayMs,
  hungAfterMs,
  keepConnectionMs,
  pathGapMs,
  peerListMs,
  pingGapMs,
  pingPatienceMs,
  pingSpreadMs,
  sharedLookMs,
  staleAfterMs,
  tryBudgetMs,
  watchPingMs,
} from "../../src/time/timing.ts";

/** Every wait by intervals of 1 s, 10 s, 1 min and 1 h, in milliseconds. */
const TABLE: readonly (readonly [string, (intervalMs: number) => number, readonly number[]])[] = [
  ["staleAfterMs", staleAfterMs, [300_000, 300_000, 300_000, 10_800_000]],
  ["hungAfterMs, calls of 10 s", (ms) => hungAfterMs(ms, 10_000), [
    300_000,
    300_000,
    300_000,
    10_800_000,
  ]],
  ["hungAfterMs, calls of 200 s", (ms) => hungAfterMs(ms, 200_000), [
    400_000,
    400_000,
    400_000,
    10_800_000,
  ]],
  ["apiPatienceMs", apiPatienceMs, [500, 5_000, 10_000, 10_000]],
  ["keepConnectionMs", (ms) => keepConnectionMs(ms, 500), [2_500, 20_500, 120_500, 7_200_500]],
  ["tryBudgetMs, tries of 500 ms", (ms) => tryBudgetMs(ms, 500), [400, 8_500, 53_500, 3_239_500]],
  ["tryBudgetMs, tries of 10 s", (ms) => tryBudgetMs(ms, 10_000), [250, 2_500, 44_000, 3_230_000]],
  ["sharedLookMs", sharedLookMs, [500, 5_000, 30_000, 1_800_000]],
  ["peerListMs", peerListMs, [30_000, 30_000, 90_000, 5_400_000]],
  ["pathGapMs", pathGapMs, [3_000, 30_000, 180_000, 10_800_000]],
  ["briefAwayMs", briefAwayMs, [180_000, 180_000, 180_000, 10_800_000]],
  ["watchPingMs", watchPingMs, [200, 2_000, 5_000, 5_000]],
  ["pingPatienceMs", pingPatienceMs, [1_200, 12_000, 72_000, 4_320_000]],
  ["pingGapMs, 3 pings", (ms) => Math.round(pingGapMs(ms, 3)), [83, 833, 1_000, 1_000]],
  ["pingSpreadMs", pingSpreadMs, [500, 5_000, 30_000, 1_800_000]],
];

for (const [name, wait, wanted] of TABLE) {
  Deno.test(`${name} by intervals from a second to an hour`, () => {
    assertEquals([1_000, 10_000, 60_000, 3_600_000].map(wait), wanted);
  });
}

Deno.test("tryBudgetMs() leaves room for the last try's timeout, and never nothing", () => {
  assertEquals(tryBudgetMs(10_000, 4_000), 5_000);
  assertEquals(tryBudgetMs(30_000, 10_000), 17_000);
  assertEquals(tryBudgetMs(10_000, 6_500), 2_500);
  assertEquals(tryBudgetMs(10_000, 6_501), 2_500);
  assertEquals(tryBudgetMs(10_000, 60_000), 2_500);
});
