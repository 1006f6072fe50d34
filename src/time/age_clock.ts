/**
 * The wall clock, for what is deleted by age. A clock that is wrong for a while, or at a start,
 * must not make everything old: what is deleted does not come back when the clock is set right.
 *
 * @module
 */

import type { Clock } from "./clock.ts";

/** How long the wall clock must keep pace with the monotonic one to be trusted, in milliseconds. */
const STEADY_MS = 3_600_000;

/** Difference between the two from which on one of them has jumped, in milliseconds. */
const JUMP_MS = 5_000;

/** A wall clock that is trusted once it has gone for an hour without a jump. */
export class AgeClock {
  readonly #clock: Pick<Clock, "elapsed" | "now">;
  #last: Reading;
  #steadySinceMs: number;
  /** The last reading that could be trusted. */
  #trusted: Reading | undefined;

  /** Nothing is old for the first hour. */
  constructor(clock: Pick<Clock, "elapsed" | "now">) {
    this.#clock = clock;
    this.#last = { nowMs: clock.now(), elapsedMs: clock.elapsed() };
    this.#steadySinceMs = this.#last.elapsedMs;
  }

  /**
   * The time in milliseconds since 1970, as far as it can be trusted: after a jump it goes on from
   * before, for an hour.
   *
   * @returns -Infinity while no time could be trusted yet. Bound: may be handed out as a function.
   */
  readonly now = (): number => {
    const reading = { nowMs: this.#clock.now(), elapsedMs: this.#clock.elapsed() };
    const passedMs = reading.elapsedMs - this.#last.elapsedMs;
    if (Math.abs(reading.nowMs - this.#last.nowMs - passedMs) > JUMP_MS) {
      this.#steadySinceMs = reading.elapsedMs;
    }
    this.#last = reading;
    if (reading.elapsedMs - this.#steadySinceMs >= STEADY_MS) this.#trusted = reading;
    if (this.#trusted === undefined) return -Infinity;
    return this.#trusted.nowMs + reading.elapsedMs - this.#trusted.elapsedMs;
  };
}

interface Reading {
  readonly nowMs: number;
  readonly elapsedMs: number;
}
