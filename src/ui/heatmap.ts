/**
 * Requests by day and hour in the reader's own time zone, as rows for a heatmap.
 *
 * @module
 */

import { DAY_MS, HOUR_MS } from "../time/timestamp.ts";
import type { AccessHour } from "./access_model.ts";

/** Hour of a day; undefined for one that is outside of what is known. */
export interface HeatCell {
  /** The hour, 0 to 23. */
  readonly hour: number;
  /** Requests. */
  readonly requests: number;
  /** How strongly it is tinted, 0 to 4: 0 for none, 4 for the most of all. */
  readonly level: number;
}

/** A day. */
export interface HeatDay {
  /** Any moment of the day, as UTC shows the reader's own time. */
  readonly atMs: number;
  /** Its 24 hours; undefined for those still to come, and those before the first. */
  readonly cells: readonly (HeatCell | undefined)[];
}

/** What a heatmap is made of. */
export interface HeatOptions {
  /** Days to look back, today included. */
  readonly days: number;
  /** The time. */
  readonly nowMs: number;
  /** Minutes by which UTC is ahead of the reader's time at a moment. Default: the browser's. */
  readonly offsetMinutes?: (ms: number) => number;
}

/** The days, the latest first. */
export function heatmapOf(hours: readonly AccessHour[], options: HeatOptions): readonly HeatDay[] {
  const { days, nowMs, offsetMinutes = (ms) => new Date(ms).getTimezoneOffset() } = options;
  const local = (ms: number) => ms - 60_000 * offsetMinutes(ms);
  const counts = new Map<number, number>();
  for (const { requests, time } of hours) {
    // Two hours of UTC fall into one where the clock is set back.
    const hour = Math.floor(local(Date.parse(time)) / HOUR_MS);
    counts.set(hour, (counts.get(hour) ?? 0) + requests);
  }
  const most = Math.max(1, ...counts.values());
  const now = Math.floor(local(nowMs) / HOUR_MS);
  const first = now - 24 * days + 1;
  const today = Math.floor(local(nowMs) / DAY_MS);
  return Array.from({ length: days }, (_, at) => {
    const day = today - at;
    const cells = Array.from({ length: 24 }, (_, hour) => {
      const index = 24 * day + hour;
      if (index > now || index < first) return undefined;
      const requests = counts.get(index) ?? 0;
      return { hour, requests, level: Math.ceil(4 * Math.sqrt(requests / most)) };
    });
    return { atMs: day * DAY_MS, cells };
  });
}
