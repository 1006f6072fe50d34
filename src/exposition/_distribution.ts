/**
 * The samples of one histogram or summary of one page. They belong together: a set with a part
 * missing is read differently by different readers (some invent a `_sum` of 0), so an incomplete
 * one is refused. The complete ones are written in one order, whatever order they came in.
 *
 * @module
 */

import { readNumber } from "./parse.ts";

/** One sample of a histogram or summary. */
export interface Part {
  /** What its name adds to the family's: "_bucket", "_sum", "_count", or "" for a quantile. */
  readonly suffix: string;
  /** Its labels without `le` or `quantile`, in canonical order: which set it belongs to. */
  readonly key: string;
  /** The same labels in the device's order, each followed by a comma. */
  readonly labels: string;
  /** The text of `le` or `quantile`; undefined if it has no such label. */
  readonly bound: string | undefined;
  /** The text of its value. */
  readonly value: string;
  /** Where its line starts, to say where a fault is. */
  readonly offset: number;
}

/** One sample line, but for the family's name and the labels that all lines have. */
export interface Line {
  /** What its name adds to the family's. */
  readonly suffix: string;
  /** Its labels, without braces. */
  readonly labels: string;
  /** The text of its value. */
  readonly value: string;
}

/** Says where and what is wrong, and what is wanted; does not return. */
export type Refuse = (offset: number, problem: string, wanted: string) => never;

interface PartSet {
  readonly first: Part;
  readonly bounds: Map<number, Part>;
  sum: Part | undefined;
  count: Part | undefined;
}

/** Collects the samples of one family, and gives them back checked and in order. */
export class Distribution {
  readonly #isHistogram: boolean;
  readonly #sets = new Map<string, PartSet>();

  /** An empty histogram, or an empty summary. */
  constructor(type: "histogram" | "summary") {
    this.#isHistogram = type === "histogram";
  }

  /** Takes one sample, or refuses it for what can be seen from it and those before. */
  add(part: Part, refuse: Refuse): void {
    const value = readNumber(part.value);
    const isCounted = part.suffix === "_bucket" || part.suffix === "_count";
    if (value < 0 || (Number.isNaN(value) && part.suffix !== "")) {
      refuse(part.offset, "a histogram or summary below zero or NaN", "a count, sum or quantile");
    }
    if (isCounted && !Number.isInteger(value)) {
      refuse(part.offset, "a count that is no whole number", "a whole number");
    }
    let set = this.#sets.get(part.key);
    if (set === undefined) {
      set = { first: part, bounds: new Map(), sum: undefined, count: undefined };
      this.#sets.set(part.key, set);
    }
    if (part.suffix === "_sum" || part.suffix === "_count") {
      const name = part.suffix === "_sum" ? "sum" : "count";
      if (set[name] !== undefined) refuse(part.offset, "a series twice", "each series once");
      set[name] = part;
      return;
    }
    const bound = this.#bound(part, refuse);
    if (set.bounds.has(bound)) refuse(part.offset, "a series twice", "each series once");
    set.bounds.set(bound, part);
  }

  #bound(part: Part, refuse: Refuse): number {
    const text = part.bound ?? "";
    const bound = /^[+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : NaN;
    if (this.#isHistogram) {
      if (text === "+Inf") return Infinity;
      if (Number.isFinite(bound)) return bound;
      return refuse(part.offset, "a bucket with a wrong `le`", "a number from 0, or +Inf");
    }
    if (bound <= 1) return bound;
    return refuse(part.offset, "a wrong `quantile`", "a number from 0 to 1");
  }

  /** All lines, each set together: buckets or quantiles ascending, then sum and count. */
  lines(refuse: Refuse): readonly Line[] {
    const lines: Line[] = [];
    for (const { first, bounds, sum, count } of this.#sets.values()) {
      if (sum === undefined) return refuse(first.offset, "a set without its _sum", "_sum");
      if (count === undefined) return refuse(first.offset, "a set without its _count", "_count");
      const sorted = [...bounds].sort(([a], [b]) => a - b);
      if (this.#isHistogram) checkBuckets(sorted, count, first, refuse);
      const boundName = this.#isHistogram ? "le" : "quantile";
      for (const [, part] of sorted) {
        lines.push({ ...part, labels: `${part.labels}${boundName}="${part.bound}"` });
      }
      for (const part of [sum, count]) lines.push({ ...part, labels: part.labels.slice(0, -1) });
    }
    return lines;
  }
}

function checkBuckets(
  sorted: readonly (readonly [number, Part])[],
  count: Part,
  first: Part,
  refuse: Refuse,
): void {
  let below = 0;
  for (const [, part] of sorted) {
    const value = readNumber(part.value);
    if (value < below) refuse(part.offset, "a bucket below the one before", "cumulative buckets");
    below = value;
  }
  if (sorted.at(-1)?.[0] !== Infinity) {
    refuse(first.offset, "a histogram without its +Inf bucket", 'le="+Inf"');
  }
  if (below !== readNumber(count.value)) {
    refuse(count.offset, "a _count that is not the +Inf bucket's value", "the same number");
  }
}
