/**
 * Runs one Worker after the other, with a growing wait between those that end by themselves.
 *
 * @module
 */

import { describeError } from "../errors.ts";
import type { Delay } from "../time/delay.ts";

/** How Workers are run. */
export interface SuperviseOptions {
  /**
   * Runs one Worker until it is gone.
   *
   * @param onRunning Called when it works, so that the next wait is the shortest one again.
   * @returns Why it is gone; undefined if there was none.
   */
  readonly run: (onRunning: () => void) => Promise<string | undefined>;
  /** Hears that a Worker ended by itself, and the wait in milliseconds. */
  readonly onRestart: (reason: string, waitMs: number) => void;
  /** Waits. */
  readonly delay: Delay;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** Why a Worker is ended in order to log in again, which is no crash. */
export const LOGIN_REASON = "logging in again";

/** Wait before the first restart, and the longest one, in milliseconds. */
const MIN_WAIT_MS = 1_000, MAX_WAIT_MS = 60_000;

/**
 * Runs Workers until the signal ends it.
 *
 * @throws The signal's reason.
 */
export async function supervise(
  { delay, onRestart, run, signal }: SuperviseOptions,
): Promise<never> {
  let waitMs = MIN_WAIT_MS;
  for (;;) {
    const reason = await run(() => waitMs = MIN_WAIT_MS).catch(describeError);
    signal.throwIfAborted();
    if (reason === LOGIN_REASON) {
      await delay(MIN_WAIT_MS, signal);
      continue;
    }
    if (reason !== undefined) onRestart(reason, waitMs);
    await delay(waitMs, signal);
    waitMs = Math.min(2 * waitMs, MAX_WAIT_MS);
  }
}
