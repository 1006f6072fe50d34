import { assertEquals } from "@std/assert";
import type { Traffic } from "../../src/ui/series_model.ts";
import {
  formatRate,
  lastOf,
  onlineColumns,
  trafficTimes,
  usedTrafficPaths,
} from "../../src/ui/series.ts";

const NONE = [null, null];
const TRAFFIC: Traffic = {
  start: "2026-01-31T12:00:00Z",
  step_seconds: 60,
  received: { direct: [0, 0], peer_relay: NONE, derp: [null, 5] },
  sent: { direct: NONE, peer_relay: NONE, derp: NONE },
};

Deno.test("onlineColumns() leaves a gap where hours are missing", () => {
  const hour = (at: number, online: number) => ({
    time: new Date(Date.UTC(2026, 0, 31, at)).toISOString(),
    nodes: 3,
    online,
  });
  assertEquals(onlineColumns([hour(1, 2), hour(2, 3), hour(4, 1)]), {
    times: [1, 2, 3, 4].map((at) => Date.UTC(2026, 0, 31, at) / 1000),
    online: [2, 3, null, 1],
    nodes: [3, 3, null, 3],
  });
  assertEquals(onlineColumns([]), { times: [], online: [], nodes: [] });
});

Deno.test("trafficTimes() counts steps from the first rate", () => {
  const startS = Date.UTC(2026, 0, 31, 12) / 1000;
  assertEquals(trafficTimes(TRAFFIC), [startS, startS + 60]);
});

Deno.test("usedTrafficPaths() names what carried something, or the direct path", () => {
  assertEquals(usedTrafficPaths(TRAFFIC), ["derp"]);
  assertEquals(usedTrafficPaths({ ...TRAFFIC, received: TRAFFIC.sent }), ["direct"]);
});

Deno.test("lastOf() skips what is not known yet", () => {
  assertEquals([lastOf([1, 2, null]), lastOf(NONE), lastOf([])], [2, null, null]);
});

Deno.test("formatRate() has two or three digits and the unit that fits", () => {
  const rates = [null, 0, 12.4, 999.6, 1_234, 999_600, -34_000_000, 9.96e9, 5e15];
  assertEquals(rates.map(formatRate), [
    "–",
    "0 B/s",
    "12 B/s",
    "1.0 kB/s",
    "1.2 kB/s",
    "1.0 MB/s",
    "34 MB/s",
    "10.0 GB/s",
    "5000 TB/s",
  ]);
});
