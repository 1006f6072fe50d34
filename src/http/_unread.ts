/**
 * How many answers an address has been given and has not read to their end. Nothing here can close
 * a connection on which nothing moves, and the system keeps megabytes for each: who leaves many
 * answers unread gets no more of them.
 *
 * @module
 */

import { addressKey } from "./limit.ts";

/** Counts unread answers by remote address, an IPv6 one by its /64. */
export class UnreadAnswers {
  readonly #max: number;
  readonly #counts = new Map<string, number>();

  /**
   * Nobody has been given anything.
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
