/**
 * A clock that stands still until the test moves it. Hand `clock.now` and `clock.delay` to what
 * takes a clock and a delay as options.
 *
 * @module
 */

import { setImmediate } from "node:timers";

interface Waiter {
  readonly atMs: number;
  readonly wake: () => void;
}

/** A manual clock with the delays that wait on it. */
export class FakeClock {
  #nowMs: number;
  #setBy = 0;
  readonly #waiters: Waiter[] = [];
  readonly #settle: () => Promise<void>;

  /**
   * A clock that says `startMs`.
   *
   * @param startMs Milliseconds since 1970. Default: 1 February 2026.
   * @param rest What `advance` waits for at each step. Default: {@linkcode settle}.
   */
  constructor(startMs: number = Date.UTC(2026, 1, 1), rest: () => Promise<void> = settle) {
    this.#nowMs = startMs;
    this.#settle = rest;
  }

  /** What the clock says, in milliseconds. Bound: may be handed out as a function. */
  readonly now: () => number = () => this.#nowMs + this.#setBy;

  /** Milliseconds by a clock that {@linkcode FakeClock.set} does not move; bound, like `now`. */
  readonly elapsed: () => number = () => this.#nowMs;

  /**
   * Sets what `now` says, as an operator or a time server does; no delay wakes by it.
   *
   * @param ms How far, in milliseconds; below 0 sets it back.
   */
  set(ms: number): void {
    this.#setBy += ms;
  }

  /**
   * Resolves once the clock has been moved so far; at once for 0 or less. Bound, like `now`.
   *
   * @throws The signal's reason, when it is aborted before.
   */
  readonly delay: (ms: number, signal?: AbortSignal) => Promise<void> = (ms, signal) => {
    if (signal?.aborted) return Promise.reject(signal.reason);
    if (ms <= 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const waiter: Waiter = {
        atMs: this.#nowMs + ms,
        wake: () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        },
      };
      const abort = () => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", abort, { once: true });
      this.#waiters.push(waiter);
    });
  };

  /** How many delays are waiting: shows that the code under test has come to its wait. */
  get waiting(): number {
    return this.#waiters.length;
  }

  /** For how many milliseconds from now the next delay waits; undefined when none does. */
  get nextMs(): number | undefined {
    const times = this.#waiters.map((waiter) => waiter.atMs);
    return times.length === 0 ? undefined : Math.min(...times) - this.#nowMs;
  }

  /**
   * Moves the clock; delays due on the way wake in the order of their times, the clock standing at
   * that time, and what they wake may run, and wait again, before the clock goes on.
   *
   * @param ms How far, in milliseconds.
   */
  async advance(ms: number): Promise<void> {
    const targetMs = this.#nowMs + ms;
    await this.#settle();
    for (;;) {
      const due = this.#waiters.filter((waiter) => waiter.atMs <= targetMs)
        .sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#waiters.splice(this.#waiters.indexOf(due), 1);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.wake();
      await this.#settle();
    }
    this.#nowMs = targetMs;
  }
}

/** Lets every promise that is ready run: one turn of the event loop. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

/**
 * The same with two milliseconds, to which Deno rounds a timer of 0 ms up: for tests with sockets,
 * which have to be read meanwhile.
 */
export function settle(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
