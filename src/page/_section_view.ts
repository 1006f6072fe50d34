/**
 * What a section holds at one moment, as a response reads it.
 *
 * @module
 */

import { Group } from "./_group.ts";
import { SectionMemory } from "./_section_memory.ts";
import type { Tile } from "./_tile.ts";
import type { Block, FamilyHeader } from "../exposition/mod.ts";

/** A tile, and those of its keys that are shown. */
export interface TileView {
  /** The lines; the first use may merge them, which takes a millisecond or two. */
  readonly tile: Tile;
  /** The same, if it is merged already. */
  readonly merged: Tile | undefined;
  /** The keys that are shown: from, to, from, to, ascending. Default: all. */
  readonly shown?: readonly number[];
}

/** What a section holds at one moment; immutable. */
export interface SectionView {
  /** Grows with every visible change of the section. */
  readonly generation: number;
  /** The number of sample lines. */
  readonly sampleCount: number;
  /** The number of their bytes. */
  readonly byteLength: number;
  /** The header of each family. */
  readonly headers: readonly FamilyHeader[];
  /** Whether the family of the same index has lines. */
  readonly isUsed: readonly boolean[];
  /** The lines. */
  readonly tiles: readonly TileView[];
  /** Drops the caller's reference, so that memory of replaced tiles can be freed. */
  release(): void;
}

/** A part of the page. */
export interface PageSection {
  /**
   * What the section holds now, with a reference for the caller, who releases it once and does not
   * read it afterwards. Costs a walk over the tiles at most.
   */
  snapshot(): SectionView;
}

/** A view of one block alone. It holds too little memory to be freed before the next collection. */
export function viewOfBlock(
  key: string,
  block: Block,
  headers: readonly FamilyHeader[],
  generation: number,
): SectionView {
  const { bytes: { length: byteLength }, sampleCount } = block;
  const group = new Group(new SectionMemory(Infinity));
  group.put(group.add(key), block);
  const isUsed = headers.map(() => false);
  forEachFamily(block, (family) => isUsed[family] = true);
  const tiles = [group.view().retain()];
  return { generation, sampleCount, byteLength, headers, isUsed, tiles, release: () => {} };
}

/** Calls back for each family that a block has lines of. */
export function forEachFamily({ ends }: Block, call: (family: number) => void): void {
  let start = 0;
  for (let family = 0; family < ends.length; family++) {
    const end = ends[family] ?? start;
    if (end > start) call(family);
    start = end;
  }
}
