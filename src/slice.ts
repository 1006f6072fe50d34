/**
 * Long work in slices of a few milliseconds, so that requests are answered in between. Knows
 * nothing of the work: a loop asks after each step whether its slice is over.
 *
 * @module
 */

/** Length of a slice in milliseconds; the step that crosses it is finished first. */
const SLICE_MS = 8;

/** Options for a {@linkcode TimeSlice}. */
export interface TimeSliceOptions {
  /** Monotonic clock in milliseconds. Default: the platform's. */
  readonly elapsed?: () => number;
  /** Lets other work run. Default: one turn of the event loop. */
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
    this.#elapsed = options.elapsed ?? (() => performance.now());
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

/** Resolves in the next turn of the event loop, after timers and sockets had theirs. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
