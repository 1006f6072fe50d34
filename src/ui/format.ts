/**
 * Times, numbers and words as people read them.
 *
 * @module
 */

/** Units of an age, the largest first. */
const UNITS: readonly (readonly [seconds: number, name: string])[] = [
  [86_400, "d"],
  [3_600, "h"],
  [60, "min"],
  [1, "s"],
];

/**
 * A span in its largest unit.
 *
 * Units: milliseconds → "3 d", "15 min", "0 s"
 */
export function formatSpan(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [size, name] = UNITS.find(([size]) => seconds >= size) ?? [1, "s"];
  return `${Math.floor(seconds / size)} ${name}`;
}

/** How long ago a time was, or how long until it comes; "" for none. */
export function formatAge(time: string | null, nowMs: number): string {
  if (time === null) return "";
  const ms = nowMs - Date.parse(time);
  return ms >= 0 ? `${formatSpan(ms)} ago` : `in ${formatSpan(-ms)}`;
}

/**
 * How long ago something happened; "" for a time that is not known. The page's clock ticks every
 * few seconds, so what has just happened may lie in its future.
 */
export function formatAgo(time: string | null, nowMs: number): string {
  return time === null ? "" : formatAge(time, Math.max(nowMs, Date.parse(time)));
}

/** A time in the reader's own time zone; "" for none. */
export function formatMoment(time: string | null): string {
  if (time === null) return "";
  return new Date(time).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "medium" });
}

/** A number with its thousands apart; "–" while it is not known. */
export function formatNumber(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : value.toLocaleString("en-US");
}

/** Units: bytes → "512 B", "45.2 MB", "2.5 GB" */
export function formatBytes(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  let [value, unit] = [bytes / 1_000, "kB"];
  for (const next of ["MB", "GB", "TB"]) {
    // What would be rounded to 1000.0 is 1.0 of the next unit.
    if (value < 999.95) break;
    [value, unit] = [value / 1_000, next];
  }
  return `${value.toFixed(1)} ${unit}`;
}

/** "1 node", "2 nodes". */
export function plural(count: number, word: string): string {
  return `${formatNumber(count)} ${word}${count === 1 ? "" : "s"}`;
}

/** A state in words: "no_address" → "no address". */
export function words(state: string): string {
  return state.replaceAll("_", " ");
}
