/**
 * The first elements of a long list in order, without sorting all of it: a page of a hundred needs
 * no order among the other ten thousand.
 *
 * @module
 */

/** Elements beyond those wanted that are gathered before all but the first are dropped. */
const SLACK = 1024;

/** Gathers the first elements of a list. Stable: equal elements keep their order. */
export class FirstElements<T> {
  readonly #wanted: number;
  readonly #compare: (a: T, b: T) => number;
  #elements: T[] = [];
  /** The last of the first, as soon as there are as many as wanted. */
  #last: T | undefined;
  #count = 0;

  /**
   * None yet.
   *
   * @param wanted How many are kept.
   * @param compare As for `Array.prototype.sort`.
   */
  constructor(wanted: number, compare: (a: T, b: T) => number) {
    this.#wanted = wanted;
    this.#compare = compare;
  }

  /** Number of elements that were added. */
  get count(): number {
    return this.#count;
  }

  /** Adds an element. */
  add(element: T): void {
    this.#count++;
    if (this.#last !== undefined && this.#compare(element, this.#last) >= 0) return;
    if (this.#elements.push(element) >= this.#wanted + SLACK) this.#cut();
  }

  /** The first elements in order: at most as many as are wanted. */
  inOrder(): readonly T[] {
    this.#cut();
    return this.#elements;
  }

  #cut(): void {
    this.#elements.sort(this.#compare);
    this.#elements.length = Math.min(this.#elements.length, this.#wanted);
    this.#last = this.#elements.length < this.#wanted ? undefined : this.#elements.at(-1);
  }
}
