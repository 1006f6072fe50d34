/**
 * Polls for what another process or connection does, with a timeout.
 *
 * @module
 */

import { delay } from "../../src/time/delay.ts";

const STEP_MS = 25;

/**
 * Calls `ask` until it returns neither undefined nor false, and returns that.
 *
 * @param what Completes "Waited … for".
 * @param timeoutMs Timeout in milliseconds. Default: 120 s, because a busy machine is no fault.
 * @throws {Error} If it times out; names what was waited for.
 */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 120_000,
): Promise<T> {
  const startMs = performance.now();
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    const waitedMs = performance.now() - startMs;
    if (waitedMs >= timeoutMs) throw new Error(`Waited ${timeoutMs / 1000} s for ${what}`);
    await delay(STEP_MS);
  }
}
