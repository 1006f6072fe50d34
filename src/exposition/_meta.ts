/**
 * The grammar of a line that starts with `#`: HELP, TYPE or a comment, as a Prometheus server reads
 * it. Metadata that cannot stand on our page is a comment to us.
 *
 * Source: `model/textparse/promlex.l` and `promparse.go` of Prometheus 3
 *
 * @module
 */

import { MAX_HELP_BYTES, MAX_NAME_BYTES } from "./_limit.ts";
import type { MetricType } from "./family.ts";
import { isMetricName } from "./name.ts";
import { binaryText, refuse, scanMetricName, scanQuoted, skipBlanks } from "./_scan.ts";
import { decodeUtf8 } from "./_utf8.ts";

/** A metadata line or comment, taken apart. */
export type MetaLine =
  | { readonly kind: "comment"; readonly next: number }
  | {
    readonly kind: "help";
    readonly name: string;
    /** The text without escapes; undefined if it is too long to stand on our page. */
    readonly help: string | undefined;
    readonly next: number;
  }
  | {
    readonly kind: "type";
    readonly name: string;
    readonly type: MetricType;
    readonly next: number;
  };

const LF = 0x0a, SPACE = 0x20, QUOTE = 0x22;

/**
 * Reads a line that starts with `#`.
 *
 * @param start Where the `#` is; the page must end with a line feed.
 * @throws {SyntaxError} If it is a HELP or TYPE line that a server would not take.
 */
export function scanMeta(page: Uint8Array, start: number): MetaLine {
  const keyword = skipBlanks(page, start + 1);
  const word = keyword === start + 1 ? "" : binaryText(page, keyword, keyword + 4);
  const from = skipBlanks(page, keyword + 4);
  if ((word !== "HELP" && word !== "TYPE") || from === keyword + 4) {
    const end = page.indexOf(LF, start);
    // Behind the first word NULs are a part of the comment.
    let wordEnd = keyword;
    while (keyword > start + 1 && wordEnd < end && (page[wordEnd] ?? 0) > SPACE) wordEnd += 1;
    if (page[wordEnd] === 0 || (keyword === start + 1 && page.subarray(start, end).includes(0))) {
      refuse(page, start, "a NUL at the start of a comment", "text");
    }
    return { kind: "comment", next: end + 1 };
  }
  const isQuoted = page[from] === QUOTE;
  const name = isQuoted ? from + 1 : from;
  const nameEnd = isQuoted ? scanQuoted(page, start, name) : scanMetricName(page, name);
  if (nameEnd === name && !isQuoted) {
    refuse(page, start, `no metric name after ${word}`, "a metric name");
  }
  const textStart = isQuoted ? nameEnd + 1 : nameEnd;
  if (page[textStart] === 0) refuse(page, start, `a NUL after the name in a ${word}`, "a blank");
  const end = page.indexOf(LF, textStart);
  // Whatever the character after the name is, the server skips it.
  const text = page.subarray(Math.min(textStart + 1, end), end);
  const next = end + 1;
  const type = word === "TYPE" ? readType(page, start, text) : undefined;
  const help = type === undefined ? readHelp(page, start, text) : undefined;
  if (nameEnd - name > MAX_NAME_BYTES) return { kind: "comment", next };
  const family = binaryText(page, name, nameEnd);
  if (!isMetricName(family)) return { kind: "comment", next };
  return type === undefined
    ? { kind: "help", name: family, help, next }
    : { kind: "type", name: family, type, next };
}

function readHelp(page: Uint8Array, start: number, text: Uint8Array): string | undefined {
  // Further blanks are kept by the server and not by promtool; without them both read the same.
  const from = skipBlanks(text, 0);
  const help = decodeUtf8(text.subarray(from)) ??
    refuse(page, start, "a HELP text that is not UTF-8", "UTF-8");
  if (text.length - from > MAX_HELP_BYTES) return undefined;
  // Some readers end a line at a carriage return, or a text at a NUL.
  return help.replace(/\\[\\n]|[\r\0]/g, (found) => {
    if (found === "\\n") return "\n";
    return found === "\\\\" ? "\\" : " ";
  });
}

function readType(page: Uint8Array, start: number, text: Uint8Array): MetricType {
  const word = binaryText(text, 0, Math.min(text.length, 12));
  switch (word) {
    case "counter":
    case "gauge":
    case "histogram":
    case "summary":
    case "untyped":
      return word;
    default:
      return refuse(
        page,
        start,
        "an unknown TYPE",
        "counter, gauge, histogram, summary or untyped after one blank",
      );
  }
}
