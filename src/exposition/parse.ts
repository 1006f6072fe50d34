/**
 * The grammar of a sample line of a foreign page in text format 0.0.4, over bytes. It takes what a
 * Prometheus server takes, however odd, because the server would show such a page as `up`; what
 * cannot stand on our page is left out later, by the relabeler. The only lines refused here that a
 * server takes have a NUL outside a label value: the server silently ignores all that follows one.
 * Metadata lines are in `_meta.ts`.
 *
 * Source: `model/textparse/promlex.l` and `promparse.go` of Prometheus 3
 *
 * @module
 */

import { limitError, MAX_LINE_BYTES, MAX_NUMBER_BYTES } from "./_limit.ts";

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

const TAB = 0x09, LF = 0x0a, SPACE = 0x20, QUOTE = 0x22, HASH = 0x23, PLUS = 0x2b, COMMA = 0x2c;
const MINUS = 0x2d, DOT = 0x2e, EQUALS = 0x3d, BACKSLASH = 0x5c;
const BRACE_OPEN = 0x7b, BRACE_CLOSE = 0x7d;

/** How much of a wrong line an error shows. */
const SHOWN_CHARACTERS = 120;

/** Bit of {@linkcode CLASSES}: may start a label name. */
const LABEL_START = 1;
/** Bit of {@linkcode CLASSES}: may stand in a label name. */
const LABEL_CHAR = 2;
const METRIC_START = 4;
const METRIC_CHAR = 8;
const DIGIT = 16;

/** What each byte may be part of, as a sum of bits. */
export const CLASSES: Uint8Array = classify();

function classify(): Uint8Array {
  const classes = new Uint8Array(256);
  for (let byte = 0; byte < 128; byte++) {
    const character = String.fromCharCode(byte);
    if (/[a-zA-Z_]/.test(character)) {
      classes[byte] = LABEL_START | LABEL_CHAR | METRIC_START | METRIC_CHAR;
    }
    if (character === ":") classes[byte] = METRIC_START | METRIC_CHAR;
    if (/[0-9]/.test(character)) classes[byte] = LABEL_CHAR | METRIC_CHAR | DIGIT;
  }
  return classes;
}

/** Bytes as a string with one character each; the way back is `charCodeAt`. */
export function binaryText(bytes: Uint8Array, start: number, end: number): string {
  let text = "";
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
}

/**
 * Refuses a page.
 *
 * @param offset Anywhere in the line that is wrong.
 * @param problem What the line has, "the value is no number".
 * @param wanted What it should have.
 * @throws {SyntaxError} Always, with the line's number and its first 120 characters.
 */
export function refuse(page: Uint8Array, offset: number, problem: string, wanted: string): never {
  let number = 1;
  let start = 0;
  for (let at = 0; at < offset && at < page.length; at++) {
    if (page[at] === LF) {
      number += 1;
      start = at + 1;
    }
  }
  // A character has four bytes at most; one that is cut here is not shown.
  const found = page.subarray(start, start + 4 * (SHOWN_CHARACTERS + 1)).indexOf(LF);
  const end = found === -1 ? start + 4 * (SHOWN_CHARACTERS + 1) : start + found;
  const line = new TextDecoder("utf-8", { ignoreBOM: true }).decode(page.subarray(start, end));
  const shown = line.length > SHOWN_CHARACTERS ? `${line.slice(0, SHOWN_CHARACTERS)}…` : line;
  throw new SyntaxError(`Cannot read line ${number}: ${problem}: \`${shown}\`; wanted ${wanted}`);
}

/** Where the blanks that start here end. */
export function skipBlanks(page: Uint8Array, start: number): number {
  let at = start;
  while (page[at] === SPACE || page[at] === TAB) at += 1;
  return at;
}

/** Where the metric name that starts here ends; the same place if there is none. */
export function scanMetricName(page: Uint8Array, start: number): number {
  if (((CLASSES[page[start] ?? 0] ?? 0) & METRIC_START) === 0) return start;
  let at = start + 1;
  while (((CLASSES[page[at] ?? 0] ?? 0) & METRIC_CHAR) !== 0) at += 1;
  return at;
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

/**
 * Where the label name ends that starts here, without quotes.
 *
 * @throws {SyntaxError} If none does.
 */
export function scanLabelName(page: Uint8Array, start: number, from: number): number {
  if (((CLASSES[page[from] ?? 0] ?? 0) & LABEL_START) === 0) {
    refuse(page, start, "no label name", "a label name or }");
  }
  let at = from + 1;
  while (((CLASSES[page[at] ?? 0] ?? 0) & LABEL_CHAR) !== 0) at += 1;
  return at;
}

/**
 * Where the quote is that ends a quoted text. Line feeds may stand in it, and any character after
 * a backslash but those.
 *
 * @param mayHaveNul Whether it may have NULs, as label values may.
 * @throws {SyntaxError} If there is none.
 * @throws {RangeError} If it is longer than a line may be.
 */
export function scanQuoted(
  page: Uint8Array,
  start: number,
  from: number,
  mayHaveNul = false,
): number {
  let at = from;
  let byte = page[at];
  while (byte !== QUOTE) {
    if (byte === BACKSLASH) {
      byte = page[++at];
      // The server's lexer does not see them.
      while (byte === 0 && mayHaveNul) byte = page[++at];
      if (byte === LF) refuse(page, start, "a line feed after a backslash", "an escape");
    }
    if (byte === undefined) refuse(page, start, "a quoted text that does not end", 'a closing "');
    if (byte === 0 && !mayHaveNul) refuse(page, start, "a NUL in a name", "text");
    if (at - from > MAX_LINE_BYTES) throw limitError("bytes of a text", at - from, MAX_LINE_BYTES);
    byte = page[++at];
  }
  return at;
}

/**
 * A quoted text without its escapes, as a server reads it: only `\\`, `\"` and `\n` are
 * escapes, any other backslash stands for itself.
 */
export function unescapeText(text: string): string {
  if (!text.includes("\\")) return text;
  return text.replace(/\\[\\"n]/g, (escape) => escape === "\\n" ? "\n" : escape.slice(1));
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

/**
 * Where the number that starts here ends.
 *
 * Source: text format 0.0.4 with Go's `ParseFloat`, without hexadecimal, underscores, signed NaN
 *
 * @returns -1 if there is no number.
 */
export function scanNumber(page: Uint8Array, start: number): number {
  let at = start;
  if (page[at] === PLUS || page[at] === MINUS) at += 1;
  const first = at;
  while (((CLASSES[page[at] ?? 0] ?? 0) & DIGIT) !== 0) at += 1;
  let digits = at - first;
  if (page[at] === DOT) {
    const fraction = at + 1;
    at = fraction;
    while (((CLASSES[page[at] ?? 0] ?? 0) & DIGIT) !== 0) at += 1;
    digits += at - fraction;
  }
  if (digits === 0) return scanWord(page, start, first);
  if (((page[at] ?? 0) | SPACE) === 0x65) {
    at += 1;
    if (page[at] === PLUS || page[at] === MINUS) at += 1;
    const exponent = at;
    while (((CLASSES[page[at] ?? 0] ?? 0) & DIGIT) !== 0) at += 1;
    if (at === exponent) return -1;
  }
  return at;
}

/** The end of `inf`, `infinity` or, without a sign, `nan`, in any case; -1 if it is none. */
function scanWord(page: Uint8Array, start: number, first: number): number {
  let end = first;
  while (((CLASSES[page[end] ?? 0] ?? 0) & LABEL_START) !== 0 && end - first < 9) end += 1;
  const word = binaryText(page, first, end).toLowerCase();
  const isNumber = word === "inf" || word === "infinity" || (word === "nan" && start === first);
  return isNumber ? end : -1;
}

/** Whether a number is written with digits but does not fit a double, which the server refuses. */
export function overflows(page: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end && ((page[at] ?? 0) | SPACE) !== 0x65) at += 1;
  // 200 digits and an exponent of two stay below 1e300.
  const hasLongExponent = end - at > 3;
  if (at - start < 200 && !hasLongExponent) return false;
  return Math.abs(Number(binaryText(page, start, end))) === Infinity;
}

/** The double that a number accepted by {@linkcode scanNumber} stands for. */
export function readNumber(text: string): number {
  const word = text.toLowerCase();
  if (word === "nan") return NaN;
  if (word.includes("inf")) return word.startsWith("-") ? -Infinity : Infinity;
  return Number(text);
}

/**
 * Where the line starts that has bytes which are not UTF-8, comments aside; -1 if none has.
 *
 * @param from Where the first line to look at starts.
 * @param stop Lines that start here or later are not looked at.
 */
export function findInvalidUtf8(
  page: Uint8Array,
  from: number = 0,
  stop: number = page.length,
): number {
  let start = from;
  // A line feed is never part of a longer character, so lines can be judged one by one.
  while (start < stop) {
    const found = page.indexOf(LF, start);
    const end = found === -1 ? page.length : found;
    if (page[start] !== HASH && !isUtf8(page.subarray(start, end))) return start;
    start = end + 1;
  }
  return -1;
}

/** One for all: making one takes longer than decoding a label with it. */
const strictDecoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Whether all of these bytes are UTF-8. */
export function isUtf8(bytes: Uint8Array): boolean {
  return decodeUtf8(bytes) !== undefined;
}

/** The bytes as text; undefined if they are not all UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return undefined;
  }
}
