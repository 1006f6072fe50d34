/**
 * Times as our JSON and pages write them. A leaf: imports nothing.
 *
 * @module
 */

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
