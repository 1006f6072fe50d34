/**
 * Time online of a node as JSON: three windows, and the last 30 days one by one.
 *
 * @module
 */

import type { Uptime, UptimeBucket } from "../history/mod.ts";
import type { JsonObject } from "../json/json.ts";
import { DAY_MS, formatOptionalTime } from "../time/timestamp.ts";
import type { Monitored } from "./fact_source.ts";
import * as s from "./schema.ts";

/** Days of the bar. */
const DAYS = 30;

const WINDOW: Readonly<Record<string, s.Schema>> = {
  ratio: s.orNull(s.number("Part of the observed time, 0 to 1; null if nothing was observed.")),
  observed_seconds: s.count("How much of it was observed."),
};

/** The schema of {@linkcode uptimeJson}. */
export const UPTIME: s.Schema = s.object({
  day: s.object(WINDOW, "The last 24 hours."),
  week: s.object(WINDOW, "The last 7 days."),
  month: s.object(WINDOW, "The last 30 days."),
  simulated_until: s.orNull(
    s.time("Until when it is made up by the demo; null for a real tailnet."),
  ),
  days: s.list(
    s.object({ day: s.text("The date, in UTC."), ...WINDOW }),
    `The last ${DAYS} days, oldest first.`,
  ),
}, "Time online, of what was observed: a gap of the exporter is no downtime.");

/** The time online of a node. */
export function uptimeJson(
  history: Pick<Monitored["history"], "simulatedUntilMs" | "uptime" | "uptimeBuckets">,
  key: string,
  nowMs: number,
): JsonObject {
  return {
    day: windowJson(history.uptime(key, DAY_MS)),
    week: windowJson(history.uptime(key, 7 * DAY_MS)),
    month: windowJson(history.uptime(key, DAYS * DAY_MS)),
    simulated_until: formatOptionalTime(history.simulatedUntilMs),
    days: daysOf(history.uptimeBuckets(key, DAYS * DAY_MS), nowMs),
  };
}

function daysOf(buckets: readonly UptimeBucket[], nowMs: number): readonly JsonObject[] {
  const today = Math.floor(nowMs / DAY_MS);
  return Array.from({ length: DAYS }, (_, at) => {
    const day = today - DAYS + 1 + at;
    let [observedSeconds, onlineSeconds] = [0, 0];
    for (const bucket of buckets) {
      if (Math.floor(bucket.fromMs / DAY_MS) !== day) continue;
      observedSeconds += bucket.observedSeconds;
      onlineSeconds += bucket.onlineSeconds;
    }
    const ratio = observedSeconds === 0 ? undefined : onlineSeconds / observedSeconds;
    const date = new Date(day * DAY_MS).toISOString().slice(0, 10);
    return { day: date, ...windowJson({ ratio, observedSeconds }) };
  });
}

function windowJson(
  { observedSeconds, ratio }: Pick<Uptime, "observedSeconds" | "ratio">,
): JsonObject {
  return { ratio: ratio ?? null, observed_seconds: observedSeconds };
}
