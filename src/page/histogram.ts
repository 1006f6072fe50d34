/**
 * An instrument that counts observations by size.
 *
 * @module
 */

import { type Instrument, type InstrumentOptions, SeriesMap } from "./_instrument.ts";
import { type BlockWriter, type Family, formatBound, renderLabels } from "../exposition/mod.ts";

/** Counts observations, of durations or sizes, in cumulative buckets. */
export interface Histogram {
  /**
   * Counts one observation; a series appears with its first, without labels it is there at once.
   *
   * @param value In the unit that the name ends in.
   * @param labelValues In the order of the declared label names.
   * @throws {RangeError} If the value is negative or not finite: OpenMetrics would not take the
   * sum.
   * @throws {TypeError} If the number of label values is wrong.
   */
  observe(value: number, ...labelValues: string[]): void;
}

/** Settings of a {@linkcode Histogram}. */
export interface HistogramOptions extends InstrumentOptions {
  /** Upper bounds, inclusive, rising, finite, 0 or more. A bucket for the rest comes by itself. */
  readonly buckets: readonly number[];
}

interface State {
  /** Observations by bucket, not cumulative; the last is for what is above all bounds. */
  readonly counts: number[];
  sum: number;
}

/** A {@linkcode Histogram} as the registry holds it. */
export class HistogramInstrument implements Histogram, Instrument {
  /** Grows with every visible change. */
  version = 0;
  readonly #series: SeriesMap<State>;
  readonly #buckets: readonly number[];
  /** The `le` label of each bucket, rendered. */
  readonly #bounds: readonly string[];

  /**
   * A histogram without observations.
   *
   * @throws {SyntaxError} If a name is not valid; `le` is not for you to use.
   * @throws {RangeError} If the buckets are not finite, rising and 0 or more.
   */
  constructor(options: HistogramOptions) {
    this.#series = new SeriesMap("histogram", options, ["le"]);
    const { name, buckets } = options;
    const isWrong = (bound: number, index: number) =>
      !Number.isFinite(bound) || bound < 0 || bound <= (buckets[index - 1] ?? -1);
    if (buckets.some(isWrong)) {
      throw new RangeError(
        `Cannot make histogram "${name}" with buckets ${buckets.join(", ")}: ` +
          "wanted rising finite numbers of 0 or more",
      );
    }
    this.#buckets = [...buckets];
    this.#bounds = [...buckets, Infinity].map((bound) =>
      renderLabels([["le", formatBound(bound)]])
    );
    if (this.#series.isSingle) this.#series.states.set("", this.#empty());
  }

  /** Name, type and help. */
  get family(): Family {
    return this.#series.family;
  }

  /** Counts one observation. */
  observe(value: number, ...labelValues: string[]): void {
    if (!(value >= 0 && Number.isFinite(value))) {
      throw new RangeError(
        `Cannot observe ${value} in histogram "${this.family.name}": ` +
          "wanted a finite number of 0 or more",
      );
    }
    const key = this.#series.key(labelValues);
    const state = this.#series.states.get(key) ?? this.#empty();
    const found = this.#buckets.findIndex((bound) => value <= bound);
    const bucket = found === -1 ? this.#buckets.length : found;
    state.counts[bucket] = (state.counts[bucket] ?? 0) + 1;
    state.sum += value;
    this.#series.states.set(key, state);
    this.version += 1;
  }

  /** Nothing to look up. */
  refresh(): void {}

  /** Writes buckets, sum and count of each series. */
  write(writer: BlockWriter, familyIndex: number): void {
    for (const [labels, { counts, sum }] of this.#series.states) {
      let count = 0;
      for (const [index, bound] of this.#bounds.entries()) {
        count += counts[index] ?? 0;
        const all = labels === "" ? bound : `${labels},${bound}`;
        writer.sample(familyIndex, count, all, "_bucket");
      }
      writer.sample(familyIndex, sum, labels, "_sum");
      writer.sample(familyIndex, count, labels, "_count");
    }
  }

  #empty(): State {
    return { counts: this.#bounds.map(() => 0), sum: 0 };
  }
}
