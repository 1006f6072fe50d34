/**
 * A section's view, shared by all who ask until the section changes. It lets go of its tiles once
 * the section has changed and all have released it.
 *
 * @module
 */

import type { LazyTile } from "./_lazy_tile.ts";
import type { SectionView } from "./_section_view.ts";

/** A view with a reference count. */
export class Snapshot {
  /** The view; the same object for all. */
  readonly view: SectionView;
  readonly #tiles: readonly LazyTile[];
  #references = 0;
  #isOutdated = false;

  /**
   * A snapshot without references.
   *
   * @param tiles Each with a reference, which the snapshot owns.
   */
  constructor(content: Omit<SectionView, "tiles" | "release">, tiles: readonly LazyTile[]) {
    this.#tiles = tiles;
    this.view = { ...content, tiles, release: () => this.#release() };
  }

  /** The view, with a reference for the caller. */
  retain(): SectionView {
    this.#references += 1;
    return this.view;
  }

  /** Tells that the section has changed, so that no further reference is taken. */
  expire(): void {
    this.#isOutdated = true;
    this.#releaseTiles();
  }

  #release(): void {
    if (this.#references === 0) {
      throw new RangeError("Cannot release a view more often than it was taken");
    }
    this.#references -= 1;
    this.#releaseTiles();
  }

  #releaseTiles(): void {
    if (!this.#isOutdated || this.#references > 0) return;
    for (const tile of this.#tiles) tile.release();
  }
}
