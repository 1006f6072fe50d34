/**
 * One point in InfluxDB's line protocol. What the protocol cannot carry is replaced: a line feed
 * ends a line, and a backslash before a delimiter escapes it. Names of measurements, tags and
 * fields are the code's own.
 *
 * Source: InfluxDB, "Line protocol reference"; versions 1 and 2 parse alike
 *
 * @module
 */

/** A tag: indexed text. undefined and "" leave it out, because a tag cannot be empty. */
export type TagValue = string | undefined;

/** A field: bigint = integer, number = float. undefined leaves it out. */
export type FieldValue = bigint | boolean | number | string | undefined;

/** One point of a series. */
export interface Point {
  /** The measurement. */
  readonly measurement: string;
  /** What tells series apart. */
  readonly tags: Readonly<Record<string, TagValue>>;
  /** The values. */
  readonly fields: Readonly<Record<string, FieldValue>>;
  /** When, in whole milliseconds since 1970. */
  readonly atMs: number;
  /** Nanoseconds beyond `atMs`, from 0 to 999,999. Default: 0. */
  readonly extraNs?: number;
}

/** Maximum length of a tag or text; InfluxDB takes 64 KiB for all tags of a series together. */
const MAX_LENGTH = 1_000;

/** A text that is written as it is. */
const PLAIN = /^[\w.:/@-]{1,1000}$/;

/** The last time that fits into 64 bits of nanoseconds: April 2262. */
const MAX_MS = 9_223_372_036_854;

/**
 * Renders a point, without a line feed.
 *
 * Shape: {hostname: "a b"}, {online: 1n}, 5 → "m,hostname=a\ b online=1i 5000000"
 *
 * @returns undefined for a point that has no field or whose time the protocol cannot carry.
 */
export function renderLine(point: Point): string | undefined {
  const { atMs, extraNs = 0 } = point;
  if (!(Number.isInteger(atMs) && atMs >= 0 && atMs <= MAX_MS)) return undefined;
  const tags = Object.entries(point.tags).flatMap(([name, value]) => {
    if (value === undefined || value === "") return [];
    // Mostly a name, in which nothing has to be replaced.
    return [`,${escapeKey(name)}=${PLAIN.test(value) ? value : escapeKey(cleanTag(value))}`];
  });
  const fields = Object.entries(point.fields).flatMap(([name, value]) => {
    const text = renderField(value);
    return text === undefined ? [] : [`${escapeKey(name)}=${text}`];
  });
  if (fields.length === 0) return undefined;
  const time = atMs === 0 ? `${extraNs}` : `${atMs}${String(extraNs).padStart(6, "0")}`;
  return `${escapeMeasurement(point.measurement)}${tags.join("")} ${fields.join(",")} ${time}`;
}

/** A text as a field carries it: control characters are blanks, and it is cut. */
export function cleanText(text: string): string {
  return text.slice(0, MAX_LENGTH).toWellFormed().replace(/[\p{Cc}\u2028\u2029]/gu, " ");
}

/**
 * A text as a tag carries it: the same, and "/" for a backslash before a delimiter or at the end,
 * which InfluxDB reads as an escape in one way and VictoriaMetrics in another.
 */
export function cleanTag(text: string): string {
  return cleanText(text).replace(/\\+(?=[,= ]|$)/g, (all) => "/".repeat(all.length));
}

function renderField(value: FieldValue): string | undefined {
  switch (typeof value) {
    case "bigint":
      return `${BigInt.asIntN(64, value)}i`;
    case "boolean":
      return String(value);
    case "number":
      return Number.isFinite(value) ? String(value) : undefined;
    case "string":
      return PLAIN.test(value) ? `"${value}"` : `"${cleanText(value).replace(/["\\]/g, "\\$&")}"`;
    default:
      return undefined;
  }
}

/** Names and values of tags, and names of fields. */
function escapeKey(text: string): string {
  return PLAIN.test(text) ? text : text.replace(/[,= ]/g, "\\$&");
}

function escapeMeasurement(text: string): string {
  return text.replace(/[, ]/g, "\\$&");
}
