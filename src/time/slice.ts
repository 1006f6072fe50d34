/**
 * Long work in slices of a few milliseconds, so that requests are answered in between. Knows
 * nothing of the work: a loop asks after each step whether its slice is over, or gives its steps to
 * a queue, where one work is done at a time.
 *
 * @module
 */

import { monotonicMs } from "./clock.ts";
import { nextTurn } from "./turn.ts";

/** Length of a slice in milliseconds; the step that crosses it is finished first. */
const SLICE_MS = 8;

/** Options for a {@linkcode TimeSlice}. */
export interface TimeSliceOptions {
  /** Monotonic clock in milliseconds. Default: the platform's. */
  readonly elapsed?: () => number;
  /** Lets other work run. Default: {@linkcode nextTurn}. */
  readonly pause?: () => Promise<void>;
}

/**
 * Tells a loop when to give the event loop a turn:
 * `for (…) { step(); if (slice.isOver) await slice.next(); }`.
 */
export class TimeSlice {
  readonly #elapsed: () => number;
  readonly #pause: () => Promise<void>;
  #startMs: number;

  /** Starts the first slice. */
  constructor(options: TimeSliceOptions = {}) {
    this.#elapsed = options.elapsed ?? monotonicMs;
    this.#pause = options.pause ?? nextTurn;
    this.#startMs = this.#elapsed();
  }

  /** Whether the slice is used up. */
  get isOver(): boolean {
    return this.#elapsed() - this.#startMs >= SLICE_MS;
  }

  /** Lets other work run, then starts the next slice. */
  async next(): Promise<void> {
    await this.#pause();
    this.#startMs = this.#elapsed();
  }
}

/**
 * Bytes from outside that are processed in one go; more are processed in slices. Real pages of
 * devices have 4 to 17 KB, and the worst one of this length takes some 10 ms.
 */
export const LONG_BYTES = 65_536;

/** Bytes processed between two looks at the clock: at most 3 ms of the worst pages. */
export const STEP_BYTES = 8_192;

/** Work in steps, of which a {@linkcode SliceQueue} calls the methods in this order. */
export interface SlicedWork<T> {
  /**
   * Throws if the work is not to begin or to go on; called before the first step and each slice.
   *
   * @param tookMs How long ago it began, in milliseconds.
   */
  check(tookMs: number): void;
  /** Prepares for the first step. */
  begin(): void;
  /** Does a step of a few milliseconds at most; whether it was the last. */
  step(): boolean;
  /** What came of it; in the same turn of the event loop as the last step. */
  finish(): T;
}

/**
 * Does work in slices, one after the other in the order in which it comes: works side by side would
 * each hold the event loop for a slice, and each need memory.
 */
export class SliceQueue {
  readonly #slice: TimeSlice;
  readonly #elapsed: () => number;
  #last: Promise<unknown> = Promise.resolve();

  /** A queue without work. */
  constructor(options: TimeSliceOptions = {}) {
    this.#elapsed = options.elapsed ?? monotonicMs;
    this.#slice = new TimeSlice({ ...options, elapsed: this.#elapsed });
  }

  /**
   * Does this work when all before is done or has failed.
   *
   * @returns What came of it; rejects with what any of its methods throws, which ends it.
   */
  run<T>(work: SlicedWork<T>): Promise<T> {
    const done = this.#last.then(() => this.#do(work));
    // Without its value, which may be a whole page.
    this.#last = done.then(() => {}, () => {});
    return done;
  }

  async #do<T>(work: SlicedWork<T>): Promise<T> {
    // The work before may have left nothing of its slice.
    if (this.#slice.isOver) await this.#slice.next();
    const startMs = this.#elapsed();
    work.check(0);
    work.begin();
    while (!work.step()) {
      if (!this.#slice.isOver) continue;
      await this.#slice.next();
      work.check(this.#elapsed() - startMs);
    }
    return work.finish();
  }
}
