/**
 * The deadlines of many requests that all have the same time. One timer and one listener serve them
 * all: a timer and an abort signal for each would cost more than reading the page does.
 *
 * @module
 */

import { monotonicMs } from "../time/clock.ts";

/** What the deadlines of some requests have in common. */
export interface DeadlinesOptions {
  /** The time of each, in milliseconds. */
  readonly timeoutMs: number;
  /** Ends all of them early. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /** Monotonic clock in milliseconds. Default: the platform's. */
  readonly now?: () => number;
}

/** The deadline of one request; it also ends when the request is cancelled. */
export class Deadline {
  /** By the clock of {@linkcode DeadlinesOptions}. */
  readonly atMs: number;
  /** Called once, when it is over before it is closed. */
  onOver: (() => void) | undefined;
  /**
   * How often the client had given up places when the first request began; kept here since what a
   * redirect leads to has the same deadline, and a map beside it costs more than the request.
   */
  forgottenBefore: number | undefined;
  readonly #now: () => number;
  #isOver = false;
  #controller: AbortController | undefined;

  /** A deadline that is not over, on that clock. */
  constructor(atMs: number, now: () => number) {
    this.atMs = atMs;
    this.#now = now;
  }

  /** Whether it is over. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /**
   * Ends it if it is over by the clock. For loops that read: while bytes keep coming no timer may
   * fire, so {@linkcode Deadline.isOver} alone would never change.
   *
   * @throws {Error} If it is over.
   */
  throwIfPassed(): void {
    if (this.#now() >= this.atMs) this.end();
    if (this.#isOver) throw new Error("deadline exceeded");
  }

  /** The same as a signal, for what the platform does; made when it is asked for. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#isOver) this.#controller.abort();
    return this.#controller.signal;
  }

  /** Makes it over. */
  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#controller?.abort();
    this.onOver?.();
  }
}

/** Makes deadlines, and watches them until they are closed. */
export class Deadlines {
  /** What ends all of them early. */
  readonly signal: AbortSignal | undefined;
  readonly #timeoutMs: number;
  readonly #now: () => number;
  /** Those that are neither over nor closed; all have the same time, so the first ends first. */
  readonly #open = new Set<Deadline>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** No deadline yet. */
  constructor(options: DeadlinesOptions) {
    this.signal = options.signal;
    this.#timeoutMs = options.timeoutMs;
    this.#now = options.now ?? monotonicMs;
  }

  /** A deadline that begins now; the caller closes it. */
  open(): Deadline {
    const deadline = new Deadline(this.#now() + this.#timeoutMs, this.#now);
    if (this.#open.size === 0) {
      this.#timer = setTimeout(this.#sweep, this.#timeoutMs);
      this.signal?.addEventListener("abort", this.#endAll);
    }
    this.#open.add(deadline);
    return deadline;
  }

  /** Watches it no longer. */
  close(deadline: Deadline): void {
    deadline.onOver = undefined;
    if (this.#open.delete(deadline)) this.#rest();
  }

  /** Without open deadlines there is no timer. */
  #rest(): void {
    if (this.#open.size > 0) return;
    clearTimeout(this.#timer);
    this.signal?.removeEventListener("abort", this.#endAll);
  }

  readonly #sweep = (): void => {
    const nowMs = this.#now();
    for (const deadline of this.#open) {
      if (deadline.atMs > nowMs) {
        this.#timer = setTimeout(this.#sweep, deadline.atMs - nowMs);
        return;
      }
      this.#open.delete(deadline);
      deadline.end();
    }
    this.#rest();
  };

  readonly #endAll = (): void => {
    const ended = [...this.#open];
    this.#open.clear();
    this.#rest();
    for (const deadline of ended) deadline.end();
  };
}
