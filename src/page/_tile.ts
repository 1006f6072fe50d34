/**
 * A tile: the lines of up to some hundred keys, merged family by family in one piece of memory.
 * A page is sent from tiles. Immutable but for its reference count.
 *
 * @module
 */

import { allocate, type Memory } from "./_memory.ts";

/** The longest piece that a tile is sent in. */
export const PIECE_BYTES = 256 * 1024;

/** The lines of some keys. */
export interface Tile {
  /** The keys, in order. */
  readonly keys: readonly string[];
  /** The number of lines of each key. */
  readonly counts: readonly number[];
  /** The lines. */
  readonly memory: Memory;
  /** The indexes of the families that have lines, ascending. */
  readonly families: readonly number[];
  /**
   * Where lines end: those of key k in the n-th of the families at n × keys + k. They start where
   * the ones before end.
   */
  readonly ends: Uint32Array;
  /** The pieces of each of the families, cut at first use. */
  readonly pieces: (readonly Uint8Array[] | undefined)[];
  /** Whether a view has ever handed the tile out: responses may still read its memory. */
  isShared: boolean;
  /** References held by views. */
  references: number;
  /** Whether the group has a newer tile. */
  isReplaced: boolean;
}

/** No keys. */
export const EMPTY_TILE: Tile = {
  keys: [],
  counts: [],
  memory: allocate(0),
  families: [],
  ends: new Uint32Array(0),
  pieces: [],
  isShared: true,
  references: 1,
  isReplaced: false,
};

/** Where the lines start whose end is at this place. */
export function startAt(ends: ArrayLike<number>, at: number): number {
  return at === 0 ? 0 : ends[at - 1] ?? 0;
}

/** Where the lines of a range of keys start and end in the n-th family of a tile. */
export function spanOf(
  { ends, keys }: Tile,
  nth: number,
  from: number,
  to: number,
): readonly [start: number, end: number] {
  const base = nth * keys.length;
  return [startAt(ends, base + from), startAt(ends, base + to)];
}

/** All lines of the n-th family in pieces to be sent; the same objects each time. */
export function piecesOf(tile: Tile, nth: number): readonly Uint8Array[] {
  return tile.pieces[nth] ??= cut(tile.memory.bytes, ...spanOf(tile, nth, 0, tile.keys.length));
}

/** Pieces of about equal length. */
function cut(bytes: Uint8Array, start: number, end: number): readonly Uint8Array[] {
  const count = Math.ceil((end - start) / PIECE_BYTES);
  const length = Math.ceil((end - start) / count);
  return Array.from({ length: count }, (_, at) => {
    const from = start + at * length;
    return bytes.subarray(from, Math.min(from + length, end));
  });
}
