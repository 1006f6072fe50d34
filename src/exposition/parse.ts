/**
 * The grammar of one line of a foreign page in text format 0.0.4, over bytes. It takes nothing that
 * a Prometheus server refuses and, but for blanks at the end of a line, nothing that promtool
 * refuses: the server alone would also read a raw line feed inside a label value, undefined escapes
 * and missing commas, all of which look more like a broken writer than like a style. Stricter than
 * both: no carriage return anywhere, no NUL but in a label value. Which lines may follow each other
 * is the relabeler's business.
 *
 * @module
 */

import type { MetricType } from "./family.ts";

/** A metadata line or comment, taken apart. */
export type MetaLine =
  | { readonly kind: "comment"; readonly next: number }
  | { readonly kind: "help"; readonly name: string; readonly help: string; readonly next: number }
  | {
    readonly kind: "type";
    readonly name: string;
    readonly type: MetricType;
    readonly next: number;
  };

/** A sample line, taken apart; made once and filled again for each line. */
export interface SampleLine {
  /** Where the name ends; it starts where the line does. */
  nameEnd: number;
  /** How many labels there are. */
  labelCount: number;
  /** Four offsets a label: start and end of its name, start and end of its value, escapes kept. */
  labels: number[];
  /** Where the value starts. */
  valueStart: number;
  /** Where the value ends. */
  valueEnd: number;
  /** Where the next line starts. */
  next: number;
}

const TAB = 0x09, LF = 0x0a, CR = 0x0d, SPACE = 0x20, QUOTE = 0x22, PLUS = 0x2b;
const COMMA = 0x2c, MINUS = 0x2d, DOT = 0x2e, EQUALS = 0x3d, BACKSLASH = 0x5c, LOWER_N = 0x6e;
const BRACE_OPEN = 0x7b, BRACE_CLOSE = 0x7d;

/** Bit of {@linkcode CLASSES}: may start a label name. */
export const LABEL_START = 1;
/** Bit of {@linkcode CLASSES}: may stand in a label name. */
export const LABEL_CHAR = 2;
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
  const end = page.indexOf(LF, start);
  const line = new TextDecoder("utf-8", { ignoreBOM: true })
    .decode(page.subarray(start, end === -1 ? page.length : end));
  const shown = line.length > 120 ? `${line.slice(0, 120)}…` : line;
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

/**
 * Reads a line that starts with `#`.
 *
 * @param start Where the `#` is; the page must end with a line feed.
 * @throws {SyntaxError} If it is a HELP or TYPE line that a server would not take.
 */
export function scanMeta(page: Uint8Array, start: number): MetaLine {
  let at = start + 1;
  while (page[at] !== LF) {
    if (page[at] === 0) refuse(page, start, "a NUL outside a label value", "text");
    if (page[at] === CR) refuse(page, start, "a carriage return", "lines that end with LF only");
    at += 1;
  }
  const next = at + 1;
  const keyword = skipBlanks(page, start + 1);
  const word = keyword === start + 1 ? "" : binaryText(page, keyword, keyword + 4);
  const name = skipBlanks(page, keyword + 4);
  if ((word !== "HELP" && word !== "TYPE") || name === keyword + 4) {
    return { kind: "comment", next };
  }
  const nameEnd = scanMetricName(page, name);
  if (nameEnd === name) refuse(page, start, `no metric name after ${word}`, "a metric name");
  const separator = page[nameEnd];
  if (separator !== SPACE && separator !== TAB && separator !== LF) {
    refuse(
      page,
      start,
      "the metric name goes on with a wrong character",
      "letters, digits, _ or :",
    );
  }
  const family = binaryText(page, name, nameEnd);
  if (word === "HELP") {
    // The server keeps further blanks, promtool does not; without them both read the same.
    const text = page.subarray(skipBlanks(page, nameEnd), next - 1);
    return { kind: "help", name: family, help: readHelp(page, start, text), next };
  }
  const text = page.subarray(separator === LF ? nameEnd : nameEnd + 1, next - 1);
  return { kind: "type", name: family, type: readType(page, start, text), next };
}

function readHelp(page: Uint8Array, start: number, text: Uint8Array): string {
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== BACKSLASH) continue;
    at += 1;
    if (text[at] !== BACKSLASH && text[at] !== LOWER_N) {
      refuse(page, start, "an undefined escape in a HELP text", "\\\\ or \\n");
    }
  }
  // The relabeler checks the whole page for UTF-8; here a wrong byte must only not throw.
  const help = new TextDecoder("utf-8", { ignoreBOM: true }).decode(text);
  return help.replace(/\\[\\n]/g, (escape) => escape === "\\n" ? "\n" : "\\");
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

/** A sample line without anything in it, to be filled by {@linkcode scanSample}. */
export function createSampleLine(): SampleLine {
  return { nameEnd: 0, labelCount: 0, labels: [], valueStart: 0, valueEnd: 0, next: 0 };
}

/**
 * Reads a sample line into `line`: checks all of it but what other lines decide.
 *
 * @param start Where the line starts; the page must end with a line feed.
 * @throws {SyntaxError} If a server, or promtool, would not take it.
 */
export function scanSample(page: Uint8Array, start: number, line: SampleLine): void {
  let at = scanMetricName(page, start);
  if (at === start) refuse(page, start, "no metric name", "a name, a comment or an empty line");
  line.nameEnd = at;
  line.labelCount = 0;
  at = skipBlanks(page, at);
  if (page[at] === BRACE_OPEN) {
    at = skipBlanks(page, scanLabels(page, start, at + 1, line));
  } else if (at === line.nameEnd) {
    refuse(page, start, "a wrong character after the metric name", "a label list or a blank");
  }
  line.valueStart = at;
  while (page[at] !== SPACE && page[at] !== TAB && page[at] !== LF) at += 1;
  line.valueEnd = at;
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

/** Reads labels up to and with the closing brace. */
function scanLabels(page: Uint8Array, start: number, from: number, line: SampleLine): number {
  let at = skipBlanks(page, from);
  while (page[at] !== BRACE_CLOSE) {
    const name = at;
    if (((CLASSES[page[at] ?? 0] ?? 0) & LABEL_START) === 0) {
      refuse(page, start, "no label name", "a label name or }");
    }
    while (((CLASSES[page[at] ?? 0] ?? 0) & LABEL_CHAR) !== 0) at += 1;
    const nameEnd = at;
    at = skipBlanks(page, at);
    if (page[at] !== EQUALS) refuse(page, start, "no = after a label name", "=");
    at = skipBlanks(page, at + 1);
    if (page[at] !== QUOTE) refuse(page, start, "a label value without quotes", 'a "');
    const value = at + 1;
    at = scanLabelValue(page, start, value);
    const base = line.labelCount * 4;
    line.labels[base] = name;
    line.labels[base + 1] = nameEnd;
    line.labels[base + 2] = value;
    line.labels[base + 3] = at;
    line.labelCount += 1;
    at = skipBlanks(page, at + 1);
    if (page[at] === COMMA) at = skipBlanks(page, at + 1);
    else if (page[at] !== BRACE_CLOSE) refuse(page, start, "labels without a comma", ", or }");
  }
  return at + 1;
}

function scanLabelValue(page: Uint8Array, start: number, from: number): number {
  let at = from;
  while (page[at] !== QUOTE) {
    if (page[at] === BACKSLASH) {
      at += 1;
      if (page[at] !== BACKSLASH && page[at] !== QUOTE && page[at] !== LOWER_N) {
        refuse(page, start, "an undefined escape in a label value", '\\\\, \\" or \\n');
      }
    }
    if (page[at] === LF) refuse(page, start, "a label value that does not end", 'a closing "');
    if (page[at] === CR) {
      refuse(page, start, "a carriage return", "none: some readers end a line there");
    }
    at += 1;
  }
  return at;
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

/** Where the first byte is that cannot be UTF-8's; -1 if there is none. */
export function findInvalidUtf8(page: Uint8Array): number {
  if (isUtf8(page)) return -1;
  let start = 0;
  // A line feed is never part of a longer character, so lines can be judged one by one.
  for (let end = page.indexOf(LF); end !== -1; end = page.indexOf(LF, start)) {
    if (!isUtf8(page.subarray(start, end))) return start;
    start = end + 1;
  }
  return start;
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}
