/**
 * What parts know of time. They take it as an option, so that tests move it by hand.
 *
 * @module
 */

import { type Delay, delay } from "./delay.ts";

/** The clocks of the process, and the wait that goes by them. */
export interface Clock {
  /** Wall clock, in milliseconds since 1970: for timestamps only, because it may jump. */
  readonly now: () => number;
  /** Monotonic clock, in milliseconds: for durations and deadlines. */
  readonly elapsed: () => number;
  /** Waits. */
  readonly delay: Delay;
}

/** The clock of a process. */
export function clockOf(
  process: { readonly now: () => number; readonly elapsedMs: () => number },
): Clock {
  return { now: () => process.now(), elapsed: () => process.elapsedMs(), delay };
}

/** The platform's monotonic clock, in milliseconds. */
export function monotonicMs(): number {
  return performance.now();
}
