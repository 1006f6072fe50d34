/**
 * The tokens that lines of both text formats are made of: names, quoted texts, blanks; and the
 * error of a line that a server would refuse. Over bytes, without objects.
 *
 * @module
 */

import { limitError, MAX_LINE_BYTES } from "./_limit.ts";

const TAB = 0x09, LF = 0x0a, SPACE = 0x20, QUOTE = 0x22, BACKSLASH = 0x5c;

/** How much of a wrong line an error shows. */
const SHOWN_CHARACTERS = 120;

/** Bits of {@linkcode CLASSES}. */
const LABEL_START = 1, LABEL_CHAR = 2, METRIC_START = 4, METRIC_CHAR = 8, DIGIT = 16;

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
