/**
 * Admission of work: bounds how many pieces run concurrently and how many start per second.
 *
 * @module
 */

import type { Clock } from "../time/clock.ts";

/** What a {@linkcode Pace} goes by. */
export interface PaceOptions extends Pick<Clock, "delay" | "elapsed"> {
  /** The most that run at once. */
  readonly maxAtOnce: number;
  /** The most that start within a second. */
  readonly maxPerSecond: number;
}

/** Gives out turns. For one caller that waits for each turn before it asks for the next. */
export class Pace {
  readonly #options: PaceOptions;
  readonly #running = new Set<Promise<void>>();
  #nextMs = -Infinity;

  /** A pace with nothing running. */
  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /**
   * Waits for a turn.
   *
   * @throws The signal's reason, when it is aborted before.
   */
  async turn(signal: AbortSignal): Promise<void> {
    const { maxAtOnce, elapsed, delay } = this.#options;
    while (this.#running.size >= maxAtOnce) {
      await Promise.race(this.#running);
      signal.throwIfAborted();
    }
    const waitMs = this.#nextMs - elapsed();
    if (waitMs > 0) await delay(waitMs, signal);
  }

  /** Starts what a turn was given for; it must not reject. */
  start(run: () => Promise<void>): void {
    const { maxPerSecond, elapsed } = this.#options;
    this.#nextMs = elapsed() + 1000 / maxPerSecond;
    const running = run().finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Resolves when nothing runs any more. */
  async idle(): Promise<void> {
    await Promise.all(this.#running);
  }
}
