/**
 * Times as our JSON and pages write them, and units of time. A leaf: imports nothing.
 *
 * @module
 */

/** An hour in milliseconds. */
export const HOUR_MS = 3_600_000;

/** A day in milliseconds. */
export const DAY_MS = 24 * HOUR_MS;

/**
 * A time as RFC 3339 writes it, in UTC, without fractions of a second.
 *
 * Units: milliseconds since 1970 → "2025-01-07T21:30:00Z"
 */
export function formatTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** {@linkcode formatTime}, or null for a time that is not known. */
export function formatOptionalTime(ms: number | undefined): string | null {
  return ms === undefined ? null : formatTime(ms);
}
