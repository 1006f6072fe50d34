import { assertEquals } from "@std/assert";
import { doubledMs, earlyMs, isDue } from "../../src/time/backoff.ts";

Deno.test("doubledMs() doubles up to its bound, however often", () => {
  const cases = [[0, 1_000], [1, 2_000], [3, 8_000], [4, 10_000], [5_000, 10_000]] as const;
  for (const [doublings, ms] of cases) assertEquals(doubledMs(1_000, doublings, 10_000), ms);
});

Deno.test("isDue() takes a cycle that begins a little early", () => {
  assertEquals(earlyMs(60_000), 15_000);
  const cases = [[44_999, false], [45_000, true], [60_000, true], [90_000, true]] as const;
  for (const [nowMs, due] of cases) assertEquals(isDue(nowMs, 60_000, 60_000), due, String(nowMs));
});
