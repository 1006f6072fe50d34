/**
 * The memory that the groups of a section share: staging buffers, a pool for new tiles, and
 * replaced tiles that wait to be freed.
 *
 * @module
 */

import { allocate, free, type Memory, MemoryPool, roomOf } from "./_memory.ts";
import { StagingBuffer } from "./_staging.ts";
import type { Tile } from "./_tile.ts";

/**
 * Number of spare staging buffers. Two suffice: keys arrive almost sorted, so at most two groups
 * are open at once.
 */
const MAX_SPARE_BUFFERS = 2;

/** Bytes that one call of `prepare` touches: about 2 ms. */
const PREPARED_BYTES = 1024 * 1024;

/** The operating system maps memory page by page. */
const SYSTEM_PAGE_BYTES = 4096;

/** Owns all memory of a section that no tile, group or view holds. */
export class SectionMemory {
  /** Memory of tiles that no view has handed out. */
  readonly pool: MemoryPool = new MemoryPool();
  /** Bytes staged in all groups. */
  stagedBytes = 0;
  /** A group merges its staged blocks once they have more bytes than this. */
  readonly maxStagedBytes: number;
  readonly #buffers: StagingBuffer[] = [];
  /** Memory that is being prepared, and how many of its bytes are touched. */
  #fresh: Memory | undefined;
  #touched = 0;
  /** Replaced tiles whose last reference is gone. */
  #unreferenced: Tile[] = [];

  /** Starts without any memory. */
  constructor(maxStagedBytes: number) {
    this.maxStagedBytes = maxStagedBytes;
  }

  /**
   * Puts memory for a long block into the pool, a step a call. The operating system maps memory
   * when it is first written to, which takes five times as long as copying into it.
   *
   * @param length Maximum size of the tile in bytes.
   * @returns Whether the memory is in the pool.
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

  /** Takes back a tile that its group has replaced. */
  replace(tile: Tile): void {
    tile.isReplaced = true;
    if (!tile.isShared) this.pool.give(tile.memory);
    else if (tile.references === 0) free(tile.memory);
  }

  /** Drops one reference to a tile. */
  release(tile: Tile): void {
    tile.references -= 1;
    // Freed by the next sweep: the socket may not have taken over the last piece yet.
    if (tile.references === 0 && tile.isReplaced) this.#unreferenced.push(tile);
  }

  /** Frees the replaced tiles whose last reference is gone. */
  sweep(): void {
    for (const tile of this.#unreferenced) free(tile.memory);
    this.#unreferenced = [];
  }

  /** An empty staging buffer. */
  takeBuffer(): StagingBuffer {
    return this.#buffers.pop() ?? new StagingBuffer();
  }

  /** Takes a staging buffer back once its blocks are in a tile. */
  giveBuffer(buffer: StagingBuffer): void {
    this.stagedBytes -= buffer.used;
    buffer.clear();
    if (this.#buffers.length < MAX_SPARE_BUFFERS) this.#buffers.push(buffer);
  }
}
