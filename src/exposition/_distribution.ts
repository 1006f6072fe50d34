/**
 * The samples of one histogram or summary of one page. They belong together: OpenMetrics readers
 * refuse a page with a histogram of which a part is missing, so such a set is left out. Summaries
 * may lack parts. Sets are written in one order, whatever order their samples came in.
 *
 * @module
 */

import { readNumber } from "./_number.ts";

/** Bounds that are looked at in one go. */
const REST_BOUNDS = 64;

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

/** A sample with the number that its text stands for. */
interface Sound extends Part {
  readonly number: number;
}

interface PartSet {
  readonly bounds: Map<number, Sound>;
  sum: Sound | undefined;
  count: Sound | undefined;
  /** Whether a part of it was malformed, so that the rest says nothing. */
  isBroken: boolean;
}

/** Collects the samples of one family, and gives them back checked and in order. */
export class Distribution {
  readonly #isHistogram: boolean;
  readonly #sets = new Map<string, PartSet>();
  #malformedCount = 0;

  /** An empty histogram, or an empty summary. */
  constructor(type: "histogram" | "summary") {
    this.#isHistogram = type === "histogram";
  }

  /**
   * Takes one sample.
   *
   * @returns Why it is left out, as far as can be seen from it and those before; undefined if it
   *   is not.
   */
  add(part: Part): "duplicate" | "malformed" | undefined {
    if (this.#isHistogram && part.suffix === "") return "malformed";
    let set = this.#sets.get(part.key);
    if (set === undefined) {
      set = { bounds: new Map(), sum: undefined, count: undefined, isBroken: false };
      this.#sets.set(part.key, set);
    }
    const bound = this.#boundOf(part);
    const sound = { ...part, number: readNumber(part.value) };
    if (!isSound(sound) || Number.isNaN(bound)) {
      set.isBroken = true;
      return "malformed";
    }
    if (part.suffix === "_sum" || part.suffix === "_count") {
      const name = part.suffix === "_sum" ? "sum" : "count";
      if (set[name] !== undefined) return "duplicate";
      set[name] = sound;
      return undefined;
    }
    if (set.bounds.has(bound)) return "duplicate";
    set.bounds.set(bound, sound);
    return undefined;
  }

  /** The bound of a bucket or quantile, NaN if it is none; 0 for a sum and a count. */
  #boundOf({ suffix, bound: text = "" }: Part): number {
    if (suffix === "_sum" || suffix === "_count") return 0;
    if (this.#isHistogram && isInfinite(text)) return Infinity;
    const bound = /^[+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text) ? Number(text) : NaN;
    return Number.isFinite(bound) && (this.#isHistogram || bound <= 1) ? bound : NaN;
  }

  /** How many samples are left out because they belong to no whole set; known after all lines. */
  get malformedCount(): number {
    return this.#malformedCount;
  }

  /**
   * All lines, one at a time, each set together: buckets or quantiles ascending, then sum and
   * count. Between them undefined, where nothing is to be written and the caller can stop.
   */
  *lines(): Generator<Line | undefined> {
    this.#malformedCount = 0;
    for (const { bounds, sum, count, isBroken } of this.#sets.values()) {
      // Numbers without a function to compare them: 400,000 take 30 ms in place of 300.
      const sorted = new Float64Array(bounds.size);
      let filled = 0;
      for (const bound of bounds.keys()) {
        sorted[filled++] = bound;
        if (filled % REST_BOUNDS === 0) yield undefined;
      }
      sorted.sort();
      const isCumulative = !this.#isHistogram || (yield* areCumulative(sorted, bounds, count));
      const isWhole = !isBroken && isCumulative && !(this.#isHistogram && sum === undefined);
      if (!isWhole) {
        this.#malformedCount += bounds.size + (sum === undefined ? 0 : 1) +
          (count === undefined ? 0 : 1);
        yield undefined;
        continue;
      }
      for (const bound of sorted) {
        const part = bounds.get(bound);
        if (part === undefined) continue;
        const { suffix, labels, bound: text, value } = part;
        const shown = bound === Infinity ? "+Inf" : text;
        const boundLabel = `${this.#isHistogram ? "le" : "quantile"}="${shown}"`;
        yield { suffix, labels: `${labels}${boundLabel}`, value };
      }
      for (const part of [sum, count]) {
        if (part === undefined) continue;
        yield { suffix: part.suffix, labels: part.labels.slice(0, -1), value: part.value };
      }
    }
  }
}

/** Whether the value is one that a strict reader takes in this place. */
function isSound({ suffix, number: value }: Sound): boolean {
  if (value < 0 || (Number.isNaN(value) && suffix !== "")) return false;
  return Number.isInteger(value) || (suffix !== "_bucket" && suffix !== "_count");
}

function isInfinite(text: string): boolean {
  return /^[+]?inf(?:inity)?$/i.test(text);
}

function* areCumulative(
  sorted: Float64Array,
  bounds: ReadonlyMap<number, Sound>,
  count: Sound | undefined,
): Generator<undefined, boolean> {
  let below = 0;
  let seen = 0;
  for (const bound of sorted) {
    const { number = 0 } = bounds.get(bound) ?? {};
    if (number < below) return false;
    below = number;
    if (++seen % REST_BOUNDS === 0) yield undefined;
  }
  return sorted.at(-1) === Infinity && below === count?.number;
}
