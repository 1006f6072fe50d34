/**
 * What the groups of a section have in common: where blocks wait, and what becomes of memory that
 * a group needs no more.
 *
 * @module
 */

import { allocate, copy, free, type Memory, MemoryPool, roomOf } from "./_memory.ts";
import type { Tile } from "./_tile.ts";
import type { Block } from "../exposition/mod.ts";

/**
 * Number of staging buffers. Two suffice: keys arrive almost sorted, so at most two groups are open
 * at once.
 */
const MAX_ASIDES = 2;

/** Bytes that are prepared in a step: some two milliseconds. */
const PREPARED_BYTES = 1024 * 1024;

/** What the system gives at a time. */
const SYSTEM_PAGE_BYTES = 4096;

/** Blocks one after the other, as they came. */
export class Aside {
  /** Where they are. */
  memory: Memory = allocate(4096);
  /** Of each block in turn, the families it has lines of. */
  families = new Uint32Array(64);
  /** Where these lines end; they start where the ones before end. */
  ends = new Uint32Array(64);
  /** How many bytes there are. */
  used = 0;
  /** How many families of blocks there are. */
  count = 0;

  /** Takes a copy. */
  add({ bytes, ends }: Block): void {
    const { used } = this;
    if (roomOf(this.memory) < used + bytes.length) {
      const grown = allocate(Math.max(used * 1.5, used + bytes.length));
      copy(this.memory, 0, used, grown, 0);
      this.memory = grown;
    }
    if (this.ends.length < this.count + ends.length) this.#growCount(this.count + ends.length);
    this.memory.bytes.set(bytes, used);
    let start = 0;
    for (let family = 0; family < ends.length; family++) {
      const end = ends[family] ?? start;
      if (end === start) continue;
      this.families[this.count] = family;
      this.ends[this.count++] = used + end;
      start = end;
    }
    this.used += bytes.length;
  }

  #growCount(count: number): void {
    const families = new Uint32Array(count * 2);
    const ends = new Uint32Array(count * 2);
    families.set(this.families);
    ends.set(this.ends);
    this.families = families;
    this.ends = ends;
  }
}

/** What the groups of a section use again. */
export class Stock {
  /** Memory of tiles that were never handed out. */
  readonly pool: MemoryPool = new MemoryPool();
  /** How many bytes are put aside in all groups. */
  asideBytes = 0;
  /** What a group has put aside is put into its tile once it is so long. */
  readonly maxAsideBytes: number;
  readonly #asides: Aside[] = [];
  /** Memory that is being prepared, and how far it is. */
  #fresh: Memory | undefined;
  #touched = 0;
  /** Tiles without references. */
  #waste: Tile[] = [];

  /** Nothing is there yet. */
  constructor(maxAsideBytes: number) {
    this.maxAsideBytes = maxAsideBytes;
  }

  /**
   * Makes memory for a long block step by step, to be taken next: the system gives it page by page
   * when it is first written to, which takes five times as long as the copying.
   *
   * @param length How many bytes the tile may have.
   * @returns Whether it is there.
   */
  prepare(length: number): boolean {
    if (this.pool.has(length)) return true;
    if (this.#fresh === undefined || roomOf(this.#fresh) < length) {
      this.#fresh = allocate(length);
      this.#touched = 0;
    }
    const { bytes } = this.#fresh;
    const end = Math.min(bytes.length, this.#touched + PREPARED_BYTES);
    for (; this.#touched < end; this.#touched += SYSTEM_PAGE_BYTES) bytes[this.#touched] = 0;
    if (this.#touched < bytes.length) return false;
    this.pool.give(this.#fresh);
    this.#fresh = undefined;
    return true;
  }

  /** Takes a tile back that its group has another one for. */
  retire(tile: Tile): void {
    tile.isRetired = true;
    if (!tile.isSeen) this.pool.give(tile.memory);
    else if (tile.holds === 0) free(tile.memory);
  }

  /** Takes one hold of a tile away. */
  letGo(tile: Tile): void {
    tile.holds -= 1;
    // Not at once: the last piece of it may not have been taken over yet.
    if (tile.holds === 0 && tile.isRetired) this.#waste.push(tile);
  }

  /** Frees the tiles that were let go. */
  clean(): void {
    for (const tile of this.#waste) free(tile.memory);
    this.#waste = [];
  }

  /** Somewhere to put blocks aside. */
  take(): Aside {
    return this.#asides.pop() ?? new Aside();
  }

  /** Gives it back when its blocks are in a tile. */
  give(aside: Aside): void {
    this.asideBytes -= aside.used;
    aside.used = 0;
    aside.count = 0;
    if (this.#asides.length < MAX_ASIDES) this.#asides.push(aside);
  }
}
