/**
 * An instrument that only counts up.
 *
 * @module
 */

import { type Instrument, type InstrumentOptions, SeriesMap } from "./_instrument.ts";
import type { BlockWriter, Family } from "../exposition/mod.ts";

/** Counts events; starts at 0 with the process. */
export interface Counter {
  /**
   * Adds to one series, which appears with its first call; without labels it is there at once.
   *
   * @param amount 1 by default.
   * @param labelValues In the order of the declared label names.
   * @throws {RangeError} If the amount is negative or not finite.
   * @throws {TypeError} If the number of label values is wrong, or the counter is read.
   */
  inc(amount?: number, ...labelValues: string[]): void;
}

/** Settings of a {@linkcode Counter}. */
export interface CounterOptions extends InstrumentOptions {
  /**
   * Gives the total when the page is read, for what is counted elsewhere; only without labels.
   * Undefined, a negative number or NaN: no sample. Must not throw.
   */
  readonly read?: () => number | undefined;
}

/** A {@linkcode Counter} as the registry holds it. */
export class CounterInstrument implements Counter, Instrument {
  /** Grows with every visible change. */
  version = 0;
  readonly #series: SeriesMap<number>;
  readonly #read: (() => number | undefined) | undefined;

  /**
   * A counter without events.
   *
   * @throws {SyntaxError} If a name is not valid; a counter's ends in `_total`.
   * @throws {TypeError} If there are labels and `read`.
   */
  constructor(options: CounterOptions) {
    const { name, read } = options;
    if (!/._total$/.test(name)) {
      throw new SyntaxError(`Cannot make counter "${name}": wanted a name that ends in _total`);
    }
    this.#series = new SeriesMap("counter", options);
    this.#read = read;
    if (read !== undefined && !this.#series.isSingle) {
      throw new TypeError(`Cannot read counter "${name}": it has labels`);
    }
    if (read === undefined && this.#series.isSingle) this.#series.states.set("", 0);
  }

  /** Name, type and help. */
  get family(): Family {
    return this.#series.family;
  }

  /** Adds to one series. */
  inc(amount: number = 1, ...labelValues: string[]): void {
    const { name } = this.family;
    if (this.#read !== undefined) {
      throw new TypeError(`Cannot increment counter "${name}": its total is read elsewhere`);
    }
    if (!(amount >= 0 && Number.isFinite(amount))) {
      throw new RangeError(
        `Cannot increment counter "${name}" by ${amount}: wanted a finite number of 0 or more`,
      );
    }
    const key = this.#series.key(labelValues);
    this.#series.states.set(key, (this.#series.states.get(key) ?? 0) + amount);
    this.version += 1;
  }

  /** Calls `read`, if there is one. */
  refresh(): void {
    if (this.#read === undefined) return;
    const states = this.#series.states;
    const total = this.#read();
    const isKnown = total !== undefined && total >= 0;
    if (isKnown ? states.get("") === total : states.size === 0) return;
    if (isKnown) states.set("", total);
    else states.clear();
    this.version += 1;
  }

  /** Writes one sample for each series. */
  write(writer: BlockWriter, familyIndex: number): void {
    for (const [labels, total] of this.#series.states) writer.sample(familyIndex, total, labels);
  }
}
