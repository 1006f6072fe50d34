/**
 * Timeouts of calls: a signal that is aborted in time, and waits that do not outlast a call that
 * ignores its signal.
 *
 * @module
 */

import { type Delay, delay as platformDelay } from "./delay.ts";

/** Options of a {@linkcode Timeout}. */
export interface TimeoutOptions {
  /** Cancels the call: its reason counts, not the timeout's. Default: none. */
  readonly signal?: AbortSignal | undefined;
  /** Waits. Default: the platform's timer. */
  readonly delay?: Delay;
}

/** The timeout of one call; disposing of it stops the timer. */
export class Timeout implements Disposable {
  /** Aborted when the time is over, or the caller's signal is. */
  readonly signal: AbortSignal;
  readonly #over = new AbortController();
  readonly #done = new AbortController();

  /**
   * Starts the timer.
   *
   * @param ms Milliseconds.
   */
  constructor(ms: number, { signal, delay = platformDelay }: TimeoutOptions = {}) {
    delay(ms, this.#done.signal).then(() => this.#over.abort(new TimeoutError(ms)), () => {});
    this.signal = signal === undefined
      ? this.#over.signal
      : AbortSignal.any([signal, this.#over.signal]);
  }

  /** Whether the time was over before it was disposed of. */
  get isOver(): boolean {
    return this.#over.signal.aborted;
  }

  /** Stops the timer. */
  [Symbol.dispose](): void {
    this.#done.abort();
  }
}

/** A call took longer than it may. */
export class TimeoutError extends Error {
  /** The class, as errors are shown. */
  override readonly name = "TimeoutError";

  /** An error that tells the timeout in seconds. */
  constructor(ms: number) {
    super(`No answer within ${ms / 1000} s`);
  }
}

/**
 * What the call gives, if it does so in time; it is not waited for if it ignores its signal.
 *
 * @throws {TimeoutError} If it takes too long.
 * @throws The reason of the caller's signal, if that is aborted before.
 */
export async function withTimeout<T>(
  ms: number,
  call: (signal: AbortSignal) => Promise<T>,
  options: TimeoutOptions = {},
): Promise<T> {
  options.signal?.throwIfAborted();
  using timeout = new Timeout(ms, options);
  try {
    return await orAborted(call(timeout.signal), timeout.signal);
  } catch (error) {
    timeout.signal.throwIfAborted();
    throw error;
  }
}

/**
 * Waits for a promise for a bounded time, without cancelling it; the signal ends the wait early.
 *
 * @returns Whether it has resolved.
 * @throws What the promise rejects with.
 */
export async function isSettledWithin(
  ms: number,
  promise: Promise<unknown>,
  options: TimeoutOptions = {},
): Promise<boolean> {
  using timeout = new Timeout(ms, options);
  try {
    await orAborted(promise, timeout.signal);
    return true;
  } catch (error) {
    if (timeout.signal.aborted) return false;
    throw error;
  }
}

/** The promise, or a rejection with the signal's reason as soon as it is aborted. */
export async function orAborted<T>(promise: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (signal === undefined) return await promise;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener("abort", abort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
