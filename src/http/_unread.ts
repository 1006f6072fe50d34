/**
 * Number of unread answers by client address. Nothing here can close a stalled connection, and the
 * system buffers megabytes for each, so an address with many unread answers gets no more of them.
 *
 * @module
 */

import { addressKey } from "./rate_limiter.ts";

/** Counts unread answers by remote address, as `addressKey()` has it. */
export class UnreadAnswers {
  readonly #max: number;
  readonly #counts = new Map<string, number>();

  /**
   * Starts without answers.
   *
   * @param max How many an address may leave unread.
   */
  constructor(max: number) {
    this.#max = max;
  }

  /** How many addresses have unread answers. */
  get size(): number {
    return this.#counts.size;
  }

  /** Whether the address has left as many unread as it may. */
  isFull(hostname: string): boolean {
    return (this.#counts.get(addressKey(hostname)) ?? 0) >= this.#max;
  }

  /** One more is on its way, until the promise settles. */
  add(hostname: string, completed: Promise<void>): void {
    const key = addressKey(hostname);
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
    const settle = () => {
      const count = (this.#counts.get(key) ?? 0) - 1;
      if (count > 0) this.#counts.set(key, count);
      else this.#counts.delete(key);
    };
    completed.then(settle, settle);
  }
}
