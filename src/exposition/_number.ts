/**
 * Numbers as a Prometheus server reads them: the end of one, its range, its value.
 *
 * @module
 */

import { binaryText, CLASSES } from "./_scan.ts";

const SPACE = 0x20, PLUS = 0x2b, MINUS = 0x2d, DOT = 0x2e;

/** Bits of {@linkcode CLASSES}. */
const LABEL_START = 1, DIGIT = 16;

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
