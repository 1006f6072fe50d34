/**
 * Keys that share a tile. New blocks are put aside until all keys of the group have one, which is
 * soon where they come in the same order every time, and then make a new tile at once: each byte is
 * copied once a round and stands in memory once.
 *
 * @module
 */

import type { Memory } from "./_memory.ts";
import { Aside, type Stock } from "./_stock.ts";
import { EMPTY_TILE, mergeRuns, type Run, runOf, runOfBlock, startAt, type Tile } from "./_tile.ts";
import type { Block } from "../exposition/mod.ts";

/** One key of a group. */
export interface Entry {
  /** The key. */
  readonly key: string;
  /** The group it is in. */
  group: Group;
  /** How many lines there are. */
  sampleCount: number;
  /** How many bytes they have. */
  byteLength: number;
  /** Which key of the tile it is; -1 if its block there is no longer shown. */
  slot: number;
  /** The first of its families among those put aside; -1 if its block is not there. */
  asideStart: number;
  /** The one after the last of them. */
  asideEnd: number;
}

/** A group's lines at one moment. */
export class GroupView {
  readonly #group: Group;
  readonly #stock: Stock;
  #tile: Tile | undefined;
  #holds = 0;

  /** A view of a group that makes its tile when it is asked for, or before it changes. */
  constructor(group: Group, stock: Stock) {
    this.#group = group;
    this.#stock = stock;
  }

  /** Whether anybody may still look at it. */
  get isHeld(): boolean {
    return this.#holds > 0;
  }

  /** The lines, if their tile has been made for this view. */
  get made(): Tile | undefined {
    return this.#tile;
  }

  /** The lines; the first call may make a new tile of them. */
  get tile(): Tile {
    if (this.#tile === undefined) {
      this.#tile = this.#group.merge();
      this.#tile.isSeen = true;
      if (this.#holds > 0) this.#tile.holds += 1;
    }
    return this.#tile;
  }

  /** One more may look at it. */
  hold(): this {
    this.#holds += 1;
    if (this.#holds === 1 && this.#tile !== undefined) this.#tile.holds += 1;
    return this;
  }

  /** One of them will not look at it any more. */
  letGo(): void {
    this.#holds -= 1;
    if (this.#holds === 0 && this.#tile !== undefined) this.#stock.letGo(this.#tile);
  }
}

/** Some keys of a section, in the order in which they were first set. */
export class Group {
  /** Its keys. */
  entries: Entry[] = [];
  /** How many bytes all lines have. */
  byteLength = 0;
  readonly #stock: Stock;
  #tile: Tile = EMPTY_TILE;
  #view: GroupView | undefined;
  #aside: Aside | undefined;
  #asideCount = 0;

  /** A group without keys. */
  constructor(stock: Stock) {
    this.#stock = stock;
  }

  /** How many bytes are put aside. */
  get asideBytes(): number {
    return this.#aside?.used ?? 0;
  }

  /** A new last key; it is nothing before a block is put for it. */
  add(key: string): Entry {
    this.#keepView();
    const entry: Entry = {
      key,
      group: this,
      sampleCount: 0,
      byteLength: 0,
      slot: -1,
      asideStart: -1,
      asideEnd: -1,
    };
    this.entries.push(entry);
    return entry;
  }

  /** Shows a copy of this block for one of the keys. */
  put(entry: Entry, block: Block): void {
    this.#keepView();
    const { bytes, sampleCount } = block;
    this.byteLength += bytes.length - entry.byteLength;
    const large = bytes.length > this.#stock.maxAsideBytes ? runOfBlock(block) : undefined;
    if (large !== undefined) {
      // Put aside it would be merged at once: this copies it once and not twice.
      entry.slot = -1;
      entry.sampleCount = sampleCount;
      entry.byteLength = bytes.length;
      this.#become(this.#runs(entry, large));
      this.#giveAside();
      return;
    }
    const aside = this.#aside ??= this.#stock.take();
    if (entry.asideStart === -1) this.#asideCount += 1;
    entry.asideStart = aside.count;
    aside.add(block);
    this.#stock.asideBytes += bytes.length;
    entry.asideEnd = aside.count;
    entry.slot = -1;
    entry.sampleCount = sampleCount;
    entry.byteLength = bytes.length;
    const isRound = this.#asideCount === this.entries.length && this.#tile.keys.length > 0;
    if (isRound || aside.used > this.#stock.maxAsideBytes) this.merge();
  }

  /** Takes a key away. */
  remove(entry: Entry): void {
    this.#keepView();
    this.entries.splice(this.entries.indexOf(entry), 1);
    if (entry.asideStart !== -1) this.#asideCount -= 1;
    if (this.#asideCount === 0) this.#giveAside();
    this.byteLength -= entry.byteLength;
  }

  /** Calls back for each family that a key has lines of, with where these are. */
  forEachFamily(
    entry: Entry,
    call: (family: number, memory: Memory, start: number, end: number) => void,
  ): void {
    const { slot, asideStart, asideEnd } = entry;
    const aside = this.#aside;
    if (asideStart !== -1 && aside !== undefined) {
      const { families, ends, memory } = aside;
      for (let at = asideStart; at < asideEnd; at++) {
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

  /** What the group shows now; the same object until something changes. */
  view(): GroupView {
    return this.#view ??= new GroupView(this, this.#stock);
  }

  /** The tile of what the group shows now. */
  merge(): Tile {
    if (this.#asideCount > 0 || this.#tile.keys.length !== this.entries.length) {
      this.#become(this.#runs());
      this.#giveAside();
    }
    return this.#tile;
  }

  /** Makes one group of this and another, whose keys come after. */
  join(other: Group): void {
    const [first, second] = [this.merge(), other.merge()];
    this.#keepView();
    this.entries.push(...other.entries);
    this.byteLength += other.byteLength;
    this.#become([runOf(first, 0, first.keys.length), runOf(second, 0, second.keys.length)]);
    other.clear();
  }

  /** Makes two groups of this one; the other's keys come after. */
  split(): Group {
    const tile = this.merge();
    this.#keepView();
    const other = new Group(this.#stock);
    const middle = this.entries.length >> 1;
    other.entries = this.entries.splice(middle);
    for (const { byteLength } of other.entries) other.byteLength += byteLength;
    this.byteLength -= other.byteLength;
    other.#become([runOf(tile, middle, tile.keys.length)]);
    this.#become([runOf(tile, 0, middle)]);
    return other;
  }

  /** Before a change: makes the tile that a view has not asked for yet. */
  #keepView(): void {
    if (this.#view === undefined) return;
    if (this.#view.isHeld) void this.#view.tile;
    this.#view = undefined;
  }

  /** Takes all keys away; views that are out stay as they are. */
  clear(): void {
    this.#keepView();
    this.entries = [];
    this.byteLength = 0;
    this.#giveAside();
    if (this.#tile !== EMPTY_TILE) this.#stock.retire(this.#tile);
    this.#tile = EMPTY_TILE;
  }

  /** Nothing that is put aside is shown any more. */
  #giveAside(): void {
    if (this.#aside !== undefined) this.#stock.give(this.#aside);
    this.#aside = undefined;
    this.#asideCount = 0;
  }

  /**
   * The keys as they stand now: neighbours of the tile, and blocks put aside.
   *
   * @param large A key whose block is neither, and that block.
   */
  #runs(large?: Entry, block?: Run): readonly Run[] {
    const runs: Run[] = [];
    let last: Run | undefined;
    for (const entry of this.entries) {
      const { slot, asideStart, asideEnd } = entry;
      if (entry === large && block !== undefined) {
        runs.push(block);
        last = undefined;
      } else if (slot === -1) {
        const { memory, families, ends } = this.#aside ?? EMPTY_ASIDE;
        const [nth, nthEnd] = [asideStart, asideEnd];
        runs.push({ memory, families, ends, stride: 1, from: 0, to: 1, nth, nthEnd });
        last = undefined;
      } else if (last?.to === slot) last.to = slot + 1;
      else runs.push(last = runOf(this.#tile, slot, slot + 1));
    }
    return runs;
  }

  #become(runs: readonly Run[]): void {
    const old = this.#tile;
    const { entries } = this;
    const keys: string[] = [];
    const counts: number[] = [];
    for (const entry of entries) {
      keys.push(entry.key);
      counts.push(entry.sampleCount);
    }
    this.#stock.clean();
    this.#tile = mergeRuns(runs, keys, counts, this.byteLength, this.#stock.pool);
    for (const [slot, entry] of entries.entries()) {
      entry.group = this;
      entry.slot = slot;
      entry.asideStart = -1;
    }
    if (old !== EMPTY_TILE) this.#stock.retire(old);
  }
}

const EMPTY_ASIDE = new Aside();
