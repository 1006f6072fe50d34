/**
 * Leaving labels out of a device's samples, on their general way. A label that tells two samples of
 * its family apart is found by trying: without it both would be one series, so it stays, on this
 * page and on every later one.
 *
 * @module
 */

import { type BinaryLabel, renderBinary, sortLabels } from "./_label.ts";

/** What is to be left out of foreign pages; each name's answer must not change. */
export interface DropRules {
  /** Whether a family is left out as a whole. */
  dropsFamily(family: string): boolean;
  /** Whether {@linkcode DropRules.dropsLabel} may be true for some label of the family. */
  touches(family: string): boolean;
  /** Whether a label of a family is to be left out, unless it tells samples apart. */
  dropsLabel(family: string, label: string): boolean;
}

/** Bound of what is remembered about names that devices choose. */
const MAX_NAMES = 1000;

/**
 * Samples of which nothing had to be left out that are kept aside: when one comes of which
 * something has to, all are looked at in one go.
 */
const MAX_WHOLE = 256;

/** What a remembered name costs besides its characters. */
const NAME_OVERHEAD_BYTES = 100;

/** How much the families of one memory together have remembered of labels' names. */
export interface RememberedNames {
  /** Bytes of all names, those forgotten meanwhile too. */
  bytes: number;
}

/** Leaves labels out of the samples of one family. */
export class LabelDrop {
  readonly #family: string;
  readonly #rules: DropRules;
  readonly #names: RememberedNames;
  readonly #decided = new Map<string, boolean>();
  /** Labels that stay although the rules would leave them out. */
  readonly #kept = new Set<string>();
  /** Those that will join them when the page is read again. */
  readonly #colliding = new Set<string>();
  /** Labels as they go out → as they came, on the page at hand. */
  readonly #seen = new Map<string, readonly BinaryLabel[]>();
  /** Samples of which nothing had to be left out, while there are no others. */
  readonly #whole: (readonly BinaryLabel[])[] = [];
  #keepsAll = false;

  /**
   * A family whose labels may all be left out, as far as the rules say so.
   *
   * @param names Is told of each name that is remembered, so that the owner of many families can
   *   bound them together. Default: an account of its own.
   */
  constructor(family: string, rules: DropRules, names: RememberedNames = { bytes: 0 }) {
    this.#family = family;
    this.#rules = rules;
    this.#names = names;
  }

  /** Starts a page. */
  begin(): void {
    if (this.#seen.size > 0) this.#seen.clear();
    this.#whole.length = 0;
    this.#colliding.clear();
  }

  /**
   * The labels that a sample keeps.
   *
   * @param labels Our names taken care of, without `le` or `quantile` of a distribution.
   * @returns undefined if another sample has the same then: the page has to be read again.
   */
  shorten(labels: readonly BinaryLabel[]): readonly BinaryLabel[] | undefined {
    if (this.#keepsAll) return labels;
    const isWhole = !labels.some(([name]) => this.#isDropped(name));
    if (isWhole && this.#seen.size === 0 && this.#whole.length < MAX_WHOLE) {
      this.#whole.push(labels);
      return labels;
    }
    for (const one of this.#whole) this.#seen.set(renderBinary(sortLabels(one)), one);
    this.#whole.length = 0;
    const short = isWhole ? labels : labels.filter(([name]) => !this.#isDropped(name));
    const key = renderBinary(sortLabels(short));
    const other = this.#seen.get(key);
    if (other === undefined) {
      this.#seen.set(key, labels);
      return short;
    }
    const differing = findDiffering(labels, other);
    for (const name of differing) this.#colliding.add(name);
    return differing.length === 0 ? short : undefined;
  }

  /**
   * Makes sure that what collided on the page at hand does not when it is read again.
   *
   * Once more is enough: samples that collide differ from the first of them in labels that stay
   * from now on, and in no others, so two that agree on all that stay would be the same series.
   *
   * @returns The labels that stay from now on, "*" for all; empty if the page is done.
   */
  keepColliding(): readonly string[] {
    if (this.#colliding.size === 0) return [];
    if (this.#kept.size > MAX_NAMES) {
      this.#keepsAll = true;
      return ["*"];
    }
    for (const name of this.#colliding) this.#kept.add(name);
    return [...this.#colliding];
  }

  #isDropped(name: string): boolean {
    if (this.#kept.has(name)) return false;
    let isDropped = this.#decided.get(name);
    if (isDropped === undefined) {
      if (this.#decided.size >= MAX_NAMES) this.#decided.clear();
      isDropped = this.#rules.dropsLabel(this.#family, name);
      this.#decided.set(name, isDropped);
      this.#names.bytes += name.length + NAME_OVERHEAD_BYTES;
    }
    return isDropped;
  }
}

/** The labels that only one of two samples has, or that have different values. */
function findDiffering(
  labels: readonly BinaryLabel[],
  others: readonly BinaryLabel[],
): readonly string[] {
  const values = new Map(labels);
  const otherValues = new Map(others);
  const names = [...labels, ...others].map(([name]) => name);
  return names.filter((name, at) =>
    names.indexOf(name) === at && values.get(name) !== otherValues.get(name)
  );
}
