import { assertEquals } from "@std/assert";
import { UPTIME, uptimeJson } from "../../src/api/uptime.ts";
import type { Monitored } from "../../src/api/fact_source.ts";
import { NOW_MS } from "./_fake_source.ts";
import { assertValid } from "./_schema_check.ts";

const HOUR_MS = 3_600_000;

Deno.test("uptimeJson() tells three windows, and each of the last 30 days", () => {
  const buckets = [
    { fromMs: NOW_MS - 24 * HOUR_MS, onlineSeconds: 1800, observedSeconds: 3600 },
    { fromMs: NOW_MS - HOUR_MS, onlineSeconds: 3600, observedSeconds: 3600 },
    { fromMs: NOW_MS, onlineSeconds: 600, observedSeconds: 1200 },
  ];
  const history: Pick<Monitored["history"], "simulatedUntilMs" | "uptime" | "uptimeBuckets"> = {
    simulatedUntilMs: undefined,
    uptime: (_key, windowMs) => ({
      fromMs: NOW_MS - windowMs,
      onlineSeconds: 0,
      observedSeconds: windowMs / HOUR_MS,
      ratio: windowMs > 24 * HOUR_MS ? 0.5 : undefined,
    }),
    uptimeBuckets: () => buckets,
  };
  const value = uptimeJson(history, "t/1", NOW_MS);
  assertValid(UPTIME, value);
  assertEquals([value.day, value.week, value.month], [
    { ratio: null, observed_seconds: 24 },
    { ratio: 0.5, observed_seconds: 168 },
    { ratio: 0.5, observed_seconds: 720 },
  ]);
  assertEquals(value.simulated_until, null);
  const simulated = { ...history, simulatedUntilMs: NOW_MS - HOUR_MS };
  assertEquals(uptimeJson(simulated, "t/1", NOW_MS).simulated_until, "2026-01-31T11:00:00Z");
  const days = value.days as readonly unknown[];
  assertEquals(days.length, 30);
  assertEquals(days.slice(-2), [
    { day: "2026-01-30", ratio: 0.5, observed_seconds: 3600 },
    { day: "2026-01-31", ratio: 0.875, observed_seconds: 4800 },
  ]);
  assertEquals(days[0], { day: "2026-01-02", ratio: null, observed_seconds: 0 });
});
