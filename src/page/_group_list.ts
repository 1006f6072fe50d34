/**
 * The groups of a section in the page's order: which key goes into which group, and when groups are
 * split, joined or merged early, so that tiles are neither too large nor too many.
 *
 * @module
 */

import { type Entry, Group } from "./_group.ts";
import type { LazyTile } from "./_lazy_tile.ts";
import type { SectionMemory } from "./_section_memory.ts";

/** Maximum of all staged bytes: in tiles, or as a part of all bytes, whichever is more. */
const MIN_STAGED_TILES = 4, STAGED_PART = 1 / 8;

/** Keys in groups of bounded size. */
export class GroupList {
  readonly #memory: SectionMemory;
  readonly #tileKeys: number;
  readonly #tileBytes: number;
  #groups: Group[] = [];

  /**
   * No groups.
   *
   * @param tileKeys Maximum number of keys of a group.
   * @param tileBytes Size in bytes from which a group gets no new key; at twice that it is split.
   */
  constructor(memory: SectionMemory, tileKeys: number, tileBytes: number) {
    this.#memory = memory;
    this.#tileKeys = tileKeys;
    this.#tileBytes = tileBytes;
  }

  /** Appends a key to the last group, or to a new one if that is full. */
  add(key: string): Entry {
    let group = this.#groups.at(-1);
    if (
      group === undefined || group.entries.length >= this.#tileKeys ||
      group.byteLength >= this.#tileBytes
    ) {
      group?.merge();
      this.#groups.push(group = new Group(this.#memory));
    }
    return group.add(key);
  }

  /**
   * Splits a group that has grown too large, and bounds the staged bytes.
   *
   * @param byteLength The bytes of all groups.
   */
  afterPut(group: Group, byteLength: number): void {
    if (group.byteLength > 2 * this.#tileBytes && group.entries.length > 1) {
      this.#groups.splice(this.#groups.indexOf(group) + 1, 0, group.split());
    }
    const maxStaged = Math.max(MIN_STAGED_TILES * this.#tileBytes, byteLength * STAGED_PART);
    if (this.#memory.stagedBytes <= maxStaged) return;
    let largest = group;
    for (const one of this.#groups) if (one.stagedBytes > largest.stagedBytes) largest = one;
    largest.merge();
  }

  /** Drops a group that has become empty, or joins it with a neighbour if both are small. */
  afterRemove(group: Group): void {
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

  /** Removes all groups. */
  clear(): void {
    for (const group of this.#groups) group.clear();
    this.#groups = [];
  }

  /** The tiles of all groups as of now, each with a new reference. */
  retainTiles(): readonly LazyTile[] {
    return this.#groups.map((group) => group.view().retain());
  }
}
