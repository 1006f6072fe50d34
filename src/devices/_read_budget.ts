/**
 * How many bytes from devices are processed before the event loop gets a turn. A read of bytes that
 * are there already resolves at once, without timers or requests being looked at: a device that
 * sends faster than we read would otherwise hold the whole program for as long as it likes.
 *
 * @module
 */

import { monotonicMs } from "../time/clock.ts";

/** Default: 64 KiB, some 16 scrapes of tailscaled, or less than a millisecond of anything. */
const BUDGET_BYTES = 65_536;

/**
 * A turn that took longer is followed by a pause. Turns without work are over before the other end
 * of a request has sent its next bytes, however many they are: a request needs time as well.
 */
const LONG_TURN_MS = 10, PAUSE_MS = 5;

/** A reader that waits for the next turn to process its bytes. */
interface Waiter {
  readonly bytes: number;
  readonly resume: () => void;
}

/** What a {@linkcode ReadBudget} goes by. */
export interface ReadBudgetOptions {
  /** Bytes processed in one turn of the event loop. Default: 64 KiB. */
  readonly bytes?: number;
  /** Calls back in the next turn of the event loop. Default: `setImmediate`. */
  readonly nextTurn?: (callback: () => void) => void;
  /** Calls back after a pause. Default: `setTimeout` with 5 ms. */
  readonly pause?: (callback: () => void) => void;
  /** A monotonic clock, in milliseconds. Default: `performance.now`. */
  readonly elapsed?: () => number;
}

/** One budget, shared by all connections: what counts is how long all together hold the loop. */
export class ReadBudget {
  readonly #bytes: number;
  readonly #nextTurn: (callback: () => void) => void;
  readonly #pause: (callback: () => void) => void;
  readonly #elapsed: () => number;
  readonly #queue: Waiter[] = [];
  #spent = 0;
  /** When readers were resumed last; undefined once a pause has followed. */
  #resumedAtMs: number | undefined;

  /** A budget of which nothing is spent. */
  constructor(options: ReadBudgetOptions = {}) {
    this.#bytes = options.bytes ?? BUDGET_BYTES;
    this.#nextTurn = options.nextTurn ?? ((callback) => setImmediate(callback));
    this.#pause = options.pause ?? ((callback) => setTimeout(callback, PAUSE_MS));
    this.#elapsed = options.elapsed ?? monotonicMs;
  }

  /**
   * Spends bytes that are to be processed now.
   *
   * @returns undefined if they may be, else a promise that resolves in the turn in which they may;
   *   in the order of the calls, so that a device that sends much delays no other for long.
   */
  spend(bytes: number): Promise<void> | undefined {
    if (this.#queue.length === 0 && this.#spent + bytes <= this.#bytes) {
      this.#spent += bytes;
      return undefined;
    }
    return new Promise((resume) => {
      this.#queue.push({ bytes, resume });
      if (this.#queue.length === 1) this.#nextTurn(this.#resume);
    });
  }

  /**
   * Resumes as many as the budget allows, and one with more than that once all before is paid for:
   * between two large ones there are as many turns as their bytes are worth, not one.
   */
  readonly #resume = (): void => {
    const resumedAtMs = this.#resumedAtMs;
    this.#resumedAtMs = undefined;
    if (resumedAtMs !== undefined && this.#elapsed() - resumedAtMs > LONG_TURN_MS) {
      this.#pause(this.#resume);
      return;
    }
    this.#spent = Math.max(0, this.#spent - this.#bytes);
    let count = 0;
    for (const { bytes, resume } of this.#queue) {
      if (this.#spent > 0 && this.#spent + bytes > this.#bytes) break;
      this.#spent += bytes;
      count++;
      resume();
    }
    this.#queue.splice(0, count);
    if (count > 0) this.#resumedAtMs = this.#elapsed();
    if (this.#queue.length > 0) this.#nextTurn(this.#resume);
  };
}
