/**
 * Finished blocks by key, and what of them a page shows. Nothing is rendered, sorted or parsed
 * here: blocks are put together to tiles, so that a page is some hundred long pieces of memory and
 * not one short piece for each key and family.
 *
 * @module
 */

import { copy } from "./_memory.ts";
import { type Entry, Group } from "./_group.ts";
import { Stock } from "./_stock.ts";
import type { Tile } from "./_tile.ts";
import {
  type Block,
  type Family,
  type FamilyHeader,
  FamilyTable,
  type FamilyTableOptions,
} from "../exposition/mod.ts";

/** Some keys of a section, and those of them that are shown. */
export interface TileView {
  /** The lines; looking at it may cost a millisecond the first time. */
  readonly tile: Tile;
  /** The same, if anybody has looked at it, or it would be another one by now. */
  readonly made: Tile | undefined;
  /** The keys that are shown: from, to, from, to, ascending; all of them if absent. */
  readonly shown?: readonly number[];
}

/** What a section holds at one moment; never changed afterwards. */
export interface SectionView {
  /** Grows with every visible change of the section. */
  readonly generation: number;
  /** The number of sample lines. */
  readonly sampleCount: number;
  /** How many bytes they have. */
  readonly byteLength: number;
  /** The header of each family. */
  readonly headers: readonly FamilyHeader[];
  /** Whether the family of the same place has lines. */
  readonly isUsed: readonly boolean[];
  /** The lines. */
  readonly tiles: readonly TileView[];
  /** Tells that who asked for the view needs it no more; memory of it is freed sooner so. */
  release(): void;
}

/** A part of the page that can say what it holds now. */
export interface PageSection {
  /**
   * What the section holds now; costs a walk over its tiles at most. It may be released once for
   * each call, after which the caller must not look at it.
   */
  snapshot(): SectionView;
}

/** A cached view, shared by all that take one until the section changes. */
interface Snapshot {
  readonly view: SectionView;
  /** Takes a reference. */
  readonly hold: () => void;
  /** Stops handing this snapshot out. */
  readonly end: () => void;
}

/** Settings of a {@linkcode Section}. */
export interface SectionOptions extends FamilyTableOptions {
  /** How many keys share a tile; 512 by default. */
  readonly tileKeys?: number;
  /**
   * About how many bytes a tile has; 2 MiB by default, which are merged in a millisecond or two.
   */
  readonly tileBytes?: number;
}

/** Size in tiles from which memory is prepared for a block. */
const PREPARED_TILES = 8;

/** Maximum staged bytes: in tiles, or as a part of all bytes, whichever is more. */
const MIN_ASIDE = 4, ASIDE_PART = 1 / 8;

/**
 * Blocks by key, all over the same table of families.
 *
 * Blocks of different keys must differ in their labels; duplicates among them are not detected.
 * Setting a block copies its bytes; keys that are set in the same order every time cost the least.
 */
export class Section implements PageSection {
  /** The order of the families, and what blocks are written and relabelled against. */
  readonly families: FamilyTable;
  readonly #entries = new Map<string, Entry>();
  readonly #tileKeys: number;
  readonly #tileBytes: number;
  readonly #stock: Stock;
  #groups: Group[] = [];
  /** How many keys have lines of each family. */
  readonly #uses: number[] = [];
  #snapshot: Snapshot | undefined;
  #snapshotEpoch = -1;
  #sampleCount = 0;
  #byteLength = 0;
  #generation = 0;

  /**
   * A section without blocks.
   *
   * @param families Those that the section always knows, in the page's order.
   */
  constructor(families: readonly Family[], options: SectionOptions = {}) {
    this.#tileKeys = options.tileKeys ?? 512;
    this.#tileBytes = options.tileBytes ?? 2 * 1024 * 1024;
    this.#stock = new Stock(2 * this.#tileBytes);
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

  /** The keys, in the order in which they were first set. */
  keys(): IterableIterator<string> {
    return this.#entries.keys();
  }

  /**
   * Shows a copy of this block for this key from now on, in the place of the one before.
   *
   * @throws {RangeError} If the block was made for another table, or a family it has lines of was
   * given up in the meantime: set a block before the next one is relabelled.
   */
  set(key: string, block: Block): void {
    this.#check(key, block);
    this.#changed();
    const old = this.#entries.get(key);
    forEachFamily(block, (family) => this.#retain(family));
    if (old !== undefined) this.#drop(old);
    const entry = old ?? this.#add(key);
    entry.group.put(entry, block);
    this.#sampleCount += block.sampleCount;
    this.#byteLength += block.bytes.length;
    this.#keepSmall(entry.group);
  }

  /**
   * Does a step of what {@linkcode Section.set} would do in one go for a very long block: getting
   * memory, which takes 150 ms for 64 MB.
   *
   * @param byteLength How many bytes the block has, about.
   * @returns Whether the block is to be set now.
   */
  prepare(byteLength: number): boolean {
    // A tile of such a block has at most two others' bytes beside it.
    const others = 2 * this.#tileBytes;
    return byteLength < PREPARED_TILES * this.#tileBytes ||
      this.#stock.prepare(byteLength + others);
  }

  /** Takes a key's block away; true if there was one. */
  delete(key: string): boolean {
    const entry = this.#entries.get(key);
    if (entry === undefined) return false;
    this.#changed();
    this.#drop(entry);
    this.#entries.delete(key);
    entry.group.remove(entry);
    this.#fill(entry.group);
    return true;
  }

  /** Takes all blocks away. */
  clear(): void {
    this.#stock.clean();
    if (this.#entries.size === 0) return;
    this.#changed();
    for (const entry of this.#entries.values()) this.#drop(entry);
    this.#entries.clear();
    for (const group of this.#groups) group.clear();
    this.#groups = [];
  }

  /** What the section holds now; the same object until something changes. */
  snapshot(): SectionView {
    this.#stock.clean();
    if (this.#snapshotEpoch !== this.families.epoch) this.#endSnapshot();
    this.#snapshotEpoch = this.families.epoch;
    const { hold, view } = this.#snapshot ??= this.#makeSnapshot();
    hold();
    return view;
  }

  #makeSnapshot(): Snapshot {
    const headers = this.families.headers();
    const tiles = this.#groups.map((group) => group.view().hold());
    let holds = 0;
    let isOld = false;
    const letGo = () => {
      if (isOld && holds === 0) { for (const tile of tiles) tile.letGo(); }
    };
    const view: SectionView = {
      generation: this.generation,
      sampleCount: this.#sampleCount,
      byteLength: this.#byteLength,
      headers,
      isUsed: headers.map((_, family) => (this.#uses[family] ?? 0) > 0),
      tiles,
      release: () => {
        if (holds === 0) throw new RangeError("Cannot release a view more often than it was taken");
        holds -= 1;
        letGo();
      },
    };
    return {
      view,
      hold: () => {
        holds += 1;
      },
      end: () => {
        isOld = true;
        letGo();
      },
    };
  }

  #endSnapshot(): void {
    this.#snapshot?.end();
    this.#snapshot = undefined;
  }

  /** A new key is the last one, in the last group. */
  #add(key: string): Entry {
    let group = this.#groups.at(-1);
    if (
      group === undefined || group.entries.length >= this.#tileKeys ||
      group.byteLength >= this.#tileBytes
    ) {
      group?.merge();
      this.#groups.push(group = new Group(this.#stock));
    }
    const entry = group.add(key);
    this.#entries.set(key, entry);
    return entry;
  }

  /** Takes care that no group becomes too large to be merged at once, and not too much waits. */
  #keepSmall(group: Group): void {
    if (group.byteLength > 2 * this.#tileBytes && group.entries.length > 1) {
      this.#groups.splice(this.#groups.indexOf(group) + 1, 0, group.split());
    }
    if (
      this.#stock.asideBytes <= Math.max(MIN_ASIDE * this.#tileBytes, this.#byteLength * ASIDE_PART)
    ) return;
    let most = group;
    for (const one of this.#groups) if (one.asideBytes > most.asideBytes) most = one;
    most.merge();
  }

  /** Takes care that many small groups become few. */
  #fill(group: Group): void {
    const at = this.#groups.indexOf(group);
    if (group.entries.length === 0) {
      group.clear();
      this.#groups.splice(at, 1);
      return;
    }
    for (const [first, second] of [[at - 1, at], [at, at + 1]] as const) {
      const one = this.#groups[first];
      const other = this.#groups[second];
      if (one === undefined || other === undefined) continue;
      if (one.entries.length + other.entries.length > this.#tileKeys / 2) continue;
      if (one.byteLength + other.byteLength > this.#tileBytes / 2) continue;
      one.join(other);
      this.#groups.splice(second, 1);
      return;
    }
  }

  #retain(family: number): void {
    const uses = this.#uses[family] ?? 0;
    if (uses === 0) this.families.retain(family);
    this.#uses[family] = uses + 1;
  }

  #drop(entry: Entry): void {
    entry.group.forEachFamily(entry, (family) => {
      const uses = (this.#uses[family] ?? 0) - 1;
      if (uses === 0) this.families.release(family);
      this.#uses[family] = uses;
    });
    this.#sampleCount -= entry.sampleCount;
    this.#byteLength -= entry.byteLength;
  }

  #changed(): void {
    this.#generation += 1;
    this.#endSnapshot();
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

/** Calls back for each family that the block has lines of. */
function forEachFamily(block: Block, call: (family: number) => void): void {
  const { ends } = block;
  let start = 0;
  for (let family = 0; family < ends.length; family++) {
    const end = ends[family] ?? start;
    if (end > start) call(family);
    start = end;
  }
}

/** A view of one block alone. */
export function viewOfBlock(
  key: string,
  block: Block,
  headers: readonly FamilyHeader[],
  generation: number,
): SectionView {
  const { bytes, sampleCount } = block;
  const group = new Group(new Stock(Infinity));
  group.put(group.add(key), block);
  const isUsed = headers.map(() => false);
  forEachFamily(block, (family) => isUsed[family] = true);
  const tiles = [group.view().hold()];
  const byteLength = bytes.length;
  // Too little to be freed by hand.
  const release = () => {};
  return { generation, sampleCount, byteLength, headers, isUsed, tiles, release };
}
