import { assertEquals } from "@std/assert";
import { WatchedTime } from "../../src/paths/watched_time.ts";
import { at, START_MS } from "./_peer.ts";

const INTERVAL_MS = 60_000;

Deno.test("WatchedTime counts nothing at the first look of all", () => {
  const time = new WatchedTime(INTERVAL_MS, undefined);
  assertEquals(time.pass(at(500_000)), { ms: 0, isSteady: true });
});

Deno.test("WatchedTime asks the clock that nobody sets within one process", () => {
  for (const setBy of [0, -86_400_000, 86_400_000]) {
    const time = new WatchedTime(INTERVAL_MS, undefined);
    time.pass(at(0));
    assertEquals(time.pass(at(60_000, setBy)), { ms: 60_000, isSteady: true });
    assertEquals(time.pass(at(61_000, -setBy)), { ms: 1_000, isSteady: true });
  }
});

const GAPS: readonly (readonly [passedMs: number, ms: number, isSteady: boolean])[] = [
  [0, 0, true],
  [180_000, 180_000, true],
  [180_001, 0, false],
  [86_400_000, 0, false],
  [-1, 0, false],
  [NaN, 0, false],
];

for (const [passedMs, ms, isSteady] of GAPS) {
  Deno.test(`WatchedTime counts ${ms} of ${passedMs} ms within one process`, () => {
    const time = new WatchedTime(INTERVAL_MS, undefined);
    time.pass(at(0));
    assertEquals(time.pass(at(passedMs)), { ms, isSteady });
  });
}

const DATES: readonly (readonly [passedMs: number, ms: number, isSteady: boolean])[] = [
  [0, 0, true],
  [59_000, 59_000, true],
  [60_000, 60_000, true],
  [61_000, 60_000, true],
  [180_000, 60_000, true],
  [180_001, 0, false],
  [-1, 0, false],
  [86_400_000 * 365, 0, false],
];

for (const [passedMs, ms, isSteady] of DATES) {
  Deno.test(`WatchedTime counts ${ms} of ${passedMs} ms by date in a new process`, () => {
    const time = new WatchedTime(INTERVAL_MS, START_MS - passedMs);
    assertEquals(time.pass(at(0)), { ms, isSteady });
    assertEquals(time.pass(at(1_000, 86_400_000)), { ms: 1_000, isSteady: true });
  });
}
