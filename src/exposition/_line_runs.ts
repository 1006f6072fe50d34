/**
 * Which lines of a page belong to which family. Adjacent lines of one family are a run; here is
 * where the runs start, the lines themselves are in the line buffer.
 *
 * @module
 */

import type { PageFamily } from "./_page_family.ts";

/** The runs of one page, in order. */
export class LineRuns {
  #families: PageFamily[] = [];
  #starts: number[] = [];
  /** The runs of each family, of the first `#placedCount` runs. */
  readonly #places = new Map<PageFamily, number[]>();
  #placedCount = 0;

  /** The number of runs. */
  get length(): number {
    return this.#families.length;
  }

  /** Starts a page. */
  clear(): void {
    this.#families.length = 0;
    this.#starts.length = 0;
    this.#forgetPlaces();
  }

  /** Adds a line of a family that starts here. */
  add(family: PageFamily, start: number): void {
    const families = this.#families;
    if (families.length > 0 && families[families.length - 1] === family) return;
    families.push(family);
    this.#starts.push(start);
  }

  /** The family's runs, ascending. Each run of the page is looked at once, for all families. */
  of(family: PageFamily): readonly number[] {
    const families = this.#families;
    for (; this.#placedCount < families.length; this.#placedCount++) {
      const owner = families[this.#placedCount] ?? family;
      const places = this.#places.get(owner);
      if (places === undefined) this.#places.set(owner, [this.#placedCount]);
      else places.push(this.#placedCount);
    }
    return this.#places.get(family) ?? [];
  }

  /** Where a run starts. */
  startOf(run: number): number {
    return this.#starts[run] ?? 0;
  }

  /**
   * Where a run ends.
   *
   * @param used Where the last run ends.
   */
  endOf(run: number, used: number): number {
    return this.#starts[run + 1] ?? used;
  }

  /** Whether each of these families has one run, in this order, and no other family has any. */
  areExactly(families: readonly PageFamily[]): boolean {
    const runs = this.#families;
    if (runs.length !== families.length) return false;
    for (let at = 0; at < runs.length; at++) if (families[at] !== runs[at]) return false;
    return true;
  }

  /** Replaces all runs by one of each of these families. */
  replace(families: PageFamily[], starts: number[]): void {
    this.#families = families;
    this.#starts = starts;
    this.#forgetPlaces();
  }

  #forgetPlaces(): void {
    if (this.#places.size > 0) this.#places.clear();
    this.#placedCount = 0;
  }
}
