/**
 * Turns of the event loop: where long work lets requests be answered.
 *
 * @module
 */

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
