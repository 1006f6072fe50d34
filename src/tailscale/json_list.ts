/**
 * Finding the entries of a list in a JSON text, and telling each from others by a hash, without
 * parsing any of them.
 *
 * @module
 */

import { checkShape, COMMA, EntryLimitError, isBlank } from "./_json_shape.ts";
import { isJsonObject } from "./json.ts";
import type { LongBytes } from "./long_bytes.ts";

export { EntryLimitError };

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const encoder = new TextEncoder();

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

function isEmptyList(text: string, name: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    const list = isJsonObject(value) ? value[name] : undefined;
    return Array.isArray(list) && list.length === 0;
  } catch {
    return false;
  }
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
