/**
 * Merges ranges of keys, from tiles and from blocks, into a new tile. Replacing, deleting, joining
 * and splitting are all this one operation.
 *
 * @module
 */

import { copy, type Memory, type MemoryPool, SLACK } from "./_memory.ts";
import { startAt, type Tile } from "./_tile.ts";
import type { Block } from "../exposition/mod.ts";

/** A range of adjacent keys to be merged, with a cursor over its families. */
export interface MergeSource {
  /** The lines. */
  readonly memory: Memory;
  /** The indexes of the families there, ascending. */
  readonly families: ArrayLike<number>;
  /** Where lines end, as in a tile. */
  readonly ends: ArrayLike<number>;
  /** The number of keys there: the step from a family to the next in `ends`. */
  readonly stride: number;
  /** The first key of the range. */
  readonly from: number;
  /** The key after the last. */
  to: number;
  /** The cursor: which of the families is merged next. */
  nth: number;
  /** The one after the last. */
  readonly nthEnd: number;
}

/** A range of a tile's keys. */
export function sourceOfTile(
  { memory, families, ends, keys }: Tile,
  from: number,
  to: number,
): MergeSource {
  const nthEnd = families.length;
  return { memory, families, ends, stride: keys.length, from, to, nth: 0, nthEnd };
}

/**
 * One key, with the lines of a block that is not copied before.
 *
 * @returns undefined if the block's memory has no slack behind the lines.
 */
export function sourceOfBlock({ bytes, ends }: Block): MergeSource | undefined {
  const { buffer, byteOffset, length } = bytes;
  if (!(buffer instanceof ArrayBuffer) || buffer.byteLength < byteOffset + length + SLACK) {
    return undefined;
  }
  const memory = {
    bytes: new Uint8Array(buffer, byteOffset),
    view: new DataView(buffer, byteOffset),
  };
  const families: number[] = [];
  const used: number[] = [];
  for (let family = 0; family < ends.length; family++) {
    if ((ends[family] ?? 0) === startAt(ends, family)) continue;
    families.push(family);
    used.push(ends[family] ?? 0);
  }
  const nthEnd = families.length;
  return { memory, families, ends: used, stride: 1, from: 0, to: 1, nth: 0, nthEnd };
}

/**
 * Merges all sources into one tile, keys in the order of the sources.
 *
 * @param sources Used up: their cursors are at the end afterwards.
 * @param byteLength The bytes of all sources together.
 * @throws {RangeError} If they have another length, which is a defect.
 */
export function mergeTile(
  sources: readonly MergeSource[],
  keys: readonly string[],
  counts: readonly number[],
  byteLength: number,
  pool: MemoryPool,
): Tile {
  const memory = pool.take(byteLength);
  const used = usedFamilies(sources);
  const ends = new Uint32Array(used.length * keys.length);
  const families: number[] = [];
  let to = 0;
  let out = 0;
  for (const family of used) {
    const [toBefore, outBefore] = [to, out];
    for (const source of sources) {
      const { nth, from, to: last, ends: own } = source;
      if (nth === source.nthEnd || source.families[nth] !== family) {
        for (let key = from; key < last; key++) ends[out++] = to;
        continue;
      }
      source.nth = nth + 1;
      const base = nth * source.stride;
      const start = startAt(own, base + from);
      const end = own[base + last - 1] ?? 0;
      if (end > start) copy(source.memory, start, end, memory, to);
      for (let at = base + from; at < base + last; at++) ends[out++] = (own[at] ?? 0) - start + to;
      to += end - start;
    }
    // The keys that had lines of the family may be outside all ranges.
    if (to === toBefore) out = outBefore;
    else families.push(family);
  }
  if (to !== byteLength) throw new RangeError(`Cannot merge ${to} bytes: wanted ${byteLength}`);
  return {
    keys,
    counts,
    memory,
    families,
    ends: out === ends.length ? ends : ends.slice(0, out),
    pieces: [],
    isShared: false,
    references: 0,
    isReplaced: false,
  };
}

/** The families of all sources, ascending. */
function usedFamilies(sources: readonly MergeSource[]): readonly number[] {
  const isUsed: boolean[] = [];
  for (const { families, nth, nthEnd } of sources) {
    for (let at = nth; at < nthEnd; at++) isUsed[families[at] ?? 0] = true;
  }
  const used: number[] = [];
  for (let family = 0; family < isUsed.length; family++) if (isUsed[family]) used.push(family);
  return used;
}
