/**
 * Timers seen from outside, where what sets them takes no delay as an option.
 *
 * @module
 */

/** A pending timer. */
export interface Timer {
  /** For how many milliseconds. */
  readonly ms: number;
  /** Lets it end now; only for one that is still to end. */
  readonly end: () => void;
}

/** Notes the timers that are set until it is disposed of. */
export class TimerWatch implements Disposable {
  /** All that were set, in order, those that have ended too. */
  readonly timers: Timer[] = [];
  readonly #setTimeout = globalThis.setTimeout;

  /** Notes from now on. */
  constructor() {
    const setTimeout = (run: () => void, ms = 0) => {
      const id = this.#setTimeout.call(globalThis, run, ms);
      const end = () => {
        clearTimeout(id);
        run();
      };
      this.timers.push({ ms, end });
      return id;
    };
    Object.assign(globalThis, { setTimeout });
  }

  /** Gives the platform its own function back. */
  [Symbol.dispose](): void {
    Object.assign(globalThis, { setTimeout: this.#setTimeout });
  }
}
