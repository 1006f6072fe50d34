/**
 * The clock of the collection: what a collector is, and the one loop that runs them. Collectors do
 * not time themselves and do not retry; the next cycle is the retry.
 *
 * @module
 */

import { describeError } from "../errors.ts";
import type { Logger } from "../log/log.ts";
import type { Clock } from "../time/clock.ts";
import { TroubleLog } from "../log/trouble.ts";

/** One subject of the collection. */
export interface Collector {
  /** The target that its errors are counted under. */
  readonly name: string;
  /**
   * Brings its part of the page up to date. Expected failures (an API that is down, a device that
   * hangs) are its own business; what it throws is a defect, which the loop logs and survives.
   */
  collect(signal: AbortSignal): Promise<void>;
}

/** Observes the cycles. */
export interface CycleObserver {
  /** A cycle of all collectors has ended. */
  cycleEnded(seconds: number): void;
  /** A collector threw. */
  collectorFailed(name: string): void;
}

/** What a {@linkcode CollectionLoop} needs. */
export interface CollectionLoopOptions extends Pick<Clock, "delay" | "elapsed"> {
  /** Run one after the other in each cycle, in this order. */
  readonly collectors: readonly Collector[];
  /** From the start of one cycle to the start of the next, in milliseconds. */
  readonly intervalMs: number;
  /** Observes the cycles. */
  readonly observer: CycleObserver;
  /** Logs each trouble of a collector once. */
  readonly log: Logger;
}

/** Runs collectors, cycle after cycle, one cycle at a time. */
export class CollectionLoop {
  readonly #options: CollectionLoopOptions;
  readonly #trouble: TroubleLog;
  #lastProgressMs: number;
  #cycleCount = 0;
  #isBusy = false;

  /**
   * A loop that has not run yet.
   *
   * @param options The collectors and their clock.
   */
  constructor(options: CollectionLoopOptions) {
    this.#options = options;
    this.#trouble = new TroubleLog(options.log);
    this.#lastProgressMs = options.elapsed();
  }

  /** The names of its collectors, for reports. */
  get name(): string {
    return this.#options.collectors.map(({ name }) => name).join(", ");
  }

  /** How many cycles have ended. */
  get cycleCount(): number {
    return this.#cycleCount;
  }

  /** Whether a cycle is under way. */
  get isBusy(): boolean {
    return this.#isBusy;
  }

  /** When there was progress last; long ago means that the loop hangs. */
  get lastProgressMs(): number {
    return this.#lastProgressMs;
  }

  /** Notes progress within a long cycle. Bound. */
  readonly touch: () => void = () => {
    this.#lastProgressMs = this.#options.elapsed();
  };

  /**
   * One cycle. A collector that throws does not keep the others from running.
   *
   * @throws The signal's reason, if it is aborted.
   */
  async runOnce(signal: AbortSignal): Promise<void> {
    const { elapsed, observer } = this.#options;
    const startMs = elapsed();
    this.touch();
    this.#isBusy = true;
    try {
      await this.#collect(signal);
    } finally {
      this.#isBusy = false;
    }
    this.#cycleCount++;
    observer.cycleEnded((elapsed() - startMs) / 1000);
  }

  /**
   * The first cycle at once, then one at each multiple of the interval from there; multiples that
   * pass while a cycle runs are left out.
   *
   * @returns When the signal is aborted.
   */
  async run(signal: AbortSignal): Promise<void> {
    const { intervalMs, elapsed, delay } = this.#options;
    let startMs = elapsed();
    while (!signal.aborted) {
      try {
        await this.runOnce(signal);
        const late = Math.max(1, Math.ceil((elapsed() - startMs) / intervalMs));
        startMs += late * intervalMs;
        // The clock is monotonic; should it go back all the same, no wait is longer than a cycle.
        const waitMs = Math.min(startMs - elapsed(), intervalMs);
        startMs = elapsed() + waitMs;
        await delay(waitMs, signal);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
    }
  }

  async #collect(signal: AbortSignal): Promise<void> {
    const { collectors, observer } = this.#options;
    for (const collector of collectors) {
      try {
        await collector.collect(signal);
        this.#trouble.over(collector.name, "The {collector} collector works again", {
          collector: collector.name,
        });
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        observer.collectorFailed(collector.name);
        this.#trouble.report(collector.name, "The {collector} collector failed: {reason}", {
          collector: collector.name,
          reason: describeError(error),
        });
      }
      this.touch();
    }
  }
}
