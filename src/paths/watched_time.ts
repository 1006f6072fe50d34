/**
 * How much time passed from one run of the watchdog to the next, so that no set clock can make it
 * more than it was.
 *
 * @module
 */

import type { Instant } from "./observation.ts";

/** Longest time in milliseconds between two looks that counts; of more nothing is known. */
export const MAX_GAP_MS = 3_600_000;

/** What passed since the last look. */
export interface Passed {
  /** Milliseconds that count for peers. */
  readonly ms: number;
  /** Milliseconds that passed for certain, whatever the clocks did: for cooldown and limits. */
  readonly sureMs: number;
  /** Milliseconds that may have passed, for what must not be underestimated. */
  readonly mayMs: number;
  /** Whether looks followed each other as they should: no gap, no clock that was set. */
  readonly isSteady: boolean;
}

/** What an earlier process remembered. */
export interface TimeMemory {
  /** When it last looked, in milliseconds since 1970; undefined if never. */
  readonly lastRunMs: number | undefined;
  /** The longest time between two looks, in milliseconds; undefined if it is not known. */
  readonly gapMs: number | undefined;
}

/**
 * Measures the time between looks, whatever the timer that starts them.
 *
 * Within one process the monotonic clock tells. Over a new process only the date does, which may
 * have been set meanwhile. So for peers no more counts than the longest time that lay between two
 * looks before: a slow timer loses one look, and a jump of the date is not believed the first time.
 * For cooldown and limits, which must never end early, no more counts than the interval of the
 * settings.
 */
export class WatchedTime {
  readonly #intervalMs: number;
  readonly #lastRunMs: number | undefined;
  #lastElapsedMs: number | undefined;
  #gapMs: number | undefined;

  /**
   * A measure of a process that starts now.
   *
   * @param intervalMs From one look to the next, by the settings.
   */
  constructor(intervalMs: number, { gapMs, lastRunMs }: TimeMemory) {
    this.#intervalMs = intervalMs;
    this.#gapMs = gapMs;
    this.#lastRunMs = lastRunMs;
  }

  /** The longest time between two looks that followed each other; undefined before the second. */
  get gapMs(): number | undefined {
    return this.#gapMs;
  }

  /** What passed since the last call; the first of all gives 0, steady. */
  pass({ elapsedMs, nowMs }: Instant): Passed {
    const lastElapsedMs = this.#lastElapsedMs;
    this.#lastElapsedMs = elapsedMs;
    if (lastElapsedMs !== undefined) return this.#judge(elapsedMs - lastElapsedMs, Infinity);
    if (this.#lastRunMs === undefined) return { ms: 0, sureMs: 0, mayMs: 0, isSteady: true };
    return this.#judge(nowMs - this.#lastRunMs, this.#intervalMs);
  }

  #judge(ms: number, sureMs: number): Passed {
    if (!(ms >= 0 && ms <= MAX_GAP_MS)) return { ms: 0, sureMs: 0, mayMs: 0, isSteady: false };
    const knownMs = Math.max(sureMs, this.#gapMs ?? 0);
    this.#gapMs = Math.max(this.#gapMs ?? 0, ms);
    return { ms: Math.min(ms, knownMs), sureMs: Math.min(ms, sureMs), mayMs: ms, isSteady: true };
  }
}
