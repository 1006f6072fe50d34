/**
 * Counts by name with a bound on the names, and the largest of them.
 *
 * @module
 */

/** What names beyond the bound are counted as. */
export const OTHER = "(other)";

/** Counts by name. */
export class Counts {
  readonly #max: number;
  readonly #counts = new Map<string, number>();
  #total = 0;

  /**
   * Counts nothing yet.
   *
   * @param max Maximum number of names besides {@linkcode OTHER}. Default: no bound.
   */
  constructor(max: number = Infinity) {
    this.#max = max;
  }

  /** Sum of all counts. */
  get total(): number {
    return this.#total;
  }

  /** Number of names, {@linkcode OTHER} left out. */
  get size(): number {
    return this.#counts.size - (this.#counts.has(OTHER) ? 1 : 0);
  }

  /** Adds to a name. */
  add(name: string, count: number = 1): void {
    const key = this.#counts.has(name) || this.size < this.#max ? name : OTHER;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count);
    this.#total += count;
  }

  /** Adds all counts of another. */
  addAll(other: Counts): void {
    for (const [name, count] of other.#counts) this.add(name, count);
  }

  /** The count of a name; 0 for an unknown one. */
  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  /**
   * The largest counts, equal ones by name; all others, and {@linkcode OTHER}, as one last entry.
   *
   * @param limit Maximum number of names.
   */
  top(limit: number): readonly (readonly [name: string, count: number])[] {
    const named = [...this.#counts].filter(([name]) => name !== OTHER)
      .sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
    const shown = named.slice(0, limit);
    const rest = this.#total - shown.reduce((sum, [, count]) => sum + count, 0);
    return rest > 0 ? [...shown, [OTHER, rest]] : shown;
  }
}
