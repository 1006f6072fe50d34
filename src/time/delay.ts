/**
 * Waits that a signal can end early. The platform's own (`node:timers/promises`) rejects with an
 * error of its own instead of the signal's reason, and waits no longer than 24.8 days.
 *
 * @module
 */

import { setTimeout as startNodeTimer } from "node:timers";

/** Resolves after a number of milliseconds; rejects with the signal's reason if it is aborted. */
export type Delay = (ms: number, signal?: AbortSignal) => Promise<void>;

/** The longest timeout of the platform's timers; longer waits take several. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Resolves after a time.
 *
 * Units: milliseconds; infinity waits for the signal
 *
 * @throws The signal's reason, if it is aborted before.
 */
export function delay(ms: number, signal?: AbortSignal): Promise<void> {
  return wait(startTimer, ms, signal);
}

/** The same with a timer that does not keep the process running. */
export function delayQuietly(ms: number, signal?: AbortSignal): Promise<void> {
  return wait(startQuietTimer, ms, signal);
}

function wait(start: typeof startTimer, ms: number, signal?: AbortSignal): Promise<void> {
  if (signal?.aborted) return Promise.reject(signal.reason);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let stop = () => {};
  function sleep(restMs: number): void {
    const timeoutMs = Math.min(restMs, MAX_TIMEOUT_MS);
    stop = start(() => timeoutMs < restMs ? sleep(restMs - timeoutMs) : end(), timeoutMs);
  }
  function end(): void {
    signal?.removeEventListener("abort", abort);
    resolve();
  }
  function abort(): void {
    stop();
    reject(signal?.reason);
  }
  sleep(Math.max(ms, 0) || 0);
  signal?.addEventListener("abort", abort, { once: true });
  return promise;
}

/** Starts a timer; the result stops it. */
function startTimer(call: () => void, ms: number): () => void {
  const timer = setTimeout(call, ms);
  return () => clearTimeout(timer);
}

function startQuietTimer(call: () => void, ms: number): () => void {
  const timer = startNodeTimer(call, ms).unref();
  return () => void timer.close();
}
