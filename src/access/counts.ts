/**
 * Counts by name with a bound on the names, and the largest of them.
 *
 * @module
 */

/** What names beyond the bound are counted as. */
export const OTHER = "(other)";

/** Memory that names may take together, wherever they are counted. */
export class NameBudget {
  #left: number;

  /**
   * A budget of which nothing is taken.
   *
   * @param units Room in UTF-16 units; a name takes its length and some more.
   */
  constructor(units: number) {
    this.#left = units;
  }

  /** Takes the room of a name; whether there was enough. */
  take(name: string): boolean {
    if (this.#left < unitsOf(name)) return false;
    this.#left -= unitsOf(name);
    return true;
  }

  /** Gives the room of names back. */
  give(names: Iterable<string>): void {
    for (const name of names) this.#left += unitsOf(name);
  }
}

/** With an entry of a map. */
function unitsOf(name: string): number {
  return name.length + 64;
}

/** A name with its count. */
export type NamedCount = readonly [name: string, count: number];

/** Names between two looks at the clock: 0.2 ms. */
const STEP = 512;

/** Counts by name. */
export class Counts {
  readonly #max: number;
  readonly #budget: NameBudget | undefined;
  readonly #counts = new Map<string, number>();
  #total = 0;

  /**
   * Counts nothing yet.
   *
   * @param max Maximum number of names besides {@linkcode OTHER}. Default: no bound.
   * @param budget What the names take their room from. Default: no bound.
   */
  constructor(max: number = Infinity, budget?: NameBudget) {
    this.#max = max;
    this.#budget = budget;
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
    const isKnown = this.#counts.has(name) || name === OTHER ||
      (this.size < this.#max && (this.#budget?.take(name) ?? true));
    const key = isKnown ? name : OTHER;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count);
    this.#total += count;
  }

  /** Adds all counts of another. */
  addAll(other: Counts): void {
    for (const [name, count] of other.#counts) this.add(name, count);
  }

  /** Gives the room of all names back; nothing is to be added any more. */
  release(): void {
    this.#budget?.give(this.names());
  }

  /** All names, {@linkcode OTHER} left out. */
  *names(): Generator<string> {
    for (const name of this.#counts.keys()) if (name !== OTHER) yield name;
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
  top(limit: number): readonly NamedCount[] {
    const largest = new Largest(limit);
    for (const entry of this.#counts) largest.add(entry);
    return this.#withRest(largest.entries);
  }

  /** The same in slices of time, for any number of names; meanwhile nothing is to be added. */
  async topInSlices(
    limit: number,
    slice: { readonly isOver: boolean; next(): Promise<void> },
  ): Promise<readonly NamedCount[]> {
    const largest = new Largest(limit);
    let seen = 0;
    for (const entry of this.#counts) {
      largest.add(entry);
      if (++seen % STEP === 0 && slice.isOver) await slice.next();
    }
    return this.#withRest(largest.entries);
  }

  #withRest(shown: readonly NamedCount[]): readonly NamedCount[] {
    const rest = this.#total - shown.reduce((sum, [, count]) => sum + count, 0);
    return rest > 0 ? [...shown, [OTHER, rest]] : shown;
  }
}

/** The largest of the counts that it was given. {@linkcode OTHER} is ignored. */
class Largest {
  readonly #limit: number;
  /** Up to twice the limit, so that a sort is needed for every `limit` entries only. */
  #entries: NamedCount[] = [];
  /** The smallest count that may still be among the largest. */
  #least = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** The largest, in order. */
  get entries(): readonly NamedCount[] {
    this.#cut();
    return this.#entries;
  }

  add(entry: NamedCount): void {
    const [name, count] = entry;
    if (count < this.#least || name === OTHER) return;
    this.#entries.push(entry);
    if (this.#entries.length >= 2 * this.#limit) this.#cut();
  }

  #cut(): void {
    this.#entries.sort(([a, one], [b, other]) => other - one || (a < b ? -1 : 1));
    this.#entries.length = Math.min(this.#entries.length, this.#limit);
    if (this.#entries.length === this.#limit) this.#least = this.#entries.at(-1)?.[1] ?? 0;
  }
}
