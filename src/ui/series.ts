/**
 * Series of the API as columns for a chart, and rates as people read them.
 *
 * @module
 */

import type { OnlineHour, Traffic } from "./series_model.ts";

/** A number for each time; null where nothing is known. */
export type Column = readonly (number | null)[];

const HOUR_S = 3_600;

/**
 * Hours as columns, with a gap where hours are missing.
 *
 * Units: times in seconds since 1970
 */
export function onlineColumns(hours: readonly OnlineHour[]): {
  readonly times: readonly number[];
  readonly online: Column;
  readonly nodes: Column;
} {
  const known = new Map(hours.map((hour) => [Date.parse(hour.time) / 1000, hour]));
  const [first, last] = [Math.min(...known.keys()), Math.max(...known.keys())];
  const count = known.size === 0 ? 0 : Math.round((last - first) / HOUR_S) + 1;
  const times = Array.from({ length: count }, (_, at) => first + HOUR_S * at);
  return {
    times,
    online: times.map((time) => known.get(time)?.online ?? null),
    nodes: times.map((time) => known.get(time)?.nodes ?? null),
  };
}

/** The times of a device's traffic, in seconds since 1970. */
export function trafficTimes({ received, start, step_seconds }: Traffic): readonly number[] {
  const startS = Math.round(Date.parse(start) / 1000);
  return received.direct.map((_, at) => startS + step_seconds * at);
}

/** The paths that carried something. */
export function usedTrafficPaths({ received, sent }: Traffic): readonly (keyof Traffic["sent"])[] {
  const paths = ["direct", "peer_relay", "derp"] as const;
  const used = paths.filter((path) =>
    [...received[path], ...sent[path]].some((rate) => rate !== null && rate > 0)
  );
  return used.length === 0 ? ["direct"] : used;
}

/** The last number that is known; null if there is none. */
export function lastOf(column: Column): number | null {
  return column.findLast((each) => each !== null) ?? null;
}

/** Units: bytes a second → "0 B/s", "1.2 kB/s", "34 MB/s" */
export function formatRate(rate: number | null): string {
  if (rate === null) return "–";
  let [value, unit] = [Math.abs(rate), "B/s"];
  for (const next of ["kB/s", "MB/s", "GB/s", "TB/s"]) {
    if (value < 999.5) break;
    [value, unit] = [value / 1_000, next];
  }
  return `${value < 10 && unit !== "B/s" ? value.toFixed(1) : Math.round(value)} ${unit}`;
}
