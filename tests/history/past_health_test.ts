import { assertEquals } from "@std/assert";
import type { DevicePast, Span } from "../../src/history/past.ts";
import { PastHealth } from "../../src/history/past_health.ts";
import { TimeSlice } from "../../src/time/slice.ts";
import { NOON_MS } from "./_event.ts";

const MINUTE_MS = 60_000;

/** A device by minutes after noon. */
function device(joined: number, outages: readonly (readonly [number, number?])[], left?: number) {
  const at = (minute: number) => NOON_MS + minute * MINUTE_MS;
  const past: DevicePast = {
    id: "1",
    name: "a",
    joinedMs: at(joined),
    leftMs: left === undefined ? undefined : at(left),
    outages: outages.map(([from, until]): Span => ({
      fromMs: at(from),
      untilMs: until === undefined ? undefined : at(until),
    })),
    unreadable: undefined,
    lockErrorMs: undefined,
    routesMs: undefined,
    updateMs: undefined,
  };
  return past;
}

Deno.test("PastHealth.points() counts nodes, but for when the API was down", async () => {
  const apiOutages = [{ fromMs: NOON_MS + 20 * MINUTE_MS, untilMs: NOON_MS + 25 * MINUTE_MS }];
  const health = new PastHealth({ fromMs: NOON_MS, apiOutages, devices: () => [] });
  health.add(device(-100, [[5, 10], [30]]), { isCritical: true, isQuiet: false });
  health.add(device(-100, [[-Infinity, 12]]), { isCritical: false, isQuiet: false });
  health.add(device(3, [], 14), { isCritical: false, isQuiet: false });
  const points = await health.points(5 * MINUTE_MS, NOON_MS + 30 * MINUTE_MS, new TimeSlice());
  assertEquals(
    points.map(({ atMs, critical, criticalOnline, nodes, online }) => [
      (atMs - NOON_MS) / MINUTE_MS,
      [nodes, online],
      [critical, criticalOnline],
    ]),
    [
      [0, [2, 1], [1, 1]],
      [5, [3, 1], [1, 0]],
      [10, [3, 2], [1, 1]],
      [15, [2, 2], [1, 1]],
      [25, [2, 2], [1, 1]],
      [30, [2, 1], [1, 0]],
    ],
  );
});

Deno.test("PastHealth.points() misses servers until they are abandoned, and no laptop", async () => {
  const day = 24 * 60;
  const health = new PastHealth({ fromMs: NOON_MS, apiOutages: [], devices: () => [] });
  const server = { isCritical: false, isQuiet: false };
  health.add(device(-100 * day, [[-29.5 * day]]), server);
  health.add(device(-100 * day, [[-40 * day, 2 * day]]), server);
  health.add(device(-100 * day, [[-1, day]]), server);
  health.add(device(-100 * day, [[-1]]), { isCritical: false, isQuiet: true });
  const points = await health.points(
    day * MINUTE_MS,
    NOON_MS + 3 * day * MINUTE_MS,
    new TimeSlice(),
  );
  assertEquals(points.map(({ missed, online }) => [online, missed]), [
    [0, 2],
    [1, 0],
    [2, 0],
    [2, 0],
  ]);
});
