/**
 * What a JSON text looks like from above, seen before anything of it is parsed: how deep it is
 * nested, how much it holds, and where the entries of a list stand in it.
 *
 * @module
 */

import type { LongBytes } from "./long_bytes.ts";

/** The byte between two entries. */
export const COMMA = 0x2c;

const QUOTE = 0x22, COLON = 0x3a, BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b, CLOSE_OBJECT = 0x7d, OPEN_LIST = 0x5b, CLOSE_LIST = 0x5d;

/** The deepest nesting that is read; a device list goes five levels down. */
const MAX_DEPTH = 256;

/** The most objects and lists of one text; 64 MiB of real devices hold a third of it. */
const MAX_CONTAINERS = 4_000_000;

/** A list has more entries than it may have. */
export class EntryLimitError extends RangeError {
  /** How much of the text was read until then. */
  readonly readBytes: number;

  /** The error for a list that is seen to be too long once so much is read. */
  constructor(maxEntries: number, readBytes: number) {
    super(`Holds more than ${maxEntries} entries in its first ${readBytes} bytes`);
    this.readBytes = readBytes;
  }
}

/** Where things stand in a text. */
export interface Shape {
  /** Start and end of the first two lists under the key, on the second level. */
  readonly lists: readonly (readonly [start: number, end: number])[];
  /** Those of the objects and lists in them. */
  readonly entries: readonly (readonly [start: number, end: number])[];
}

/** A list to look for. */
export interface WantedList {
  /** What it stands under, as JSON. */
  readonly key: Uint8Array;
  /** The most entries it may have, of whatever kind. */
  readonly maxEntries: number;
}

/**
 * Counts brackets outside of strings; what is no JSON at all is left to the parser.
 *
 * @param wanted The list whose entries are to be found; none unless told.
 * @throws {EntryLimitError} If that list is too long; nothing behind the limit is read.
 * @throws {RangeError} If the text is nested deeper than 256 levels or holds over 4,000,000 objects
 * and lists.
 */
export function checkShape(text: LongBytes, wanted?: WantedList): Shape {
  const { maxEntries = Infinity } = wanted ?? {};
  const lists: [number, number][] = [];
  const entries: [number, number][] = [];
  let listStart = -1;
  let entryStart = -1;
  let depth = 0;
  let count = 0;
  let commas = 0;
  let isInString = false;
  let base = 0;
  let at = 0;
  for (const bytes of text.parts()) {
    const { length } = bytes;
    for (; at < length; at++) {
      const byte = bytes[at] ?? 0;
      if (isInString || byte === QUOTE) {
        // To the closing quote, or to the part's end; what is escaped may be in the next one.
        if (!isInString) at++;
        while (at < length && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
        isInString = at >= length;
        if (isInString) break;
      } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) {
        count++;
        if (++depth > MAX_DEPTH) throw new RangeError(`Nested deeper than ${MAX_DEPTH} levels`);
        if (depth === 2) {
          const isWanted = wanted !== undefined && byte === OPEN_LIST && lists.length < 2 &&
            isUnder(wanted.key, text, base + at);
          listStart = isWanted ? base + at : -1;
          if (isWanted) entries.length = commas = 0;
        } else if (depth === 3 && listStart !== -1) {
          if (entries.length >= maxEntries) throw new EntryLimitError(maxEntries, base + at + 1);
          entryStart = base + at;
        }
      } else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) {
        if (listStart !== -1) {
          if (depth === 2) lists.push([listStart, base + at + 1]);
          else if (depth === 3) entries.push([entryStart, base + at + 1]);
        }
        depth--;
      } else if (byte === COMMA && depth === 2 && listStart !== -1) {
        // One comma more than there may be, so that one too many at the end is the parser's.
        if (++commas > maxEntries) throw new EntryLimitError(maxEntries, base + at + 1);
      }
    }
    at -= length;
    base += length;
  }
  if (count > MAX_CONTAINERS) {
    throw new RangeError(`Holds ${count} objects and lists, more than ${MAX_CONTAINERS}`);
  }
  return { lists, entries };
}

/** Whether a byte is one of JSON's blanks. */
export function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

/** Whether the key stands before a value, in its quotes and with no more than some blanks. */
function isUnder(key: Uint8Array, text: LongBytes, start: number): boolean {
  const before = text.slice(Math.max(0, start - 100), start);
  let at = before.length - 1;
  while (isBlank(before[at])) at--;
  if (before[at--] !== COLON) return false;
  while (isBlank(before[at])) at--;
  for (let index = key.length - 1; index >= 0; index--) {
    if (before[at--] !== key[index]) return false;
  }
  while (isBlank(before[at])) at--;
  return before[at] === OPEN_OBJECT || before[at] === COMMA;
}
