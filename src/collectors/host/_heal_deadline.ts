/**
 * One call of tailscaled that ends in time, whatever the call does.
 *
 * @module
 */

import { LocalApiError } from "../../tailscale/local/mod.ts";

/** Waits; rejects when the signal is aborted. */
export type Delay = (ms: number, signal: AbortSignal) => Promise<void>;

/** How long a call may take, and who may end it. */
export interface Deadline {
  /** Timeout in milliseconds. */
  readonly ms: number;
  /** Waits for that. */
  readonly delay: Delay;
  /** Cancels it. Default: none. */
  readonly signal?: AbortSignal;
}

/**
 * What the call gives.
 *
 * @throws {LocalApiError} "timeout" if that takes too long.
 * @throws The signal's reason, if it is aborted before.
 */
export async function within<T>(
  deadline: Deadline,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { ms, delay, signal } = deadline;
  const [over, late] = [new AbortController(), new AbortController()];
  const timer = delay(ms, over.signal).then(() => late.abort(), () => {});
  const ended = signal === undefined ? late.signal : AbortSignal.any([signal, late.signal]);
  try {
    ended.throwIfAborted();
    return await Promise.race([call(ended), whenAborted(ended, over.signal)]);
  } catch (error) {
    signal?.throwIfAborted();
    if (!late.signal.aborted) throw error;
    throw new LocalApiError("timeout", `No answer within ${ms / 1000} s`);
  } finally {
    over.abort();
    await timer;
  }
}

/** Rejects as soon as a signal is aborted, unless the wait is over. */
function whenAborted(signal: AbortSignal, over: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true, signal: over });
  });
}
