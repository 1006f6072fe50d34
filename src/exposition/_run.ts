/**
 * Which lines of a page are whose: lines of one family that follow each other are a run. Knows
 * where the runs are; the lines themselves are in the sink.
 *
 * @module
 */

import type { KnownFamily } from "./_known.ts";

/** The runs of one page, in the order in which they come. */
export class Runs {
  #families: KnownFamily[] = [];
  #starts: number[] = [];
  /** The runs of each family, as far as they have been looked for. */
  readonly #places = new Map<KnownFamily, number[]>();
  #placedCount = 0;

  /** How many there are. */
  get length(): number {
    return this.#families.length;
  }

  /** Starts a page. */
  clear(): void {
    this.#families.length = 0;
    this.#starts.length = 0;
    this.#forgetPlaces();
  }

  /** Takes note of a line of a family that starts here. */
  add(family: KnownFamily, start: number): void {
    const families = this.#families;
    if (families.length > 0 && families[families.length - 1] === family) return;
    families.push(family);
    this.#starts.push(start);
  }

  /** The family's runs, ascending. Looks at each run of the page once, for all families. */
  of(family: KnownFamily): readonly number[] {
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
   * @param used Where the last one does.
   */
  endOf(run: number, used: number): number {
    return this.#starts[run + 1] ?? used;
  }

  /** Whether each of these families has one run, in this order, and no other family has any. */
  areExactly(families: readonly KnownFamily[]): boolean {
    const runs = this.#families;
    if (runs.length !== families.length) return false;
    for (let at = 0; at < runs.length; at++) if (families[at] !== runs[at]) return false;
    return true;
  }

  /** Says that the lines stand otherwise from now on: one run of each of these families. */
  replace(families: KnownFamily[], starts: number[]): void {
    this.#families = families;
    this.#starts = starts;
    this.#forgetPlaces();
  }

  #forgetPlaces(): void {
    if (this.#places.size > 0) this.#places.clear();
    this.#placedCount = 0;
  }
}
