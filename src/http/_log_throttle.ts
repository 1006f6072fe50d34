/**
 * Something that a client can make happen as often as it likes, and that is worth a line of the log
 * all the same: the first at once, the next after a wait that doubles.
 *
 * @module
 */

import { monotonicMs } from "../time/clock.ts";

/** The shortest and the longest wait between two lines. */
const FIRST_WAIT_MS = 60_000, MAX_WAIT_MS = 3_600_000;

/** Lets few through, and counts the others. */
export class LogThrottle {
  readonly #now: () => number;
  #waitMs = 0;
  #quietUntilMs = -Infinity;
  #untold = 0;

  /**
   * Nothing has happened yet.
   *
   * @param now Monotonic clock in milliseconds. Default: `performance.now`.
   */
  constructor(now: () => number = monotonicMs) {
    this.#now = now;
  }

  /**
   * It has happened once more.
   *
   * @returns How many times it was not told since the last time it was, this one not counted;
   * undefined if this one is not to be told either.
   */
  count(): number | undefined {
    const nowMs = this.#now();
    if (nowMs < this.#quietUntilMs) {
      this.#untold++;
      return undefined;
    }
    // Quiet for as long again as was waited: that was another trouble.
    const isNew = nowMs >= this.#quietUntilMs + this.#waitMs;
    this.#waitMs = isNew ? FIRST_WAIT_MS : Math.min(this.#waitMs * 2, MAX_WAIT_MS);
    this.#quietUntilMs = nowMs + this.#waitMs;
    const untold = this.#untold;
    this.#untold = 0;
    return untold;
  }
}
