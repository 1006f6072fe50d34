/**
 * The wait of everything on the HTTP side, unless a test hands in another.
 *
 * @module
 */

import { delay } from "@std/async";

/**
 * Resolves after a number of milliseconds, with a timer that does not keep the process alive.
 *
 * @throws The signal's reason, when it is aborted before.
 */
export function delayQuietly(ms: number, signal: AbortSignal): Promise<void> {
  return delay(ms, { signal, persistent: false });
}
