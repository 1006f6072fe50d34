import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { DevicePast, Past, Span } from "../../src/history/past.ts";
import { PastUptime } from "../../src/history/past_uptime.ts";
import { UptimeLog } from "../../src/history/uptime.ts";
import { TimeSlice } from "../../src/time/slice.ts";
import { snapshot } from "../facts/_snapshot.ts";
import { NOON_MS } from "./_event.ts";

const HOUR_S = 3_600, SPAN_S = 5 * HOUR_S, DAY_MS = 86_400_000;

/** Stretches of whole seconds before noon that do not meet, in the order of time. */
const spans = fc.uniqueArray(fc.integer({ min: 1, max: SPAN_S }), { maxLength: 8 }).map((times) => {
  const ordered = times.toSorted((a, b) => b - a);
  const found: Span[] = [];
  for (let at = 0; at + 1 < ordered.length; at += 2) {
    const [from = 0, until = 0] = ordered.slice(at, at + 2);
    found.push({ fromMs: NOON_MS - from * 1000, untilMs: NOON_MS - until * 1000 });
  }
  return found;
});

function deviceOf(outages: readonly Span[], joinedMs: number): DevicePast {
  return {
    id: "1",
    name: "a",
    joinedMs,
    leftMs: undefined,
    outages,
    unreadable: undefined,
    lockErrorMs: undefined,
    routesMs: undefined,
    updateMs: undefined,
  };
}

function isIn(list: readonly Span[], atMs: number): boolean {
  return list.some(({ fromMs, untilMs = Infinity }) => atMs >= fromMs && atMs < untilMs);
}

Deno.test("PastUptime.days() equals a count second by second", async () => {
  const joins = fc.integer({ min: -HOUR_S, max: SPAN_S });
  await fc.assert(
    fc.asyncProperty(spans, spans, joins, async (apiOutages, outages, joined) => {
      const past: Past = { fromMs: NOON_MS - SPAN_S * 1000, apiOutages, devices: () => [] };
      const joinedMs = NOON_MS - joined * 1000;
      const uptime = new PastUptime(past, snapshot([]));
      uptime.add("example.com/1", deviceOf(outages, joinedMs));
      const log = new UptimeLog({ maxBuckets: 800, maxGapMs: 0, elapsed: () => 0 });
      for (const day of await uptime.days(new TimeSlice())) await log.restore(day);
      let [observed, online] = [0, 0];
      for (let atMs = Math.max(past.fromMs, joinedMs); atMs < NOON_MS; atMs += 1000) {
        if (isIn(apiOutages, atMs)) continue;
        observed++;
        if (!isIn(outages, atMs)) online++;
      }
      const found = log.uptime("example.com/1", DAY_MS, NOON_MS);
      assertEquals([found.observedSeconds, found.onlineSeconds], [observed, online]);
    }),
    { numRuns: 60 },
  );
});

Deno.test("PastUptime.days() counts an outage without end until the end", async () => {
  const past: Past = { fromMs: NOON_MS - 10_000_000, apiOutages: [], devices: () => [] };
  const uptime = new PastUptime(past, snapshot([]));
  uptime.add("example.com/1", deviceOf([{ fromMs: -Infinity, untilMs: undefined }], 0));
  const days = await uptime.days(new TimeSlice());
  assertEquals(days.flatMap(({ columns }) => columns.map(({ online }) => online[0])), [0, 0, 0]);
  assertEquals(days.map(({ keys, tailnet }) => [keys, tailnet]), [
    [["example.com/1"], "example.com"],
  ]);
});
