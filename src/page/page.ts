/**
 * A page of sections, and its immutable view, from which a response is streamed. A view yields the
 * memory of tiles itself and copies short pieces only.
 *
 * @module
 */

import { Coalescer } from "./_coalescer.ts";
import type { PageSection, SectionView, TileView } from "./_section_view.ts";
import { PIECE_BYTES, piecesOf, spanOf } from "./_tile.ts";
import { EOF, type Format } from "../exposition/mod.ts";

/** Sections one below the other; families of different sections must not share names. */
export class Page {
  readonly #sections: readonly PageSection[];

  /**
   * A page of these sections.
   *
   * @param sections In the order in which the page shows them.
   */
  constructor(sections: readonly PageSection[]) {
    this.#sections = sections;
  }

  /**
   * The page as it is now. Costs a walk over its tiles; no bytes are copied.
   *
   * @param options `only` decides key by key whether a block is shown. Default: all are.
   */
  view(options: { readonly only?: (key: string) => boolean } = {}): PageView {
    const { only } = options;
    const views = this.#sections.map((section) => section.snapshot());
    return new PageView(only === undefined ? views : views.map((view) => filterView(view, only)));
  }
}

function filterView(view: SectionView, only: (key: string) => boolean): SectionView {
  const isUsed = view.isUsed.map(() => false);
  const tiles: TileView[] = [];
  let sampleCount = 0;
  let byteLength = 0;
  for (const { tile } of view.tiles) {
    const shown: number[] = [];
    for (const [key, name] of tile.keys.entries()) {
      if (!only(name)) continue;
      sampleCount += tile.counts[key] ?? 0;
      if (shown.at(-1) === key) shown[shown.length - 1] = key + 1;
      else shown.push(key, key + 1);
    }
    if (shown.length === 0) continue;
    tiles.push({ tile, merged: tile, shown });
    for (const [nth, family] of tile.families.entries()) {
      for (let at = 0; at < shown.length; at += 2) {
        const [start, end] = spanOf(tile, nth, shown[at] ?? 0, shown[at + 1] ?? 0);
        if (end === start) continue;
        byteLength += end - start;
        isUsed[family] = true;
      }
    }
  }
  return { ...view, sampleCount, byteLength, isUsed, tiles };
}

const EOF_BYTES = new TextEncoder().encode(EOF);
const NOTHING = new Uint8Array(0);

/**
 * Size below which a piece is copied into a chunk with others: each write to a socket has a cost.
 */
const SHORT_BYTES = 16 * 1024;

/** A page at one moment; later changes of its sections do not show in it. */
export class PageView {
  /** Grows with every visible change of the page, filtered or not. */
  readonly generation: number;
  /** The number of sample lines. */
  readonly sampleCount: number;
  readonly #sections: readonly SectionView[];
  #isReleased = false;

  /**
   * A view of what the sections held.
   *
   * @param sections In the order in which the page shows them.
   */
  constructor(sections: readonly SectionView[]) {
    this.#sections = sections;
    this.generation = sections.reduce((sum, section) => sum + section.generation, 0);
    this.sampleCount = sections.reduce((sum, section) => sum + section.sampleCount, 0);
  }

  /**
   * The page in chunks. They must not be written to, since views share memory, and are valid until
   * the view is released. Lines that two views share come as the same object.
   *
   * Units: chunkBytes is the maximum size of a chunk in bytes. Default: 256 KiB
   *
   * @throws {RangeError} If `chunkBytes` is below 1.
   * @throws {TypeError} If the view has been released, be it between two chunks.
   */
  *chunks(format: Format, chunkBytes: number = PIECE_BYTES): Generator<Uint8Array> {
    if (!(chunkBytes >= 1)) {
      throw new RangeError(`Cannot make chunks of ${chunkBytes} bytes: wanted 1 or more`);
    }
    this.#checkHeld();
    for (const piece of this.#pieces(format, chunkBytes)) {
      yield piece;
      this.#checkHeld();
    }
  }

  #checkHeld(): void {
    if (this.#isReleased) throw new TypeError("Cannot read a page that was released");
  }

  *#pieces(format: Format, chunkBytes: number): Generator<Uint8Array> {
    const coalescer = new Coalescer(chunkBytes, this.byteLength(format));
    for (const { headers, isUsed, tiles } of this.#sections) {
      const nths = new Uint32Array(tiles.length);
      for (let family = 0; family < headers.length; family++) {
        if (isUsed[family] !== true) continue;
        yield* coalescer.copy(headers[family]?.[format] ?? NOTHING);
        for (let at = 0; at < tiles.length; at++) {
          const view = tiles[at];
          if (view === undefined) continue;
          const { families } = view.tile;
          let nth = nths[at] ?? 0;
          // Skips families of which no line is shown.
          while ((families[nth] ?? Infinity) < family) nth += 1;
          nths[at] = nth;
          if (families[nth] === family) yield* addLines(coalescer, view, nth);
        }
      }
    }
    if (format === "openmetrics") yield* coalescer.copy(EOF_BYTES);
    yield* coalescer.flush();
  }

  /** The whole page as text; for tests, the command line and small pages. */
  text(format: Format): string {
    const decoder = new TextDecoder();
    let text = "";
    for (const chunk of this.chunks(format)) text += decoder.decode(chunk, { stream: true });
    return text + decoder.decode();
  }

  /** The total of {@linkcode PageView.chunks} in bytes. */
  byteLength(format: Format): number {
    let total = format === "openmetrics" ? EOF_BYTES.length : 0;
    for (const { byteLength, headers, isUsed } of this.#sections) {
      total += byteLength;
      for (const [family, header] of headers.entries()) {
        if (isUsed[family] === true) total += header[format].length;
      }
    }
    return total;
  }

  /**
   * Releases the view; it and its chunks must not be used afterwards. Optional, but frees the
   * memory of replaced tiles sooner.
   */
  release(): void {
    if (this.#isReleased) return;
    this.#isReleased = true;
    for (const section of this.#sections) section.release();
  }

  /**
   * The memory that the view keeps from being freed; views that share it yield the same objects.
   */
  *memory(): Generator<ArrayBufferLike> {
    for (const { tiles } of this.#sections) {
      for (const { merged } of tiles) if (merged !== undefined) yield merged.memory.bytes.buffer;
    }
  }
}

/** The lines of one family in one tile. */
function* addLines(
  coalescer: Coalescer,
  { tile, shown }: TileView,
  nth: number,
): Generator<Uint8Array> {
  const { bytes } = tile.memory;
  if (shown === undefined) {
    const [start, end] = spanOf(tile, nth, 0, tile.keys.length);
    if (end - start < Math.min(SHORT_BYTES, coalescer.chunkBytes)) {
      yield* coalescer.copy(bytes, start, end);
      return;
    }
    yield* coalescer.flush();
    for (const piece of piecesOf(tile, nth)) yield* coalescer.pass(piece);
    return;
  }
  for (let at = 0; at < shown.length; at += 2) {
    yield* coalescer.copy(bytes, ...spanOf(tile, nth, shown[at] ?? 0, shown[at + 1] ?? 0));
  }
}
