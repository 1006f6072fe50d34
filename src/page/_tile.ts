/**
 * The lines of several keys, family by family, in one piece of memory: what a page is made of.
 * Tiles are made from runs of keys that stand side by side in other tiles, so replacing, leaving
 * out, joining and cutting are all the same work.
 *
 * @module
 */

import { allocate, copy, type Memory, type MemoryPool, SLACK } from "./_memory.ts";
import type { Block } from "../exposition/mod.ts";

/** The longest piece that a tile is sent in. */
export const PIECE_BYTES = 256 * 1024;

/** The lines of some keys; never changed while anybody may look at it. */
export interface Tile {
  /** Whose lines these are, in order. */
  readonly keys: readonly string[];
  /** The number of lines of each key. */
  readonly counts: readonly number[];
  /** Where the lines are. */
  readonly memory: Memory;
  /** The places of the families that have lines, ascending. */
  readonly families: readonly number[];
  /**
   * Where the lines of a key end: those of key k in the n-th of the families at n × keys + k. They
   * start where the ones before end.
   */
  readonly ends: Uint32Array;
  /** The pieces of each of the families, made when first asked for. */
  readonly pieces: (readonly Uint8Array[] | undefined)[];
  /** Whether a view has ever had it. */
  isSeen: boolean;
  /** How many views hold on to it. */
  holds: number;
  /** Whether its group has another one. */
  isRetired: boolean;
}

/** No keys. */
export const EMPTY_TILE: Tile = {
  keys: [],
  counts: [],
  memory: allocate(0),
  families: [],
  ends: new Uint32Array(0),
  pieces: [],
  isSeen: true,
  holds: 1,
  isRetired: false,
};

/** Some keys that stand side by side, and how far they have been copied. */
export interface Run {
  /** Where their lines are. */
  readonly memory: Memory;
  /** The families there. */
  readonly families: ArrayLike<number>;
  /** Where lines end, as in a tile. */
  readonly ends: ArrayLike<number>;
  /** The number of keys there. */
  readonly stride: number;
  /** The first of the run's keys. */
  readonly from: number;
  /** The one after the last. */
  to: number;
  /** Which of the families comes next. */
  nth: number;
  /** The one after the last. */
  readonly nthEnd: number;
}

/** A run of a tile's keys. */
export function runOf({ memory, families, ends, keys }: Tile, from: number, to: number): Run {
  const nthEnd = families.length;
  return { memory, families, ends, stride: keys.length, from, to, nth: 0, nthEnd };
}

/**
 * A run of one key, with the lines of a block where they are.
 *
 * @returns undefined if its memory ends too close behind the lines to be copied by eights.
 */
export function runOfBlock({ bytes, ends }: Block): Run | undefined {
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

/** Where lines start, by the place of their end. */
export function startAt(ends: ArrayLike<number>, at: number): number {
  return at === 0 ? 0 : ends[at - 1] ?? 0;
}

/** Where the lines of some keys start and end in the n-th family of a tile. */
export function spanOf(
  { ends, keys }: Tile,
  nth: number,
  from: number,
  to: number,
): readonly [start: number, end: number] {
  const base = nth * keys.length;
  return [startAt(ends, base + from), startAt(ends, base + to)];
}

/**
 * Makes one tile of the keys of all runs, in this order.
 *
 * @param runs Are used up.
 * @param byteLength How many bytes the lines of all runs have together.
 * @throws {RangeError} If they have not, which is a defect.
 */
export function mergeRuns(
  runs: readonly Run[],
  keys: readonly string[],
  counts: readonly number[],
  byteLength: number,
  pool: MemoryPool,
): Tile {
  const memory = pool.take(byteLength);
  const used = usedFamilies(runs);
  const ends = new Uint32Array(used.length * keys.length);
  const families: number[] = [];
  let to = 0;
  let out = 0;
  for (const family of used) {
    const [toBefore, outBefore] = [to, out];
    for (const run of runs) {
      const { nth, from, to: last, ends: own } = run;
      if (nth === run.nthEnd || run.families[nth] !== family) {
        for (let key = from; key < last; key++) ends[out++] = to;
        continue;
      }
      run.nth = nth + 1;
      const base = nth * run.stride;
      const start = startAt(own, base + from);
      const end = own[base + last - 1] ?? 0;
      if (end > start) copy(run.memory, start, end, memory, to);
      for (let at = base + from; at < base + last; at++) ends[out++] = (own[at] ?? 0) - start + to;
      to += end - start;
    }
    // Those that had lines of the family may all be gone.
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
    isSeen: false,
    holds: 0,
    isRetired: false,
  };
}

/** The families of all runs, ascending. */
function usedFamilies(runs: readonly Run[]): readonly number[] {
  const isUsed: boolean[] = [];
  for (const { families, nth, nthEnd } of runs) {
    for (let at = nth; at < nthEnd; at++) isUsed[families[at] ?? 0] = true;
  }
  const used: number[] = [];
  for (let family = 0; family < isUsed.length; family++) if (isUsed[family]) used.push(family);
  return used;
}

/** All lines of the n-th family in pieces that can be sent; the same ones each time. */
export function piecesOf(tile: Tile, nth: number): readonly Uint8Array[] {
  return tile.pieces[nth] ??= cut(tile.memory.bytes, ...spanOf(tile, nth, 0, tile.keys.length));
}

/** Pieces of about one length. */
function cut(bytes: Uint8Array, start: number, end: number): readonly Uint8Array[] {
  const count = Math.ceil((end - start) / PIECE_BYTES);
  const length = Math.ceil((end - start) / count);
  return Array.from({ length: count }, (_, at) => {
    const from = start + at * length;
    return bytes.subarray(from, Math.min(from + length, end));
  });
}
