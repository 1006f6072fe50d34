/**
 * Durations as an operator writes them: `10s`, `2m`, `1h`, `1d`, `500ms`, `1m30s`, `1.5s`, in any
 * case, and bare seconds.
 *
 * @module
 */

import { defineKind, type Kind } from "./kind.ts";

const NUMBER = String.raw`(\d{1,9}(?:\.\d{1,9})?)`;
const PARTS = new RegExp(
  `^(?:${NUMBER}d)?(?:${NUMBER}h)?(?:${NUMBER}m)?(?:${NUMBER}s)?(?:${NUMBER}ms)?$`,
);
const BARE = new RegExp(`^${NUMBER}$`);
const UNIT_MS = [86_400_000, 3_600_000, 60_000, 1_000, 1] as const;

const DAY_MS = 86_400_000;

/** Units that are written, besides whole days. */
const WRITTEN = [["h", 3_600_000], ["m", 60_000], ["s", 1_000], ["ms", 1]] as const;

/** One blank between a number and its unit, or between two parts. */
const BLANK = /(?<=\d) (?=[a-z])|(?<=[a-z]) (?=\d)/gi;

/**
 * Reads a duration; as in a size, a blank may stand before a unit.
 *
 * Shape: "1m30s" or "1 m 30 s" → 90000
 * Units: milliseconds, rounded to whole ones
 *
 * @returns undefined if the text is not a duration.
 */
export function parseDuration(text: string): number | undefined {
  if (BARE.test(text)) return Math.round(Number(text) * 1_000);
  const numbers = text === "" ? null : PARTS.exec(text.replace(BLANK, "").toLowerCase());
  if (numbers === null) return undefined;
  return Math.round(
    UNIT_MS.reduce((sum, ms, index) => sum + Number(numbers[index + 1] ?? 0) * ms, 0),
  );
}

/**
 * Writes whole milliseconds the way {@linkcode parseDuration} reads them, largest units first. Two
 * or more whole days are days; one is 24h.
 *
 * Shape: 90000 → "1m30s"
 */
export function formatDuration(durationMs: number): string {
  if (durationMs > DAY_MS && durationMs % DAY_MS === 0) return `${durationMs / DAY_MS}d`;
  let rest = durationMs;
  let text = "";
  for (const [unit, ms] of WRITTEN) {
    const count = Math.floor(rest / ms);
    rest -= count * ms;
    if (count > 0) text += `${count}${unit}`;
  }
  return text === "" ? "0s" : text;
}

/** A duration within bounds, both included, in milliseconds. */
export function duration(leastMs: number, mostMs: number): Kind<number> {
  const bounds = `${formatDuration(leastMs)} to ${formatDuration(mostMs)}`;
  return defineKind({
    placeholder: "DURATION",
    wanted: `a duration from ${bounds}, such as 10s, 2m, 1m30s or bare seconds`,
    brief: bounds,
    parse: (text) => {
      const ms = parseDuration(text);
      return ms !== undefined && ms >= leastMs && ms <= mostMs ? ms : undefined;
    },
    describe: formatDuration,
  });
}
