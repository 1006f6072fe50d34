/**
 * How long to wait before a request is sent again: exponential back-off with full jitter, and what
 * the server asks for in `Retry-After`. The loop itself is in `request.ts`.
 *
 * @module
 */

import { trimOws } from "../text/ows.ts";
import { doubledMs } from "../time/backoff.ts";

/** The ceiling of the first wait. */
const FIRST_MS = 1000;

/** The ceiling of any wait that we choose ourselves. */
const MAX_BACKOFF_MS = 10_000;

/** The longest `Retry-After` that a call waits for itself; a longer one ends the call. */
export const MAX_INLINE_WAIT_MS = 60_000;

/** The longest wait that a server can make us take. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/** The statuses after which the same request may succeed a moment later. */
const TRANSIENT: ReadonlySet<number> = new Set([429, 500, 502, 503, 504]);

/** Whether the same request may succeed a moment later. */
export function isTransientStatus(status: number): boolean {
  return TRANSIENT.has(status);
}

/**
 * A wait between 0 and a ceiling that doubles with each failed attempt: 1 s, 2 s, 4 s, at most
 * 10 s.
 *
 * Units: milliseconds
 *
 * @param attempt Attempts that have failed, from 1.
 * @param random A number from 0 up to, not including, 1.
 */
export function backoffMs(attempt: number, random: number): number {
  return Math.round(random * doubledMs(FIRST_MS, attempt - 1, MAX_BACKOFF_MS));
}

/**
 * What a `Retry-After` header asks for, at most an hour.
 *
 * A date is measured from the answer's own `Date`, so that it does not matter how our clock is set.
 *
 * Shape: "120" → 120000; "Sun, 01 Feb 2026 00:00:10 GMT" → milliseconds from `date` until then
 * Units: milliseconds
 * Source: RFC 9110 section 10.2.3
 *
 * @param header The header.
 * @param date The `Date` header of the same answer.
 * @param nowMs Our clock, for an answer without a `Date`.
 * @returns undefined for a header that is absent or neither of the two forms; 0 for a time past.
 */
export function retryAfterMs(
  header: string | null,
  date: string | null,
  nowMs: number,
): number | undefined {
  const text = trimOws(header ?? "");
  if (/^\d+$/.test(text)) return Math.min(Number(text) * 1000, MAX_RETRY_AFTER_MS);
  const atMs = parseHttpDate(text);
  if (atMs === undefined) return undefined;
  const sentMs = parseHttpDate(trimOws(date ?? "")) ?? nowMs;
  return Math.min(Math.max(0, atMs - sentMs), MAX_RETRY_AFTER_MS);
}

function parseHttpDate(text: string): number | undefined {
  // All three forms of an HTTP date begin with a day's name; Date.parse alone takes far more.
  if (!/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(text)) return undefined;
  // The obsolete asctime form names no zone; it is GMT all the same.
  const ms = Date.parse(/GMT$/.test(text) ? text : `${text} GMT`);
  return Number.isNaN(ms) ? undefined : ms;
}
