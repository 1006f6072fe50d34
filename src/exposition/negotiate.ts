/**
 * Which format a reader gets: a pure function of its `Accept` header, by the rules of the Go
 * library (`expfmt`). Protobuf, text 1.0.0 and OpenMetrics 2.0 are not offered; a reader that asks
 * for them first gets what it asked for next.
 *
 * @module
 */

import type { Format } from "./family.ts";

/**
 * The `Content-Type` of each format. The escaping is a constant, whatever the reader asked for:
 * all our names are plain, and no scheme changes a plain name.
 */
export const CONTENT_TYPE: Readonly<Record<Format, string>> = {
  text: "text/plain; version=0.0.4; charset=utf-8; escaping=underscores",
  openmetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=underscores",
};

/** Order of the offers: the first that a wildcard covers is taken. */
const OFFERS: readonly Format[] = ["text", "openmetrics"];

const QUALITY = /^(?:0?\.\d+|0\.?|1(?:\.0*)?)$/;

interface AcceptEntry {
  readonly range: string;
  readonly version: string | undefined;
  readonly quality: number;
}

function parseEntry(text: string): AcceptEntry | undefined {
  const [range = "", ...parameters] = text.toLowerCase().split(";").map((part) => part.trim());
  let version: string | undefined;
  let quality = 1;
  for (const parameter of parameters) {
    const equals = parameter.indexOf("=");
    const name = (equals === -1 ? parameter : parameter.slice(0, equals)).trim();
    const value = parameter.slice(equals + 1).trim().replace(/^"(.*)"$/, "$1");
    if (name === "version") version = value;
    if (name === "q") {
      if (!QUALITY.test(value)) return undefined;
      quality = Number(value);
    }
  }
  return { range, version, quality };
}

function covers(entry: AcceptEntry, format: Format): boolean {
  switch (entry.range) {
    case "*/*":
      return true;
    case "text/*":
      return format === "text";
    case "text/plain":
      return format === "text" && (entry.version === undefined || entry.version === "0.0.4");
    case "application/openmetrics-text":
      // 0.0.1 is the draft that servers have asked for ever since; the page is the same.
      return format === "openmetrics" &&
        (entry.version === undefined || entry.version === "1.0.0" || entry.version === "0.0.1");
    default:
      return false;
  }
}

/**
 * The format for a reader: that of the entry with the highest weight which names one we offer.
 *
 * Entries of equal weight count in the order of the header. A weight of 0 forbids a format to the
 * wildcards; an entry whose weight is unreadable is skipped. No version means the oldest one: 0.0.4
 * of `text/plain`, 0.0.1 of OpenMetrics.
 *
 * Shape: Accept header, or null for none → one format; `text` when nothing fits, never a refusal
 * Source: prometheus/docs, content negotiation; RFC 9110, section 12.5.1
 */
export function negotiate(accept: string | null): Format {
  const entries = (accept ?? "").split(",").map(parseEntry).filter((entry) => entry !== undefined);
  const forbidden = OFFERS.filter((format) =>
    entries.some((entry) => entry.quality === 0 && entry.range !== "*/*" && covers(entry, format))
  );
  const wanted = entries.filter((entry) => entry.quality > 0)
    .sort((a, b) => b.quality - a.quality);
  for (const entry of wanted) {
    const isWildcard = entry.range.endsWith("/*");
    const format = OFFERS.find((offer) =>
      covers(entry, offer) && !(isWildcard && forbidden.includes(offer))
    );
    if (format !== undefined) return format;
  }
  return "text";
}
