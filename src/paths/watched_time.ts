/**
 * How much time passed from one run of the watchdog to the next, so that no set clock can make it
 * more than it was.
 *
 * @module
 */

import type { Instant } from "./peer.ts";

/** So many intervals without a look are a gap: what happened meanwhile nobody knows. */
export const GAP_INTERVALS = 3;

/** What passed since the last look. */
export interface Passed {
  /** Milliseconds that count. */
  readonly ms: number;
  /** Whether looks followed each other as they should: no gap, no clock that was set. */
  readonly isSteady: boolean;
}

/**
 * Measures the time between looks.
 *
 * Within one process the clock that nobody sets is asked. Over a new process only the date is there
 * to ask, which may have been set meanwhile: then no more than one interval counts, which is what
 * would have passed without that. So runs must not follow each other faster than the interval.
 */
export class WatchedTime {
  readonly #intervalMs: number;
  #lastElapsedMs: number | undefined;
  readonly #lastRunMs: number | undefined;

  /**
   * A measure of a process that starts now.
   *
   * @param intervalMs From one look to the next.
   * @param lastRunMs When the process before last looked, in milliseconds since 1970.
   */
  constructor(intervalMs: number, lastRunMs: number | undefined) {
    this.#intervalMs = intervalMs;
    this.#lastRunMs = lastRunMs;
  }

  /** What passed since the last call; the first of all gives 0, steady. */
  pass({ elapsedMs, nowMs }: Instant): Passed {
    const lastElapsedMs = this.#lastElapsedMs;
    this.#lastElapsedMs = elapsedMs;
    if (lastElapsedMs !== undefined) return this.#judge(elapsedMs - lastElapsedMs, Infinity);
    if (this.#lastRunMs === undefined) return { ms: 0, isSteady: true };
    return this.#judge(nowMs - this.#lastRunMs, this.#intervalMs);
  }

  #judge(ms: number, maxMs: number): Passed {
    const isSteady = ms >= 0 && ms <= this.#intervalMs * GAP_INTERVALS;
    return { ms: isSteady ? Math.min(ms, maxMs) : 0, isSteady };
  }
}
