/**
 * Drops labels from a device's samples, on the slow path. A label that tells two samples of its
 * family apart is found when both become the same series: it is kept, on this page and all later.
 *
 * @module
 */

import { type BinaryLabel, renderBinary, sortLabels } from "./_label.ts";

/** What to drop from foreign pages. The answer for a name must not change. */
export interface DropRules {
  /** Whether a family is dropped as a whole. */
  dropsFamily(family: string): boolean;
  /** Whether {@linkcode DropRules.dropsLabel} may be true for some label of the family. */
  touches(family: string): boolean;
  /** Whether a label of a family is dropped, unless it tells samples apart. */
  dropsLabel(family: string, label: string): boolean;
}

/** Maximum number of label names that are cached per family: devices choose them. */
const MAX_NAMES = 1000;

/**
 * Number of samples without a dropped label that are only collected; they are compared when one
 * with a dropped label comes.
 */
const MAX_WHOLE = 256;

/** Memory of a cached name besides its characters. */
const NAME_OVERHEAD_BYTES = 100;

/** The label names that all families of one cache hold. */
export interface RememberedNames {
  /** Their bytes; never lowered for a name that is evicted. */
  bytes: number;
}

/** Drops labels from the samples of one family. */
export class LabelDrop {
  readonly #family: string;
  readonly #rules: DropRules;
  readonly #names: RememberedNames;
  readonly #decided = new Map<string, boolean>();
  /** Labels that are kept although the rules drop them. */
  readonly #kept = new Set<string>();
  /** Labels that will be kept when the page is read again. */
  readonly #colliding = new Set<string>();
  /** Labels as written → as read, on this page. */
  readonly #seen = new Map<string, readonly BinaryLabel[]>();
  /** Samples without a dropped label, while there are no others. */
  readonly #whole: (readonly BinaryLabel[])[] = [];
  #keepsAll = false;

  /**
   * A family whose labels may all be dropped, if the rules say so.
   *
   * @param names Counts the cached names, so that the owner of many families can bound them
   *   together. Default: a count of its own.
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
   * @param labels Renamed where they have one of our names; without `le` or `quantile`.
   * @returns undefined if another sample has the same labels then: the page must be read again.
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
   * Keeps the labels that collided on this page from now on, so that it can be read again.
   *
   * Once is enough: samples that collide differ from the first of them in labels that are kept from
   * now on, and in no others, so two that agree on all kept labels would be the same series.
   *
   * @returns The labels that are kept from now on, "*" for all; empty if nothing collided.
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
