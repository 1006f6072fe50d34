/**
 * Staging: a buffer for new blocks of a group, until they are merged into a tile together.
 *
 * @module
 */

import { allocate, copy, type Memory, roomOf } from "./_memory.ts";
import type { Block } from "../exposition/mod.ts";

/** Copies of blocks, one after the other in the order of arrival. */
export class StagingBuffer {
  /** The lines of all blocks. */
  memory: Memory = allocate(4096);
  /** For each block in turn: the indexes of the families that it has lines of. */
  families = new Uint32Array(64);
  /** Where the lines of each of these families end; they start where the ones before end. */
  ends = new Uint32Array(64);
  /** The number of bytes in `memory`. */
  used = 0;
  /** The number of entries in `families` and `ends`. */
  count = 0;

  /** Appends a copy of a block. */
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

  /** Forgets all blocks; keeps the memory. */
  clear(): void {
    this.used = 0;
    this.count = 0;
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
