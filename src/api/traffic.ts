/**
 * Traffic of a device by path as JSON: a rate for each minute of the last hour.
 *
 * @module
 */

import { TRAFFIC_PATHS, TRAFFIC_STEP_MS, type TrafficSeries } from "../history/mod.ts";
import type { JsonObject } from "../json/json.ts";
import { formatOptionalTime } from "../time/timestamp.ts";
import * as s from "./schema.ts";

const RATES: Readonly<Record<string, s.Schema>> = Object.fromEntries(
  TRAFFIC_PATHS.map((path) => [
    path,
    s.list(s.orNull(s.number("Bytes a second; null where unknown.")), "A rate for each step."),
  ]),
);

/** The schema of {@linkcode trafficJson}. */
export const TRAFFIC: s.Schema = s.object({
  start: s.time("Time of the first rate."),
  step_seconds: s.count("Length of a step."),
  received: s.object(RATES, "Bytes received by path."),
  sent: s.object(RATES, "Bytes sent by path."),
}, "Traffic of the last hour by path, from the device's own metrics.");

/** The traffic of a device; null where its metrics tell none. */
export function trafficJson(series: TrafficSeries | undefined): JsonObject | null {
  if (series === undefined) return null;
  const { received, sent, startMs } = series;
  return {
    start: formatOptionalTime(startMs),
    step_seconds: TRAFFIC_STEP_MS / 1000,
    received,
    sent,
  };
}
