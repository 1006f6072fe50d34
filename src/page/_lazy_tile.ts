/**
 * A group's tile as of one moment, for views: merged when a response first reads it, or just before
 * the group changes.
 *
 * @module
 */

import type { SectionMemory } from "./_section_memory.ts";
import type { Tile } from "./_tile.ts";

/** A tile that is merged at first use, and the references to it. */
export class LazyTile {
  readonly #merge: () => Tile;
  readonly #memory: SectionMemory;
  #tile: Tile | undefined;
  #references = 0;

  /**
   * A tile that is not merged yet.
   *
   * @param merge Gives the group's tile; called once, and before the group changes.
   * @param memory Takes the references back.
   */
  constructor(merge: () => Tile, memory: SectionMemory) {
    this.#merge = merge;
    this.#memory = memory;
  }

  /** Whether a view holds a reference. */
  get isReferenced(): boolean {
    return this.#references > 0;
  }

  /** The tile, if it has been merged for this view. */
  get merged(): Tile | undefined {
    return this.#tile;
  }

  /** The tile; the first use may merge it, which takes a millisecond or two. */
  get tile(): Tile {
    if (this.#tile === undefined) {
      this.#tile = this.#merge();
      this.#tile.isShared = true;
      if (this.#references > 0) this.#tile.references += 1;
    }
    return this.#tile;
  }

  /** Takes a reference. */
  retain(): this {
    this.#references += 1;
    if (this.#references === 1 && this.#tile !== undefined) this.#tile.references += 1;
    return this;
  }

  /** Drops a reference. */
  release(): void {
    this.#references -= 1;
    if (this.#references === 0 && this.#tile !== undefined) this.#memory.release(this.#tile);
  }
}
