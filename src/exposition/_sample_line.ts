/**
 * The grammar of a sample line of a foreign page in text format 0.0.4, over bytes. It accepts what
 * a Prometheus server accepts, however odd, because the server would show such a page as `up`; what
 * cannot stand on our page is left out later, by the relabeler. The only lines refused here that a
 * server accepts have a NUL outside a label value: the server silently ignores all that follows
 * one.
 *
 * Source: `model/textparse/promlex.l` and `promparse.go` of Prometheus 3
 *
 * @module
 */

import { limitError, MAX_NUMBER_BYTES } from "./_limit.ts";
import { overflows, scanNumber } from "./_number.ts";
import {
  binaryText,
  CLASSES,
  refuse,
  scanLabelName,
  scanMetricName,
  scanQuoted,
  skipBlanks,
} from "./_scan.ts";

const TAB = 0x09, LF = 0x0a, SPACE = 0x20, QUOTE = 0x22, COMMA = 0x2c, EQUALS = 0x3d;
const BRACE_OPEN = 0x7b, BRACE_CLOSE = 0x7d;

/** Bit of {@linkcode CLASSES}. */
const DIGIT = 16;

/** A sample line, taken apart; made once and filled again for each line. */
export interface SampleLine {
  /** Where the name starts, inside its quotes if it has any; -1 until it is found. */
  nameStart: number;
  /** Where the name ends. */
  nameEnd: number;
  /** How many labels there are. */
  labelCount: number;
  /** Four offsets a label: start and end of its name, start and end of its value, inside quotes. */
  labels: number[];
  /** Where the value starts. */
  valueStart: number;
  /** Where the value ends. */
  valueEnd: number;
  /** Where the next line starts. */
  next: number;
}

/** A sample line without anything in it, to be filled by {@linkcode scanSample}. */
export function createSampleLine(): SampleLine {
  return {
    nameStart: 0,
    nameEnd: 0,
    labelCount: 0,
    labels: [],
    valueStart: 0,
    valueEnd: 0,
    next: 0,
  };
}

/**
 * Reads a sample line into `line`: checks all of it but what other lines decide.
 *
 * @param start Where the name or the brace before it is; the page must end with a line feed.
 * @param maxLabels Where it stops reading labels, since a line can have one for every five bytes.
 * @throws {SyntaxError} If a server would not take it.
 * @throws {RangeError} If its value is too long a number, or there are too many labels.
 */
export function scanSample(
  page: Uint8Array,
  start: number,
  line: SampleLine,
  maxLabels: number = Infinity,
): void {
  let at = scanMetricName(page, start);
  line.nameStart = at === start ? -1 : start;
  line.nameEnd = at;
  line.labelCount = 0;
  if (at === start && page[at] !== BRACE_OPEN) {
    refuse(page, start, "no metric name", "a name, a comment or an empty line");
  }
  at = skipBlanks(page, at);
  if (page[at] === BRACE_OPEN) {
    at = skipBlanks(page, scanLabels(page, start, at + 1, line, maxLabels));
  }
  if (line.nameStart === -1) refuse(page, start, "no metric name", "one in quotes, in the braces");
  line.valueStart = at;
  while (page[at] !== SPACE && page[at] !== TAB && page[at] !== LF) at += 1;
  line.valueEnd = at;
  if (at - line.valueStart > MAX_NUMBER_BYTES) {
    throw limitError("bytes of a number", at - line.valueStart, MAX_NUMBER_BYTES);
  }
  if (scanNumber(page, line.valueStart) !== at) {
    refuse(page, start, "the value is no number", "a decimal number, NaN, +Inf or -Inf");
  }
  if (overflows(page, line.valueStart, at)) {
    refuse(page, start, "the value is out of range", "a number below 1.8e308");
  }
  at = skipBlanks(page, at);
  if (page[at] !== LF) at = scanTimestamp(page, start, at);
  line.next = at + 1;
}

/**
 * Reads labels up to and with the closing brace. A quoted text without a value is the metric's
 * name. Commas between labels may be missing.
 */
function scanLabels(
  page: Uint8Array,
  start: number,
  from: number,
  line: SampleLine,
  maxLabels: number,
): number {
  let at = skipBlanks(page, from);
  while (page[at] !== BRACE_CLOSE) {
    const isQuoted = page[at] === QUOTE;
    const name = isQuoted ? at + 1 : at;
    const nameEnd = isQuoted ? scanQuoted(page, start, name) : scanLabelName(page, start, name);
    at = skipBlanks(page, isQuoted ? nameEnd + 1 : nameEnd);
    if (isQuoted && (page[at] === COMMA || page[at] === BRACE_CLOSE)) {
      if (line.nameStart !== -1) refuse(page, start, "a second metric name", "one");
      line.nameStart = name;
      line.nameEnd = nameEnd;
      if (page[at] === COMMA) at = skipBlanks(page, at + 1);
      continue;
    }
    if (page[at] !== EQUALS) refuse(page, start, "no = after a label name", "=");
    at = skipBlanks(page, at + 1);
    if (page[at] !== QUOTE) refuse(page, start, "a label value without quotes", 'a "');
    const value = at + 1;
    at = scanQuoted(page, start, value, true);
    const base = line.labelCount * 4;
    if (line.labelCount >= maxLabels) {
      throw limitError("labels of a sample", line.labelCount + 1, maxLabels);
    }
    line.labels[base] = name;
    line.labels[base + 1] = nameEnd;
    line.labels[base + 2] = value;
    line.labels[base + 3] = at;
    line.labelCount += 1;
    at = skipBlanks(page, at + 1);
    if (page[at] === COMMA) at = skipBlanks(page, at + 1);
  }
  return at + 1;
}

/** Checks milliseconds as the server reads them: digits only, at most 2^63 - 1. */
function scanTimestamp(page: Uint8Array, start: number, from: number): number {
  let at = from;
  while (((CLASSES[page[at] ?? 0] ?? 0) & DIGIT) !== 0) at += 1;
  const digits = binaryText(page, from, Math.min(at, from + 64)).replace(/^0+/, "");
  const isTooLate = digits.length > 19 || (digits.length === 19 && digits > "9223372036854775807");
  const end = skipBlanks(page, at);
  if (at === from || isTooLate || page[end] !== LF) {
    refuse(page, start, "a wrong timestamp or text after the value", "milliseconds as digits only");
  }
  return end;
}
