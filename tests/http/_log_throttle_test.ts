import { assertEquals } from "@std/assert";
import { LogThrottle } from "../../src/http/_log_throttle.ts";

Deno.test("LogThrottle.count() lets the first through, then one after waits that double", () => {
  let nowMs = 0;
  const seldom = new LogThrottle(() => nowMs);
  const told: (readonly [seconds: number, untold: number])[] = [];
  // once a second for four hours
  for (; nowMs < 4 * 3_600_000; nowMs += 1000) {
    const untold = seldom.count();
    if (untold !== undefined) told.push([nowMs / 1000, untold]);
  }
  assertEquals(told, [
    [0, 0],
    [60, 59],
    [180, 119],
    [420, 239],
    [900, 479],
    [1860, 959],
    [3780, 1919],
    [7380, 3599],
    [10_980, 3599],
  ]);
});

Deno.test("LogThrottle.count() takes what comes after as long a quiet for another trouble", () => {
  for (const [again, next] of [[358, undefined], [359, 1]] as const) {
    let nowMs = 0;
    const seldom = new LogThrottle(() => nowMs);
    const countAt = (seconds: number) => {
      nowMs = seconds * 1000;
      return seldom.count();
    };
    // the wait of 60 s, and then one of 120 until 239
    assertEquals([0, 1, 119, 120].map(countAt), [0, undefined, 1, undefined]);
    assertEquals([again, again + 59, again + 60].map(countAt), [1, undefined, next]);
  }
});
