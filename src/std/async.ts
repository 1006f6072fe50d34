/**
 * A wait that can be ended early. The platform's own (`node:timers/promises`) rejects with an error
 * of its own instead of the signal's reason, and waits no longer than 24.8 days.
 *
 * @module
 */

import { setTimeout as startNodeTimer } from "node:timers";

/** Options of {@linkcode delay}. */
export interface DelayOptions {
  /** Ends the wait early: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Whether the wait alone keeps the process running. Default: true. */
  readonly persistent?: boolean;
}

/** The longest timeout of the platform's timers; longer waits take several. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;

/**
 * Resolves after a time.
 *
 * Units: milliseconds; infinity waits for the signal
 *
 * @throws The signal's reason, if it is aborted before.
 */
export function delay(ms: number, options: DelayOptions = {}): Promise<void> {
  const { signal, persistent = true } = options;
  if (signal?.aborted) return Promise.reject(signal.reason);
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  let stop = () => {};
  function wait(restMs: number): void {
    const timeoutMs = Math.min(restMs, MAX_TIMEOUT_MS);
    const go = () => timeoutMs < restMs ? wait(restMs - timeoutMs) : end();
    stop = persistent ? startTimer(go, timeoutMs) : startQuietTimer(go, timeoutMs);
  }
  function end(): void {
    signal?.removeEventListener("abort", abort);
    resolve();
  }
  function abort(): void {
    stop();
    reject(signal?.reason);
  }
  wait(Math.max(ms, 0) || 0);
  signal?.addEventListener("abort", abort, { once: true });
  return promise;
}

/** Starts a timer; the result stops it. */
function startTimer(call: () => void, ms: number): () => void {
  const timer = setTimeout(call, ms);
  return () => clearTimeout(timer);
}

/** The same with a timer that keeps no process running. */
function startQuietTimer(call: () => void, ms: number): () => void {
  const timer = startNodeTimer(call, ms).unref();
  return () => void timer.close();
}
