/**
 * Reads the values of an access log: times in three spellings, request lines, numbers, and what a
 * web server escaped. Each takes any text and gives what it says, or undefined.
 *
 * @module
 */

import { canonicalAddress } from "../cidr.ts";
import type { Escape } from "./variable.ts";

/**
 * An address in its canonical spelling. nginx writes "unix:" for a client that reached it by a Unix
 * socket, which is on the same machine: that is 127.0.0.1.
 */
export function readAddress(text: string): string | undefined {
  return text === "unix:" ? "127.0.0.1" : canonicalAddress(text);
}

const MONTHS = "JanFebMarAprMayJunJulAugSepOctNovDec";
const LOCAL_TIME = /^(\d\d)\/([A-Z][a-z]{2})\/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-])(\d\d)(\d\d)$/;
const ISO_TIME =
  /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d)$/;

/**
 * A time as nginx and Apache write it.
 *
 * Shape: "21/Oct/2025:14:32:15 +0000" → 1761057135000
 */
export function readLocalTime(text: string): number | undefined {
  const [, day, month = "", year, hour, minute, second, sign, hours, minutes] =
    LOCAL_TIME.exec(text) ?? [];
  const index = MONTHS.indexOf(month) / 3;
  // The platform takes the year 99 for 1999.
  if (day === undefined || Number(year) < 1970 || !Number.isInteger(index)) return undefined;
  const [date, h, m, s] = [Number(day), Number(hour), Number(minute), Number(second)];
  const lastDay = new Date(Date.UTC(Number(year), index + 1, 0)).getUTCDate();
  // A leap second is written as 60.
  if (date < 1 || date > lastDay || h > 23 || m > 59 || s > 60) return undefined;
  const offset = (Number(hours) * 60 + Number(minutes)) * (sign === "-" ? -1 : 1);
  return sinceEpoch(Date.UTC(Number(year), index, date, h, m - offset, s));
}

/**
 * A time in ISO 8601 with its zone.
 *
 * Shape: "2025-10-21T14:32:15.123Z" → 1761057135123
 */
export function readIsoTime(text: string): number | undefined {
  if (!ISO_TIME.test(text)) return undefined;
  return sinceEpoch(Date.parse(text.replace(" ", "T").replace(/([+-]\d\d)(\d\d)$/, "$1:$2")));
}

/** A time, if it is one and not before 1970. */
function sinceEpoch(ms: number): number | undefined {
  return ms >= 0 ? ms : undefined;
}

/** A time in seconds since 1970, with or without a fraction, as milliseconds. */
export function readUnixTime(text: string): number | undefined {
  const seconds = readNumber(text);
  // Beyond what a date can hold.
  return seconds === undefined || seconds > 8.64e12 ? undefined : Math.round(seconds * 1000);
}

/** A number of 0 or more in decimal digits; undefined for anything else, "-" for one. */
export function readNumber(text: string): number | undefined {
  return /^\d{1,15}(?:\.\d{1,12})?$/.test(text) ? Number(text) : undefined;
}

/** The status of a response: three digits. */
export function readStatus(text: string): number | undefined {
  return /^\d{3}$/.test(text) ? Number(text) : undefined;
}

/** A request as an access line has it. */
export interface RequestLine {
  /** The method. */
  readonly method: string;
  /** What was asked for: a path with its query, or a whole URL. */
  readonly target: string;
}

/**
 * A request line.
 *
 * Shape: "GET /a?b HTTP/1.1" → { method: "GET", target: "/a?b" }
 *
 * @returns undefined for what is none: what a client of another protocol sent.
 */
export function readRequestLine(text: string): RequestLine | undefined {
  const first = text.indexOf(" ");
  const method = text.slice(0, Math.max(first, 0));
  if (!isMethod(method)) return undefined;
  const last = text.lastIndexOf(" ");
  // HTTP/0.9 has no version; a target may hold blanks that an old web server let pass.
  const isVersioned = last > first && text.startsWith("HTTP/", last + 1);
  const target = text.slice(first + 1, isVersioned ? last : text.length);
  return target === "" ? undefined : { method, target };
}

/** Whether a text is a method, as the methods are that web servers take. */
export function isMethod(text: string): boolean {
  return /^[A-Z][A-Z_-]{0,31}$/.test(text);
}

/**
 * The path and the query of a target. Of a whole URL, as a client sends it to a proxy, the path is
 * what follows the host; that of `OPTIONS *` is "*".
 */
export function splitTarget(
  target: string,
): { readonly path: string; readonly query: string | undefined } {
  const scheme = target.startsWith("/") ? -1 : target.indexOf("://");
  const slash = scheme < 0 ? 0 : target.indexOf("/", scheme + 3);
  const from = slash < 0 ? "/" : target.slice(slash);
  const mark = from.indexOf("?");
  if (mark < 0) return { path: from, query: undefined };
  return { path: from.slice(0, mark), query: from.slice(mark + 1) };
}

/**
 * A value without what the web server escaped; bytes that are no UTF-8 become U+FFFD.
 *
 * @returns "" for an empty value; undefined if the value is not escaped as it says.
 */
export function unescapeValue(value: string, escape: Escape): string | undefined {
  if (escape === "default" && value === "-") return "";
  if (escape === "none" || !value.includes("\\")) return value;
  if (escape === "default") return unescapeBytes(value);
  try {
    return JSON.parse(`"${value}"`);
  } catch {
    return undefined;
  }
}

/** `\xC3\xA9` → "é"; a backslash that escapes nothing stays. */
function unescapeBytes(value: string): string {
  return value.replace(/(?:\\x[\dA-Fa-f]{2})+/g, (run) => {
    const bytes = Uint8Array.from(
      { length: run.length / 4 },
      (_, at) => Number.parseInt(run.slice(at * 4 + 2, at * 4 + 4), 16),
    );
    return decoder.decode(bytes);
  });
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
