/**
 * Cuts what is written into pieces of one size.
 *
 * @module
 */

import type { Block } from "./block.ts";

/** Copying goes on a little beyond what is asked for. */
const SLACK = 8;

/** The piece that is being filled. */
export class Chunk {
  /** How many bytes fit. */
  readonly size: number;
  /** Its memory, and a little more. */
  view: DataView<ArrayBuffer>;
  /** How many bytes of it are filled. */
  used = 0;

  readonly #isReused: boolean;

  /** An empty piece of this many bytes; all that follow are as large, or the same again. */
  constructor(size: number, isReused: boolean) {
    this.size = Math.trunc(size);
    this.#isReused = isReused;
    this.view = new DataView(new ArrayBuffer(this.size + SLACK));
  }

  /** Copies as much as fits; where the rest starts. */
  fill(source: DataView, start: number, end: number): number {
    const stop = Math.min(end, start + this.size - this.used);
    copy(source, start, stop, this.view, this.used);
    this.used += stop - start;
    return stop;
  }

  /** What is filled; a new piece is begun. */
  take(): Uint8Array<ArrayBuffer> {
    const filled = new Uint8Array(this.view.buffer, 0, this.used);
    if (!this.#isReused) this.view = new DataView(new ArrayBuffer(this.size + SLACK));
    this.used = 0;
    return filled;
  }
}

/**
 * Copies bytes, up to seven more than asked for. A page is some 400,000 pieces of 200 bytes: `set`
 * with a `subarray` makes an object for each and takes nearly twice as long.
 */
function copy(source: DataView, start: number, end: number, target: DataView, to: number): void {
  const length = end - start;
  const safe = end + SLACK <= source.byteLength ? length : length - SLACK;
  let at = 0;
  for (; at < safe; at += 8) {
    target.setBigInt64(to + at, source.getBigInt64(start + at, true), true);
  }
  for (; at < length; at++) target.setUint8(to + at, source.getUint8(start + at));
}

/** The same bytes, to be copied from. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Copies the lines of one family after the other out of many blocks. */
export class LineCopier {
  readonly #sources: readonly DataView[];
  readonly #ends: readonly Uint32Array[];
  /** Up to where each block is copied. */
  readonly #done: Uint32Array;
  #family = 0;
  #place = 0;

  /** Nothing is copied yet. */
  constructor(blocks: readonly Block[]) {
    this.#sources = blocks.map(({ bytes }) => viewOf(bytes));
    this.#ends = blocks.map(({ ends }) => ends);
    this.#done = new Uint32Array(blocks.length);
  }

  /** Goes to a family, in ascending order; whether any block has lines of it. */
  seek(family: number): boolean {
    this.#family = family;
    this.#place = 0;
    const ends = this.#ends;
    for (let place = 0; place < ends.length; place++) {
      if ((ends[place]?.[family] ?? 0) > (this.#done[place] ?? 0)) {
        this.#place = place;
        return true;
      }
    }
    return false;
  }

  /** Copies the family's lines until the piece is full; whether all are copied. */
  fill(chunk: Chunk): boolean {
    const [sources, ends, done, family] = [this.#sources, this.#ends, this.#done, this.#family];
    const { view, size } = chunk;
    let { used } = chunk;
    let place = this.#place;
    for (; place < sources.length; place++) {
      const source = sources[place];
      const own = ends[place];
      if (source === undefined || own === undefined || family >= own.length) continue;
      const start = done[place] ?? 0;
      const end = own[family] ?? 0;
      if (start === end) continue;
      const stop = end - start > size - used ? start + size - used : end;
      copy(source, start, stop, view, used);
      used += stop - start;
      done[place] = stop;
      if (stop < end) break;
    }
    chunk.used = used;
    this.#place = place;
    return place === sources.length;
  }
}
