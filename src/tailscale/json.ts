/**
 * JSON that keeps ids beyond 2^53, that cannot be made to fill the memory, and whose errors quote
 * nothing of the text.
 *
 * @module
 */

import { LongBytes } from "./long_bytes.ts";

/** A JSON object: any value under any name. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** Whether the value is a JSON object, not an array and not null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

/** The deepest nesting that is read; a device list goes five levels down. */
const MAX_DEPTH = 256;

/** The most objects and lists of one text; 64 MiB of real devices hold a third of it. */
const MAX_CONTAINERS = 4_000_000;

/**
 * The value of a JSON text.
 *
 * @throws {SyntaxError} If the text is not JSON; its message names the position, never the text.
 * @throws {RangeError} If it is nested deeper than 256 levels or holds over 4,000,000 objects and
 * lists: parsed, a text of brackets takes fifty times its own memory.
 */
export function parseJson(text: string): unknown {
  checkShape(LongBytes.of(text));
  try {
    return JSON.parse(text);
  } catch (error) {
    // V8 quotes a few characters of the text, and they may be half of a secret.
    const message = error instanceof Error ? error.message.replace(/, (?:\.\.\.)?".*$/s, "") : "";
    throw new SyntaxError(message === "" ? "Not JSON" : message);
  }
}

/** What the reviver is told about a primitive: the characters it was written with. */
interface ReviverContext {
  readonly source?: string;
}

/**
 * The value of a JSON text, integers that a number cannot hold as their digits. About ten times
 * as slow as {@linkcode parseJson}: for a text that was seen to hold such a number.
 *
 * Shape: `[9007199254740993, 1.5]` → ["9007199254740993", 1.5]
 *
 * @throws {SyntaxError} If the text is not JSON.
 * @throws {RangeError} As {@linkcode parseJson}.
 */
export function parseJsonExactly(text: string): unknown {
  checkShape(LongBytes.of(text));
  const revive = (_key: string, value: unknown, context?: ReviverContext): unknown => {
    if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
    const source = context?.source ?? "";
    return /^-?\d+$/.test(source) ? source : value;
  };
  return JSON.parse(text, revive);
}

/** Where an entry of a list stands in a text, and 64 bits that tell it from others. */
export interface ListEntry {
  /** Offset of its first byte. */
  readonly start: number;
  /** Offset behind its last byte. */
  readonly end: number;
  /** Half of its hash. */
  readonly low: number;
  /** The other half. */
  readonly high: number;
}

/** Options for {@linkcode splitList}. */
export interface SplitOptions {
  /** A number that nobody outside knows, so that texts of equal hashes are hard to make. */
  readonly seed?: number;
  /** The most entries the list may have, of whatever kind; any number unless given. */
  readonly maxEntries?: number;
}

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

/**
 * The entries of a list that stands under a name at the top of an object, so that each can be
 * parsed, and forgotten, on its own.
 *
 * Shape: `{"devices":[{"id":1},{"id":2}]}`, "devices" → where `{"id":1}` and `{"id":2}` are
 *
 * @param bytes The text as UTF-8.
 * @returns undefined unless the list is there just once and all its entries are objects or lists;
 * then whether the text as a whole is JSON depends on the entries alone.
 * @throws {EntryLimitError} If the list is too long; nothing behind the limit is read.
 * @throws {RangeError} As {@linkcode parseJson}.
 */
export function splitList(
  bytes: LongBytes,
  name: string,
  options: SplitOptions = {},
): readonly ListEntry[] | undefined {
  const { seed = 0, maxEntries = Infinity } = options;
  const key = encoder.encode(JSON.stringify(name));
  const { lists, entries } = checkShape(bytes, { key, maxEntries });
  const textOf = (start: number, end: number) => decoder.decode(bytes.slice(start, end));
  const list = lists[0];
  if (list === undefined || lists.length > 1) return undefined;
  const [start, end] = list;
  const own: ListEntry[] = [];
  let last = start + 1;
  for (const [from, to] of entries) {
    if (from < start || to > end) continue;
    if (!isBetween(bytes, last, from, own.length > 0)) return undefined;
    own.push({ start: from, end: to, ...hashOf(bytes.slice(from, to), seed) });
    last = to;
  }
  if (!isBetween(bytes, last, end - 1, false)) return undefined;
  return isEmptyList(`${textOf(0, start + 1)}${textOf(end - 1, bytes.length)}`, name)
    ? own
    : undefined;
}

/** Whether there is nothing there but blanks and, if wanted, one comma. */
function isBetween(bytes: LongBytes, start: number, end: number, hasComma: boolean): boolean {
  let commas = 0;
  for (const byte of bytes.slice(start, end)) {
    if (byte === COMMA) commas++;
    else if (!isBlank(byte)) return false;
  }
  return commas === (hasComma ? 1 : 0);
}

function isBlank(byte: number | undefined): boolean {
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

function isEmptyList(text: string, name: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    const list = isJsonObject(value) ? value[name] : undefined;
    return Array.isArray(list) && list.length === 0;
  } catch {
    return false;
  }
}

/** Where things stand in a text. */
interface Shape {
  /** Start and end of the first two lists under the key, on the second level. */
  readonly lists: readonly (readonly [start: number, end: number])[];
  /** Those of the objects and lists in them. */
  readonly entries: readonly (readonly [start: number, end: number])[];
}

/** A list to look for. */
interface Wanted {
  /** What it stands under, as JSON. */
  readonly key: Uint8Array;
  readonly maxEntries: number;
}

/** Counts brackets outside of strings; what is no JSON at all is left to the parser. */
function checkShape(text: LongBytes, wanted?: Wanted): Shape {
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

/** A hash, made of four bytes at a time. */
function hashOf(bytes: Uint8Array, seed: number): Pick<ListEntry, "low" | "high"> {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length;
  let low = seed;
  let high = ~seed;
  let at = 0;
  for (; at + 4 <= end; at += 4) {
    const four = view.getInt32(at, true);
    low = Math.imul(low ^ four, 0x01000193);
    low ^= low >>> 15;
    high = Math.imul(high ^ four, 0x5bd1e995);
    high ^= high >>> 13;
  }
  for (; at < end; at++) {
    low = Math.imul(low ^ view.getUint8(at), 0x01000193);
    high = Math.imul(high ^ view.getUint8(at), 0x5bd1e995) ^ high >>> 13;
  }
  return { low, high };
}

const QUOTE = 0x22, COMMA = 0x2c, COLON = 0x3a, BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b, CLOSE_OBJECT = 0x7d, OPEN_LIST = 0x5b, CLOSE_LIST = 0x5d;
