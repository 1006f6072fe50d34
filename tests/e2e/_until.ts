/**
 * Waiting for what another process does: asked again and again, never longer than a bound.
 *
 * @module
 */

import { delay } from "../../src/time/delay.ts";

const STEP_MS = 25;

/**
 * What `ask` gives as soon as it is neither undefined nor false.
 *
 * @param what Completes "Waited … for".
 * @param timeoutMs After which it is a failure; Default: 60 s, because a busy machine is no fault.
 * @throws {Error} If it takes too long; names what was waited for.
 */
export async function until<T>(
  what: string,
  ask: () => T | undefined | false | Promise<T | undefined | false>,
  timeoutMs = 60_000,
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
