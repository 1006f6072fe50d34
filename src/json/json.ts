/**
 * JSON that keeps ids beyond 2^53, that cannot be made to fill the memory, and whose errors quote
 * nothing of the text.
 *
 * @module
 */

import { checkShape, isBlank } from "./_shape.ts";

export { MAX_VALUES } from "./_shape.ts";

/** A JSON object: any value under any name. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether the value is a JSON object, not an array and not null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The value of a JSON text.
 *
 * @throws {SyntaxError} If the text is not JSON; its message names the position, never the text.
 * @throws {RangeError} If it is nested deeper than 256 levels or holds more than
 * {@linkcode MAX_VALUES}: parsed, a text of brackets takes fifty times its own memory.
 */
export function parseJson(text: string): unknown {
  checkShape(text);
  return parseShallowJson(text);
}

/**
 * The value of a JSON text whose depth and length are bounded already.
 *
 * @throws {SyntaxError} As {@linkcode parseJson}.
 */
export function parseShallowJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8 quotes a few characters of the text, and they may be half of a secret.
    const message = error instanceof Error ? error.message.replace(/, (?:\.\.\.)?".*$/s, "") : "";
    throw new SyntaxError(message === "" ? "Not JSON" : message);
  }
}

/** Length up to which a text may hold whatever it likes: it is parsed in some milliseconds. */
const SMALL_TEXT = 64 * 1024;

/**
 * The value of one of many texts whose depth is bounded already; counts only what is in a long one.
 *
 * @throws {SyntaxError} As {@linkcode parseJson}.
 * @throws {RangeError} If a long text holds more than {@linkcode MAX_VALUES}.
 */
export function parseEntryJson(text: string): unknown {
  return text.length > SMALL_TEXT ? parseJson(text) : parseShallowJson(text);
}

/**
 * The value of a JSON text, integers that a number cannot hold as their digits. Takes two to five
 * times as long as {@linkcode parseJson}: for a text that was seen to hold such a number.
 *
 * Shape: `[9007199254740993, 1.5]` → ["9007199254740993", 1.5]
 *
 * @throws {SyntaxError} If the text is not JSON.
 * @throws {RangeError} As {@linkcode parseJson}.
 */
export function parseJsonExactly(text: string): unknown {
  return parseJson(quoteLongIntegers(text));
}

/** An integer as JSON writes it, long enough to be beyond 2^53. */
const LONG_INTEGER = /^-?[1-9]\d{15,}$/;

/** Puts integers that a number cannot hold into quotes; what is no JSON stays none. */
function quoteLongIntegers(text: string): string {
  const pieces: string[] = [];
  let taken = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === QUOTE) at = stringEnd(text, at);
    else if (isNumberUnit(unit)) {
      const start = at;
      while (isNumberUnit(text.charCodeAt(at + 1))) at++;
      if (at - start < 15) continue;
      const number = text.slice(start, at + 1);
      if (!LONG_INTEGER.test(number) || Number.isSafeInteger(Number(number))) continue;
      // In quotes it would be a name, where no number may stand.
      if (isBeforeColon(text, at + 1)) continue;
      pieces.push(text.slice(taken, start), number);
      taken = at + 1;
    }
  }
  // Every second piece is an integer, so that what joins them are its quotes.
  pieces.push(text.slice(taken));
  return pieces.join('"');
}

/** Where the string that begins there has its closing quote; the text's end if nowhere. */
function stringEnd(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charCodeAt(at) !== QUOTE) {
    at += text.charCodeAt(at) === BACKSLASH ? 2 : 1;
  }
  return at;
}

function isBeforeColon(text: string, start: number): boolean {
  let at = start;
  while (isBlank(text.charCodeAt(at))) at++;
  return text.charCodeAt(at) === COLON;
}

/** Whether a UTF-16 unit is one of those that numbers are written with. */
function isNumberUnit(unit: number): boolean {
  return unit >= 0x30 && unit <= 0x39 || unit === 0x2d || unit === 0x2b || unit === 0x2e ||
    unit === 0x65 || unit === 0x45;
}

const QUOTE = 0x22, COLON = 0x3a, BACKSLASH = 0x5c;
