/**
 * Long work in slices of a few milliseconds, so that requests are answered in between. Knows
 * nothing of the work: a loop asks after each step whether its slice is over, or gives its steps to
 * a queue, where one work is done at a time.
 *
 * @module
 */

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

/** Options for a {@linkcode TurnQueue}. */
export interface TurnQueueOptions {
  /** Calls back after some milliseconds. Default: `setTimeout`. */
  readonly delay?: (callback: () => void, ms: number) => void;
}

/** Idle time between two resumed tasks, in milliseconds; Deno rounds it up to the next one. */
const IDLE_MS = 1;

/**
 * Resumes waiting tasks in their order, one at a time, with the event loop idle in between.
 *
 * One at a time, because a request would otherwise wait for a slice of every task that is under
 * way. Idle, because Deno's scheduler (Tokio) polls sockets only when nothing else is ready, or
 * after 61 turns: with timers that are due at once, a request waited for up to 61 slices.
 */
export class TurnQueue {
  readonly #delay: (callback: () => void, ms: number) => void;
  readonly #waiting: (() => void)[] = [];

  /** An empty queue. */
  constructor(options: TurnQueueOptions = {}) {
    this.#delay = options.delay ?? ((callback, ms) => setTimeout(callback, ms));
  }

  /** Resolves when it is the caller's turn. */
  wait(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) this.#delay(this.#idle, 0);
    });
  }

  /** Its own timer, so that the idle time starts when the last task has stopped working. */
  readonly #idle = (): void => this.#delay(this.#resume, IDLE_MS);

  readonly #resume = (): void => {
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) this.#delay(this.#idle, 0);
  };
}

/** The one queue of the process: tasks that know nothing of each other share the event loop. */
const turns = new TurnQueue();

/** Resolves after timers and sockets had a turn, and other long tasks that waited before. */
export function nextTurn(): Promise<void> {
  return turns.wait();
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
    this.#elapsed = options.elapsed ?? (() => performance.now());
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
