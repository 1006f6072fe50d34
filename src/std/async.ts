/**
 * Typed door to the asynchronous part of the Deno standard library (`@std/async`).
 *
 * @module
 */

import { delay as delayUntyped } from "deno-std/async/delay.js";

/** What {@linkcode delay} may be told. */
export interface DelayOptions {
  /** Ends the wait early: the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Whether the wait alone keeps the process running; `true` unless told. */
  readonly persistent?: boolean;
}

/** Resolves after so many milliseconds. */
export const delay: (ms: number, options?: DelayOptions) => Promise<void> = delayUntyped;
