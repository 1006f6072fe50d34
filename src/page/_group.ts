/**
 * The keys that share a tile. New blocks are staged until each key of the group has one, which is
 * soon where keys come in the same order every time, and then merged into a new tile: each byte is
 * copied twice a round and kept once.
 *
 * @module
 */

import { LazyTile } from "./_lazy_tile.ts";
import type { Memory } from "./_memory.ts";
import { type MergeSource, mergeTile, sourceOfBlock, sourceOfTile } from "./_merge.ts";
import type { SectionMemory } from "./_section_memory.ts";
import { StagingBuffer } from "./_staging.ts";
import { EMPTY_TILE, startAt, type Tile } from "./_tile.ts";
import type { Block } from "../exposition/mod.ts";

/** One key of a group. */
export interface Entry {
  /** The key. */
  readonly key: string;
  /** The group it is in. */
  group: Group;
  /** The number of its lines. */
  sampleCount: number;
  /** The number of their bytes. */
  byteLength: number;
  /** Its index in the tile; -1 if the tile has no block of it, or an outdated one. */
  slot: number;
  /** The index of its first family in the staging buffer; -1 if no block of it is staged. */
  stagedStart: number;
  /** The index after its last family there. */
  stagedEnd: number;
}

const NO_BLOCKS = new StagingBuffer();

/** Some keys of a section, in the order in which they were first set. */
export class Group {
  /** The keys. */
  entries: Entry[] = [];
  /** The bytes of all lines. */
  byteLength = 0;
  readonly #memory: SectionMemory;
  #tile: Tile = EMPTY_TILE;
  #view: LazyTile | undefined;
  #staging: StagingBuffer | undefined;
  #stagedCount = 0;

  /** A group without keys. */
  constructor(memory: SectionMemory) {
    this.#memory = memory;
  }

  /** The number of staged bytes. */
  get stagedBytes(): number {
    return this.#staging?.used ?? 0;
  }

  /** Appends a key; a block must be put for it before anything else happens to the group. */
  add(key: string): Entry {
    this.#completeView();
    const entry: Entry = {
      key,
      group: this,
      sampleCount: 0,
      byteLength: 0,
      slot: -1,
      stagedStart: -1,
      stagedEnd: -1,
    };
    this.entries.push(entry);
    return entry;
  }

  /** Stages a copy of a block as the one of a key, and merges if it is time. */
  put(entry: Entry, block: Block): void {
    this.#completeView();
    const { bytes, sampleCount } = block;
    this.byteLength += bytes.length - entry.byteLength;
    entry.slot = -1;
    entry.sampleCount = sampleCount;
    entry.byteLength = bytes.length;
    const { maxStagedBytes } = this.#memory;
    const long = bytes.length > maxStagedBytes ? sourceOfBlock(block) : undefined;
    if (long !== undefined) {
      // It would be merged at once: so it is copied once and not twice.
      this.#replaceTile(this.#sources(entry, long));
      this.#unstage();
      return;
    }
    const staging = this.#staging ??= this.#memory.takeBuffer();
    if (entry.stagedStart === -1) this.#stagedCount += 1;
    entry.stagedStart = staging.count;
    staging.add(block);
    this.#memory.stagedBytes += bytes.length;
    entry.stagedEnd = staging.count;
    const isRound = this.#stagedCount === this.entries.length && this.#tile.keys.length > 0;
    if (isRound || staging.used > maxStagedBytes) this.merge();
  }

  /** Removes a key. */
  remove(entry: Entry): void {
    this.#completeView();
    this.entries.splice(this.entries.indexOf(entry), 1);
    if (entry.stagedStart !== -1) this.#stagedCount -= 1;
    if (this.#stagedCount === 0) this.#unstage();
    this.byteLength -= entry.byteLength;
  }

  /** Calls back for each family that a key has lines of, with the place of these. */
  forEachFamily(
    entry: Entry,
    call: (family: number, memory: Memory, start: number, end: number) => void,
  ): void {
    const { slot, stagedStart, stagedEnd } = entry;
    const staging = this.#staging;
    if (stagedStart !== -1 && staging !== undefined) {
      const { families, ends, memory } = staging;
      for (let at = stagedStart; at < stagedEnd; at++) {
        call(families[at] ?? 0, memory, startAt(ends, at), ends[at] ?? 0);
      }
    } else if (slot !== -1) {
      const { families, ends, keys, memory } = this.#tile;
      for (let nth = 0; nth < families.length; nth++) {
        const at = nth * keys.length + slot;
        const start = startAt(ends, at);
        const end = ends[at] ?? 0;
        if (end > start) call(families[nth] ?? 0, memory, start, end);
      }
    }
  }

  /** The tile as of now; the same object until the group changes. */
  view(): LazyTile {
    return this.#view ??= new LazyTile(() => this.merge(), this.#memory);
  }

  /** The tile, merged with what is staged. */
  merge(): Tile {
    if (this.#stagedCount > 0 || this.#tile.keys.length !== this.entries.length) {
      this.#replaceTile(this.#sources());
      this.#unstage();
    }
    return this.#tile;
  }

  /** Takes over all keys of another group, after its own. */
  join(other: Group): void {
    const [first, second] = [this.merge(), other.merge()];
    this.#completeView();
    this.entries.push(...other.entries);
    this.byteLength += other.byteLength;
    this.#replaceTile([
      sourceOfTile(first, 0, first.keys.length),
      sourceOfTile(second, 0, second.keys.length),
    ]);
    other.clear();
  }

  /** Moves the second half of the keys to a new group. */
  split(): Group {
    const tile = this.merge();
    this.#completeView();
    const other = new Group(this.#memory);
    const middle = this.entries.length >> 1;
    other.entries = this.entries.splice(middle);
    for (const { byteLength } of other.entries) other.byteLength += byteLength;
    this.byteLength -= other.byteLength;
    other.#replaceTile([sourceOfTile(tile, middle, tile.keys.length)]);
    this.#replaceTile([sourceOfTile(tile, 0, middle)]);
    return other;
  }

  /** Removes all keys; views that are still in use keep their tiles. */
  clear(): void {
    this.#completeView();
    this.entries = [];
    this.byteLength = 0;
    this.#unstage();
    if (this.#tile !== EMPTY_TILE) this.#memory.replace(this.#tile);
    this.#tile = EMPTY_TILE;
  }

  /** Before a change: merges the tile of a view in use that has not been read yet. */
  #completeView(): void {
    if (this.#view === undefined) return;
    if (this.#view.isReferenced) void this.#view.tile;
    this.#view = undefined;
  }

  #unstage(): void {
    if (this.#staging !== undefined) this.#memory.giveBuffer(this.#staging);
    this.#staging = undefined;
    this.#stagedCount = 0;
  }

  /**
   * All keys as ranges: neighbours in the tile, and staged blocks.
   *
   * @param long A key whose block is neither, and that block.
   */
  #sources(long?: Entry, block?: MergeSource): readonly MergeSource[] {
    const sources: MergeSource[] = [];
    let last: MergeSource | undefined;
    for (const entry of this.entries) {
      const { slot, stagedStart: nth, stagedEnd: nthEnd } = entry;
      if (entry === long && block !== undefined) {
        sources.push(block);
        last = undefined;
      } else if (slot === -1) {
        const { memory, families, ends } = this.#staging ?? NO_BLOCKS;
        sources.push({ memory, families, ends, stride: 1, from: 0, to: 1, nth, nthEnd });
        last = undefined;
      } else if (last?.to === slot) last.to = slot + 1;
      else sources.push(last = sourceOfTile(this.#tile, slot, slot + 1));
    }
    return sources;
  }

  #replaceTile(sources: readonly MergeSource[]): void {
    const old = this.#tile;
    const { entries } = this;
    const keys: string[] = [];
    const counts: number[] = [];
    for (const entry of entries) {
      keys.push(entry.key);
      counts.push(entry.sampleCount);
    }
    this.#memory.sweep();
    this.#tile = mergeTile(sources, keys, counts, this.byteLength, this.#memory.pool);
    for (const [slot, entry] of entries.entries()) {
      entry.group = this;
      entry.slot = slot;
      entry.stagedStart = -1;
    }
    if (old !== EMPTY_TILE) this.#memory.replace(old);
  }
}
