/**
 * An instrument that shows a value as it is now.
 *
 * @module
 */

import { type Instrument, type InstrumentOptions, SeriesMap } from "./_instrument.ts";
import type { BlockWriter, Family } from "../exposition/mod.ts";

/** A value that goes up and down. What is not known has no sample, rather than a 0. */
export interface Gauge {
  /**
   * Shows this value for one series from now on.
   *
   * @param labelValues In the order of the declared label names.
   * @throws {TypeError} If the number of label values is wrong, or the gauge is read.
   */
  set(value: number, ...labelValues: string[]): void;
  /**
   * Takes one series away; true if it was there.
   *
   * @throws {TypeError} If the number of label values is wrong.
   */
  remove(...labelValues: string[]): boolean;
}

/** Settings of a {@linkcode Gauge}. */
export interface GaugeOptions extends InstrumentOptions {
  /** Gives the value when the page is read; undefined for no sample. No labels; must not throw. */
  readonly read?: () => number | undefined;
}

/** A {@linkcode Gauge} as the registry holds it. */
export class GaugeInstrument implements Gauge, Instrument {
  /** Grows with every visible change. */
  version = 0;
  readonly #series: SeriesMap<number>;
  readonly #read: (() => number | undefined) | undefined;

  /**
   * A gauge without samples.
   *
   * @throws {SyntaxError} If a name is not valid.
   * @throws {TypeError} If there are labels and `read`.
   */
  constructor(options: GaugeOptions) {
    this.#series = new SeriesMap("gauge", options);
    this.#read = options.read;
    if (options.read !== undefined && !this.#series.isSingle) {
      throw new TypeError(`Cannot read gauge "${options.name}": it has labels`);
    }
  }

  /** Name, type and help. */
  get family(): Family {
    return this.#series.family;
  }

  /** Shows a value. */
  set(value: number, ...labelValues: string[]): void {
    if (this.#read !== undefined) {
      throw new TypeError(`Cannot set gauge "${this.family.name}": its value is read elsewhere`);
    }
    this.#show(this.#series.key(labelValues), value);
  }

  /** Takes one series away. */
  remove(...labelValues: string[]): boolean {
    const wasThere = this.#series.states.delete(this.#series.key(labelValues));
    if (wasThere) this.version += 1;
    return wasThere;
  }

  /** Calls `read`, if there is one. */
  refresh(): void {
    if (this.#read === undefined) return;
    const value = this.#read();
    if (value === undefined) this.remove();
    else this.#show("", value);
  }

  /** Writes one sample for each series. */
  write(writer: BlockWriter, familyIndex: number): void {
    for (const [labels, value] of this.#series.states) writer.sample(familyIndex, value, labels);
  }

  #show(key: string, value: number): void {
    const before = this.#series.states.get(key);
    if (before !== undefined && Object.is(before, value)) return;
    this.#series.states.set(key, value);
    this.version += 1;
  }
}
