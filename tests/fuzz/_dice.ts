/**
 * Luck that comes from a seed, so that every case can be made again.
 *
 * @module
 */

/** A stream of numbers; the same seed gives the same stream. */
export class Dice {
  #state: number;

  /** A stream of its own for each seed. */
  constructor(seed: number) {
    this.#state = (seed * 0x9e3779b1 + 0x85ebca6b) >>> 0;
  }

  /** A whole number from 0 up to, not including, `limit`; 0 for a limit of 0. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return Math.floor(((bits ^ (bits >>> 14)) >>> 0) / 4_294_967_296 * limit);
  }

  /** One of several, each as likely. */
  of<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.below(choices.length)] ?? choices[0];
  }
}
