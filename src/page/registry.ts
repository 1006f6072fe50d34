/**
 * A program's own metrics: counters, gauges and histograms that are written to whenever something
 * happens, and a registry that shows them as one section of the page.
 *
 * @module
 */

import type { Instrument } from "./_instrument.ts";
import { BlockWriter, type Family, FamilyTable } from "../exposition/mod.ts";
import { type Counter, CounterInstrument, type CounterOptions } from "./counter.ts";
import { type Gauge, GaugeInstrument, type GaugeOptions } from "./gauge.ts";
import { type Histogram, HistogramInstrument, type HistogramOptions } from "./histogram.ts";
import { type PageSection, type SectionView, viewOfBlock } from "./_section_view.ts";

export type { InstrumentOptions } from "./_instrument.ts";
export type { Counter, CounterOptions } from "./counter.ts";
export type { Gauge, GaugeOptions } from "./gauge.ts";
export type { Histogram, HistogramOptions } from "./histogram.ts";

/** Settings of a {@linkcode Registry}. */
export interface RegistryOptions {
  /** The key of the one block that a view holds; "" by default. */
  readonly key?: string;
}

/**
 * The instruments of one program, shown in the order in which they were made.
 *
 * Label values are the caller's to bound: each new combination stays until it is removed.
 */
export class Registry implements PageSection {
  readonly #key: string;
  readonly #table = new FamilyTable([]);
  readonly #writer: BlockWriter = new BlockWriter(this.#table, { reusesBlocks: true });
  readonly #instruments: Instrument[] = [];
  #snapshot: SectionView | undefined;

  /** A registry without instruments. */
  constructor(options: RegistryOptions = {}) {
    this.#key = options.key ?? "";
  }

  /**
   * Makes a counter; without labels it starts at 0.
   *
   * @throws {SyntaxError} If a name is not valid.
   * @throws {TypeError} If the name is taken, or would clash in OpenMetrics.
   */
  counter(options: CounterOptions): Counter {
    return this.#add(new CounterInstrument(options));
  }

  /**
   * Makes a gauge; it has no sample until it is set, or read as anything but undefined.
   *
   * @throws {SyntaxError} If a name is not valid.
   * @throws {TypeError} If the name is taken, or would clash in OpenMetrics.
   */
  gauge(options: GaugeOptions): Gauge {
    return this.#add(new GaugeInstrument(options));
  }

  /**
   * Makes a histogram; without labels it starts with nothing counted.
   *
   * @throws {SyntaxError} If a name is not valid.
   * @throws {RangeError} If the buckets are not finite, rising and 0 or more.
   * @throws {TypeError} If the name is taken, or would clash in OpenMetrics.
   */
  histogram(options: HistogramOptions): Histogram {
    return this.#add(new HistogramInstrument(options));
  }

  /** The families, in order, whether they have samples or not. */
  families(): readonly Family[] {
    return this.#instruments.map((instrument) => instrument.family);
  }

  /** All samples as they are now, `read` called; the same object until something changes. */
  snapshot(): SectionView {
    let generation = this.#table.epoch;
    for (const instrument of this.#instruments) {
      instrument.refresh();
      generation += instrument.version;
    }
    if (this.#snapshot?.generation === generation) return this.#snapshot;
    this.#writer.begin("");
    for (const [index, instrument] of this.#instruments.entries()) {
      instrument.write(this.#writer, index);
    }
    const block = this.#writer.finish();
    this.#snapshot = viewOfBlock(this.#key, block, this.#table.headers(), generation);
    return this.#snapshot;
  }

  #add<T extends Instrument>(instrument: T): T {
    const { family } = instrument;
    const claimed = this.#table.indexOf(family.name) === undefined
      ? this.#table.claim(family)
      : "name_conflict";
    if (typeof claimed === "string") {
      const problem = claimed === "name_conflict"
        ? "another family has this name, or one that OpenMetrics derives from it"
        : claimed;
      throw new TypeError(`Cannot register ${family.type} "${family.name}": ${problem}`);
    }
    this.#table.retain(claimed);
    this.#instruments.push(instrument);
    return instrument;
  }
}
