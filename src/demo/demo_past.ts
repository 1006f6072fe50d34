/**
 * What the demo tells of the time before its start: when each device was offline, what is wrong
 * since when, which machines of the build system came and went, and when the API was down.
 *
 * A function of seed and time, as everything of the demo, so that past and present fit together.
 *
 * @module
 */

import type { DevicePast, Past, Span } from "../history/mod.ts";
import { DOMAIN } from "./device_identity.ts";
import type { Machine } from "./machine.ts";
import { hash, hexDigits, STREAM, unit } from "./random.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Machines of the build system that come each day and leave. */
const RUNNERS_A_DAY = 3;

/** Days from one outage of the API to the next. */
const API_DAYS = 9;

/** What a past is made from. */
export interface PastOptions {
  /** The demo's seed. */
  readonly seed: number;
  /** All devices. */
  readonly machines: Iterable<Machine>;
  /** Its begin, in milliseconds since 1970. */
  readonly fromMs: number;
  /** Its end, in milliseconds since 1970. */
  readonly untilMs: number;
}

/** The time before the start. */
export function makePast({ fromMs, machines, seed, untilMs }: PastOptions): Past {
  return {
    fromMs,
    apiOutages: apiOutages(seed, fromMs, untilMs),
    *devices() {
      for (const machine of machines) yield machine.past(fromMs, untilMs);
      yield* formerRunners(seed, fromMs, untilMs);
    },
  };
}

/** Some minutes every few days, none of them in the last one. */
function apiOutages(seed: number, fromMs: number, untilMs: number): readonly Span[] {
  const spans: Span[] = [];
  for (let day = Math.ceil(fromMs / DAY); day < Math.floor(untilMs / DAY); day++) {
    if (day % API_DAYS !== hash(seed, STREAM.outage, -1) % API_DAYS) continue;
    const beginMs = day * DAY + Math.floor(20 * HOUR * unit(seed, STREAM.outage, -2, day));
    const lengthMs = Math.floor((10 + 40 * unit(seed, STREAM.outage, -3, day)) * MINUTE);
    spans.push({ fromMs: beginMs, untilMs: beginMs + lengthMs });
  }
  return spans;
}

/** Ephemeral machines that are not in the device list any more. */
function* formerRunners(seed: number, fromMs: number, untilMs: number): Generator<DevicePast> {
  for (let day = Math.ceil(fromMs / DAY); day < Math.floor(untilMs / DAY); day++) {
    for (let number = 0; number < RUNNERS_A_DAY; number++) {
      const key = day * RUNNERS_A_DAY + number;
      const joinedMs = day * DAY + Math.floor(20 * HOUR * unit(seed, STREAM.created, -1, key));
      const stayMs = Math.floor((0.2 + 3 * unit(seed, STREAM.created, -2, key)) * HOUR);
      yield {
        id: `6${String(hash(seed, STREAM.created, -3, key)).padStart(15, "0")}`,
        name: `runner-${hexDigits(4, seed, STREAM.created, -4, key)}.${DOMAIN}`,
        joinedMs,
        leftMs: joinedMs + stayMs,
        outages: [],
        unreadable: undefined,
        lockErrorMs: undefined,
        routesMs: undefined,
        updateMs: undefined,
      };
    }
  }
}
