/**
 * The grammar of an OpenMetrics sample line: value, labels and exemplar. Stricter than that of the
 * text format: one blank between parts, commas between labels.
 *
 * Source: `model/textparse/openmetricslex.l` and `openmetricsparse.go` of Prometheus 3
 *
 * @module
 */

import { limitError, MAX_NUMBER_BYTES } from "./_limit.ts";
import { overflows, readNumber, scanNumber } from "./_number.ts";
import { binaryText, refuse, scanLabelName, scanQuoted } from "./_scan.ts";
import { isUtf8 } from "./_utf8.ts";

const LF = 0x0a, SPACE = 0x20, QUOTE = 0x22, HASH = 0x23, COMMA = 0x2c, EQUALS = 0x3d;
const BRACE_OPEN = 0x7b, BRACE_CLOSE = 0x7d;

const NO_BYTES = new Uint8Array(0);

/** Whether an exemplar starts here: ` # {`. */
export function isExemplar(page: Uint8Array, at: number): boolean {
  return page[at] === SPACE && page[at + 1] === HASH && page[at + 2] === SPACE &&
    page[at + 3] === BRACE_OPEN;
}

/** Reads the exemplar behind its opening brace; where it ends. */
export function scanExemplar(page: Uint8Array, start: number, from: number): number {
  let at = scanLabels(page, start, from, undefined);
  at = scanValue(page, start, at, "the exemplar's value");
  return page[at] === SPACE ? scanTimestamp(page, start, at, "exemplar's ") : at;
}

/** Reads one blank and seconds; where they end. */
export function scanTimestamp(
  page: Uint8Array,
  start: number,
  from: number,
  owner: "" | "exemplar's ",
): number {
  const at = scanValue(page, start, from, `the ${owner}timestamp`);
  if (!Number.isFinite(readNumber(binaryText(page, from + 1, at)))) {
    refuse(
      page,
      start,
      `${owner === "" ? "a" : "an"} ${owner}timestamp that is not finite`,
      "seconds",
    );
  }
  return at;
}

/** Reads one blank and a number; where it ends. */
export function scanValue(page: Uint8Array, start: number, from: number, what: string): number {
  if (page[from] !== SPACE) refuse(page, start, `no blank before ${what}`, "one");
  let end = from + 1;
  while (end < page.length && page[end] !== SPACE && page[end] !== LF) end += 1;
  const length = end - from - 1;
  if (length > MAX_NUMBER_BYTES) throw limitError("bytes of a number", length, MAX_NUMBER_BYTES);
  if (scanNumber(page, from + 1) !== end || overflows(page, from + 1, end)) {
    refuse(page, start, `${what} is no number`, "a decimal number in the range of a double");
  }
  return end;
}

/**
 * Reads labels up to and with the closing brace, without blanks between them.
 *
 * @param needsName Whether the metric's name has to be among them; undefined for an exemplar, which
 *   has none.
 */
export function scanLabels(
  page: Uint8Array,
  start: number,
  from: number,
  needsName: boolean | undefined,
): number {
  let isNamed = needsName !== true;
  let at = from;
  while (page[at] !== BRACE_CLOSE) {
    const isQuoted = page[at] === QUOTE;
    const nameEnd = isQuoted ? scanQuoted(page, start, at + 1) + 1 : scanLabelName(page, start, at);
    const labelStart = at;
    at = nameEnd;
    const isMetric = isQuoted && (page[at] === COMMA || page[at] === BRACE_CLOSE);
    if (isMetric && (isNamed || needsName === undefined)) {
      refuse(page, start, "a second metric name", "one");
    } else if (isMetric) isNamed = true;
    else at = scanLabelValue(page, start, at, needsName === undefined);
    const label = needsName === undefined ? page.subarray(labelStart, at) : NO_BYTES;
    if (label.includes(LF) || label.includes(0)) {
      refuse(page, start, "a line feed or NUL in an exemplar", "neither");
    }
    if (page[at] === COMMA) at += 1;
    else if (page[at] !== BRACE_CLOSE) refuse(page, start, "labels without a comma", ", or }");
  }
  if (!isNamed) refuse(page, start, "no metric name", "one in quotes, in the braces");
  return at + 1;
}

/** Reads `="value"`; where it ends. The relabeler looks at bytes that it gets to see itself. */
function scanLabelValue(
  page: Uint8Array,
  start: number,
  from: number,
  isExemplar: boolean,
): number {
  if (page[from] !== EQUALS) refuse(page, start, "no = after a label name", "=");
  if (page[from + 1] !== QUOTE) refuse(page, start, "a label value without quotes", 'a "');
  const end = scanQuoted(page, start, from + 2, true);
  const value = page.subarray(from + 2, end);
  if (value.includes(LF)) refuse(page, start, "a line feed in a label value", "\\n");
  if (isExemplar && !isUtf8(value)) refuse(page, start, "bytes that are not UTF-8", "UTF-8");
  return end + 1;
}
