/**
 * Blocks by key, and views of them for the page. Nothing is rendered, sorted or parsed here: blocks
 * are merged into tiles, so that a response sends some hundred long pieces of memory, not one short
 * piece for each key and family.
 *
 * @module
 */

import { copy } from "./_memory.ts";
import type { Entry } from "./_group.ts";
import { GroupList } from "./_group_list.ts";
import { SectionMemory } from "./_section_memory.ts";
import { forEachFamily, type PageSection, type SectionView } from "./_section_view.ts";
import { Snapshot } from "./_snapshot.ts";
import {
  type Block,
  type Family,
  FamilyTable,
  type FamilyTableOptions,
} from "../exposition/mod.ts";

/** Settings of a {@linkcode Section}. */
export interface SectionOptions extends FamilyTableOptions {
  /** Maximum number of keys that share a tile. Default: 512. */
  readonly tileKeys?: number;
  /** Size of a tile in bytes, about. Default: 2 MiB, which are merged in a millisecond or two. */
  readonly tileBytes?: number;
}

/** Size in tiles from which memory is prepared for a block. */
const PREPARED_TILES = 8;

/**
 * Blocks by key, all over the same table of families.
 *
 * Blocks of different keys must differ in their labels; duplicates among them are not detected.
 * Setting a block copies its bytes. It costs least where keys are set in the same order every time.
 */
export class Section implements PageSection {
  /** The order of the families, and what blocks are written and relabelled against. */
  readonly families: FamilyTable;
  readonly #entries = new Map<string, Entry>();
  readonly #groups: GroupList;
  readonly #memory: SectionMemory;
  readonly #tileBytes: number;
  /** The number of keys with lines of each family. */
  readonly #uses: number[] = [];
  #snapshot: Snapshot | undefined;
  #snapshotEpoch = -1;
  #sampleCount = 0;
  #byteLength = 0;
  #generation = 0;

  /**
   * A section without blocks.
   *
   * @param families Those that the section always has, in the page's order.
   */
  constructor(families: readonly Family[], options: SectionOptions = {}) {
    const { tileKeys = 512, tileBytes = 2 * 1024 * 1024 } = options;
    this.#tileBytes = tileBytes;
    this.#memory = new SectionMemory(2 * tileBytes);
    this.#groups = new GroupList(this.#memory, tileKeys, tileBytes);
    this.families = new FamilyTable(families, options);
  }

  /** The number of keys. */
  get size(): number {
    return this.#entries.size;
  }

  /** The number of sample lines in all blocks. */
  get sampleCount(): number {
    return this.#sampleCount;
  }

  /** Grows with every visible change. */
  get generation(): number {
    return this.#generation + this.families.epoch;
  }

  /** Whether there is a block for this key. */
  has(key: string): boolean {
    return this.#entries.has(key);
  }

  /** A copy of the block for this key, if there is one. */
  get(key: string): Block | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined) return undefined;
    const bytes = new Uint8Array(entry.byteLength + 8);
    const target = { bytes, view: new DataView(bytes.buffer) };
    const ends: number[] = [];
    let used = 0;
    entry.group.forEachFamily(entry, (family, memory, start, end) => {
      while (ends.length < family) ends.push(used);
      copy(memory, start, end, target, used);
      ends.push(used += end - start);
    });
    const { sampleCount } = entry;
    const lines = bytes.subarray(0, used);
    return { bytes: lines, ends: Uint32Array.from(ends), sampleCount, epoch: this.families.epoch };
  }

  /**
   * Copies of the lines that a key has of some families; undefined for those that it has none of.
   */
  lines(key: string, families: readonly number[]): readonly (Uint8Array | undefined)[] {
    const lines: (Uint8Array | undefined)[] = families.map(() => undefined);
    const entry = this.#entries.get(key);
    entry?.group.forEachFamily(entry, (each, { bytes }, start, end) => {
      const at = families.indexOf(each);
      if (at !== -1) lines[at] = bytes.slice(start, end);
    });
    return lines;
  }

  /** The keys, in the order in which they were first set. */
  keys(): IterableIterator<string> {
    return this.#entries.keys();
  }

  /**
   * Shows a copy of a block for this key from now on, in the place of the one before.
   *
   * @throws {RangeError} If the block was made for another table, or a family that it has lines of
   * has lost its place since: set a block before the next one is relabelled.
   */
  set(key: string, block: Block): void {
    this.#check(key, block);
    this.#change();
    const old = this.#entries.get(key);
    forEachFamily(block, (family) => this.#retainFamily(family));
    if (old !== undefined) this.#drop(old);
    const entry = old ?? this.#groups.add(key);
    if (old === undefined) this.#entries.set(key, entry);
    entry.group.put(entry, block);
    this.#sampleCount += block.sampleCount;
    this.#byteLength += block.bytes.length;
    this.#groups.afterPut(entry.group, this.#byteLength);
  }

  /**
   * Does a step of what {@linkcode Section.set} would do at once for a very long block: getting
   * memory, which takes 150 ms for 64 MB.
   *
   * @param byteLength The size of the block in bytes, about.
   * @returns Whether the block is to be set now.
   */
  prepare(byteLength: number): boolean {
    // The tile of such a block has at most this much of other keys.
    const others = 2 * this.#tileBytes;
    return byteLength < PREPARED_TILES * this.#tileBytes ||
      this.#memory.prepare(byteLength + others);
  }

  /** Removes a key's block; true if there was one. */
  delete(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#change();
    this.#drop(entry);
    this.#entries.delete(key);
    entry.group.remove(entry);
    this.#groups.afterRemove(entry.group);
    return true;
  }

  /** Removes all blocks. */
  clear(): void {
    this.#memory.sweep();
    if (this.#entries.size === 0) return;
    this.#change();
    for (const entry of this.#entries.values()) this.#drop(entry);
    this.#entries.clear();
    this.#groups.clear();
  }

  /** What the section holds now; the same object until something changes. */
  snapshot(): SectionView {
    this.#memory.sweep();
    if (this.#snapshotEpoch !== this.families.epoch) this.#expireSnapshot();
    this.#snapshotEpoch = this.families.epoch;
    this.#snapshot ??= this.#takeSnapshot();
    return this.#snapshot.retain();
  }

  #takeSnapshot(): Snapshot {
    const headers = this.families.headers();
    return new Snapshot({
      generation: this.generation,
      sampleCount: this.#sampleCount,
      byteLength: this.#byteLength,
      headers,
      isUsed: headers.map((_, family) => (this.#uses[family] ?? 0) > 0),
    }, this.#groups.retainTiles());
  }

  #expireSnapshot(): void {
    this.#snapshot?.expire();
    this.#snapshot = undefined;
  }

  #change(): void {
    this.#generation += 1;
    this.#expireSnapshot();
  }

  #retainFamily(family: number): void {
    const uses = this.#uses[family] ?? 0;
    if (uses === 0) this.families.retain(family);
    this.#uses[family] = uses + 1;
  }

  /** Takes a key's block out of the counts. */
  #drop(entry: Entry): void {
    entry.group.forEachFamily(entry, (family) => {
      const uses = (this.#uses[family] ?? 0) - 1;
      if (uses === 0) this.families.release(family);
      this.#uses[family] = uses;
    });
    this.#sampleCount -= entry.sampleCount;
    this.#byteLength -= entry.byteLength;
  }

  #check(key: string, block: Block): void {
    const { bytes, ends, epoch } = block;
    if (ends.length > this.families.size || (ends[ends.length - 1] ?? 0) !== bytes.length) {
      throw new RangeError(
        `Cannot set the block of "${key}": its ends do not fit its bytes or this table`,
      );
    }
    if (epoch === undefined) return;
    forEachFamily(block, (family) => {
      if (this.families.since(family) > epoch) {
        throw new RangeError(
          `Cannot set the block of "${key}": family ${family} became ` +
            `"${this.families.at(family).name}" after the block was made; make it again`,
        );
      }
    });
  }
}
