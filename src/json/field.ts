/**
 * Readers of single fields: each takes any JSON value and gives what we can use of it, or
 * undefined. None throws.
 *
 * @module
 */

/** The most UTF-16 units of one text: what goes into a label stays this short. */
export const MAX_TEXT = 1024;

/**
 * A text that is not empty. One longer than {@linkcode MAX_TEXT} is cut, so that a device with an
 * absurd host name keeps its numbers; lone surrogates become U+FFFD.
 */
export function readText(value: unknown): string | undefined {
  if (typeof value !== "string" || value === "") return undefined;
  if (value.length <= MAX_TEXT) return value.toWellFormed();
  return copyStart(value, MAX_TEXT);
}

/** A boolean; nothing else counts as one, neither 1 nor "true". */
export function readBoolean(value: unknown): boolean | undefined {
  return typeof value === "boolean" ? value : undefined;
}

/**
 * An RFC 3339 time in whole Unix seconds. Go's zero time, and everything else before 1970, means
 * "never" and is undefined here.
 *
 * Units: seconds since 1970, fractions cut
 */
export function readSeconds(value: unknown): number | undefined {
  if (typeof value !== "string" || value.length > 64 || !RFC_3339.test(value)) return undefined;
  // The platform takes 31 February for 3 March.
  if (Number(value.slice(8, 10)) > 28 && !hasDay(value)) return undefined;
  const seconds = Math.floor(Date.parse(value) / 1000);
  return seconds > 0 ? seconds : undefined;
}

const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt](?:[01]\d|2[0-3]):\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;

/** Whether the month has the day. */
function hasDay(date: string): boolean {
  const [year, month, day] = [date.slice(0, 4), date.slice(5, 7), date.slice(8, 10)].map(Number);
  const lastDay = new Date(Date.UTC(year ?? 0, month ?? 0, 0)).getUTCDate();
  return (day ?? 0) <= lastDay;
}

/**
 * The texts of a list, each once, in their order. An entry that is no text, empty or longer than
 * {@linkcode MAX_TEXT} is left out: an address or a tag that is cut would be another one.
 *
 * @param max How many are kept; the rest is left out.
 * @returns undefined if the value is not a list.
 */
export function readTexts(value: unknown, max: number): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const texts: string[] = [];
  // A set costs more than the search until a list is longer than nearly all are.
  const seen = value.length > 16 ? new Set<string>() : undefined;
  for (const entry of value) {
    if (texts.length === max) break;
    if (!isShortText(entry)) continue;
    const text = entry.toWellFormed();
    if (seen === undefined ? texts.includes(text) : seen.has(text)) continue;
    seen?.add(text);
    texts.push(text);
  }
  // A list that has grown has room for sixteen more, and there are many of them.
  return texts.slice();
}

/** Whether the value is a text that is neither empty nor longer than {@linkcode MAX_TEXT}. */
export function isShortText(value: unknown): value is string {
  return typeof value === "string" && value !== "" && value.length <= MAX_TEXT;
}

/** Whether the value is a time in milliseconds: finite, and not below 0. */
export function isMs(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

/** Whether it is one, or absent. */
export function isOptionalMs(value: unknown): value is number | undefined {
  return value === undefined || isMs(value);
}

/** A copy, because a slice would keep the whole long text in memory. */
function copyStart(text: string, length: number): string {
  const isSplit = /[\uD800-\uDBFF]/.test(text.charAt(length - 1));
  const start = text.slice(0, isSplit ? length - 1 : length);
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(new TextEncoder().encode(start));
}
