/**
 * Time online over a restart: one segment for each tailnet and day.
 *
 * @module
 */

import type { History } from "../history/mod.ts";
import type { TimeSliceOptions } from "../time/slice.ts";
import { DAY_MS } from "../time/timestamp.ts";
import type { SegmentReader } from "./_segment_reader.ts";
import { decodeUptime, encodeUptime } from "./_uptime_segment.ts";
import type { SegmentStore, SegmentVersions } from "./segment_store.ts";

/** What {@linkcode KeptUptime} needs. */
export interface KeptUptimeOptions {
  /** Has the time online. */
  readonly history: Pick<History, "uptimeLog" | "uptimeLogs">;
  /** Reads segments. */
  readonly reader: SegmentReader;
  /** Takes segments. */
  readonly store: Pick<SegmentStore, "write">;
  /** Bounds how long a day's copy or encoding holds the event loop. */
  readonly slices: TimeSliceOptions;
  /** Wall clock, in milliseconds since 1970. */
  readonly now: () => number;
}

/** Keeps time online in segments. */
export class KeptUptime {
  readonly #options: KeptUptimeOptions;
  /** The first day that may have changed since the last write. */
  #firstDay = 0;
  #isBehind = false;

  /** Nothing is kept yet. */
  constructor(options: KeptUptimeOptions) {
    this.#options = options;
  }

  /** Whether the last write failed. */
  get isBehind(): boolean {
    return this.#isBehind;
  }

  /** Reads what earlier processes kept. */
  async load(versions: SegmentVersions): Promise<void> {
    const { history, now, reader, slices } = this.#options;
    for (const [name, list] of versions) {
      if (!/^\d\/uptime-/.test(name)) continue;
      const day = await reader.read(list, (bytes) => decodeUptime(bytes, slices));
      if (day !== undefined) await history.uptimeLog(day.tailnet).restore(day);
    }
    this.#firstDay = Math.floor(now() / DAY_MS);
  }

  /** Writes the days that may have changed since the last write. */
  async save(place: number): Promise<void> {
    const { history, now, slices, store } = this.#options;
    this.#isBehind = true;
    // If the clock went back meanwhile, what was counted since is of an earlier day.
    const today = Math.floor(now() / DAY_MS);
    const firstDay = Math.min(this.#firstDay, today);
    for (const [tailnet, log] of history.uptimeLogs()) {
      for (const day of log.days()) {
        if (day < firstDay) continue;
        const name = `${place}/uptime-${tailnet}-${day}`;
        await store.write(name, await encodeUptime(await log.day(tailnet, day), slices));
      }
    }
    this.#firstDay = today;
    this.#isBehind = false;
  }
}

/**
 * Whether a segment has time online of a day that is not kept any more.
 *
 * @param oldestMs Time from which on it is kept, in milliseconds since 1970.
 */
export function isOldUptime(name: string, oldestMs: number): boolean {
  const [, day] = /^\d\/uptime-.*-(\d+)$/.exec(name) ?? [];
  return day !== undefined && (Number(day) + 1) * DAY_MS < oldestMs;
}
