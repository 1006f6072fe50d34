/**
 * Time online of a simulated past, in the buckets of the log: an hour in which the control plane
 * did not answer was not observed, in a past as in the present.
 *
 * @module
 */

import type { TailnetFacts } from "../facts/mod.ts";
import type { TimeSlice } from "../time/slice.ts";
import type { DevicePast, Past, Span } from "./past.ts";
import type { UptimeColumn } from "./_uptime_column.ts";
import { BUCKET_S, type UptimeDay } from "./uptime.ts";

const DAY_S = 86_400;

/** Seconds of one device in each bucket. */
interface Row {
  readonly key: string;
  readonly observed: Uint16Array;
  readonly online: Uint16Array;
}

/** Adds up the time online of devices, one after the other. */
export class PastUptime {
  readonly #tailnet: string;
  readonly #gaps: readonly Span[];
  /** First bucket, and end of the past, in seconds since 1970. */
  readonly #firstS: number;
  readonly #fromS: number;
  readonly #endS: number;
  readonly #rows: Row[] = [];

  /** For a past that ends with the device list of a snapshot. */
  constructor({ apiOutages, fromMs }: Past, { atMs, listing, tailnet }: TailnetFacts) {
    this.#tailnet = encodeURIComponent(tailnet);
    this.#gaps = apiOutages;
    this.#fromS = Math.floor(fromMs / 1000);
    this.#firstS = Math.floor(this.#fromS / BUCKET_S) * BUCKET_S;
    // The log counts from the first list on.
    this.#endS = Math.floor((listing?.atMs ?? atMs) / 1000);
  }

  /** Adds a device. */
  add(key: string, { joinedMs, outages }: DevicePast): void {
    const length = Math.max(0, Math.ceil((this.#endS - this.#firstS) / BUCKET_S));
    const observed = new Uint16Array(length);
    const fromS = Math.max(this.#fromS, Math.floor(joinedMs / 1000));
    this.#count(observed, fromS, this.#endS, 1);
    for (const gap of this.#gaps) this.#countSpan(observed, gap, fromS, -1);
    const online = observed.slice();
    for (const outage of outages) this.#countOffline(online, outage, fromS);
    this.#rows.push({ key, observed, online });
  }

  /** The days with all devices. */
  async days(slice: TimeSlice): Promise<readonly UptimeDay[]> {
    const keys = this.#rows.map(({ key }) => key);
    const columns = new Map<number, UptimeColumn[]>();
    const length = this.#rows[0]?.observed.length ?? 0;
    for (let at = 0; at < length; at++) {
      if (slice.isOver) await slice.next();
      const startS = this.#firstS + at * BUCKET_S;
      const observed = new Uint16Array(keys.length);
      const online = new Uint16Array(keys.length);
      for (const [place, row] of this.#rows.entries()) {
        observed[place] = row.observed[at] ?? 0;
        online[place] = row.online[at] ?? 0;
      }
      const day = Math.floor(startS / DAY_S);
      const column = { startS, observed, online };
      const list = columns.get(day);
      if (list === undefined) columns.set(day, [column]);
      else list.push(column);
    }
    return [...columns.values()].map((list) => ({ tailnet: this.#tailnet, keys, columns: list }));
  }

  /** An outage without the gaps in it: what was not observed was not offline either. */
  #countOffline(online: Uint16Array, outage: Span, fromS: number): void {
    this.#countSpan(online, outage, fromS, -1);
    for (const gap of this.#gaps) {
      const both = overlap(outage, gap);
      if (both !== undefined) this.#countSpan(online, both, fromS, 1);
    }
  }

  #countSpan(into: Uint16Array, { fromMs, untilMs }: Span, fromS: number, sign: 1 | -1): void {
    const endS = Math.min(this.#endS, Math.floor((untilMs ?? Infinity) / 1000));
    this.#count(into, Math.max(fromS, Math.floor(fromMs / 1000)), endS, sign);
  }

  /** Adds seconds to the buckets, or takes them away. */
  #count(into: Uint16Array, fromS: number, untilS: number, sign: 1 | -1): void {
    if (untilS <= fromS) return;
    for (let startS = Math.floor(fromS / BUCKET_S) * BUCKET_S; startS < untilS;) {
      const at = (startS - this.#firstS) / BUCKET_S;
      const endS = startS + BUCKET_S;
      const seconds = Math.min(untilS, endS) - Math.max(fromS, startS);
      into[at] = (into[at] ?? 0) + sign * seconds;
      startS = endS;
    }
  }
}

function overlap(a: Span, b: Span): Span | undefined {
  const fromMs = Math.max(a.fromMs, b.fromMs);
  const untilMs = Math.min(a.untilMs ?? Infinity, b.untilMs ?? Infinity);
  return fromMs < untilMs
    ? { fromMs, untilMs: untilMs === Infinity ? undefined : untilMs }
    : undefined;
}
