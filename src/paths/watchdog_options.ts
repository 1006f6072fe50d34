/**
 * What a watchdog goes by: its mode, its times, its limits. What is not told is filled in here, and
 * what makes no sense is refused.
 *
 * @module
 */

import { freshState, MAX_AGES, type WatchdogState } from "./watchdog_state.ts";

/** What the watchdog is allowed to do. */
export type WatchdogMode =
  /** Nothing, not even look. */
  | "off"
  /** Look, ping and tell; it changes nothing about tailscaled. */
  | "observe"
  /** Also ask for healing. */
  | "heal";

/** What a `Watchdog` goes by. */
export interface WatchdogOptions {
  /** What it may do. */
  readonly mode: WatchdogMode;
  /** Interval between looks in milliseconds. Default: 1 min. */
  readonly intervalMs?: number;
  /** Time on a relay after which a peer is stuck, in milliseconds. Default: 10 min. */
  readonly thresholdMs?: number;
  /** Minimum time between two restarts in milliseconds. Default: 10 min. */
  readonly cooldownMs?: number;
  /** Maximum number of restarts per day; 0 allows every gentler step. Default: 3. */
  readonly maxRestarts?: number;
  /** What an earlier process remembered. */
  readonly state?: WatchdogState;
}

/**
 * Options with all that was not told.
 *
 * @throws {RangeError} If a time is not above 0, or `maxRestarts` no whole number up to 1,000.
 */
export function completeOptions(options: WatchdogOptions): Required<WatchdogOptions> {
  const { mode, intervalMs = 60_000, thresholdMs = 600_000, cooldownMs = 600_000 } = options;
  const { maxRestarts = 3, state = freshState() } = options;
  for (const [name, ms] of Object.entries({ intervalMs, thresholdMs, cooldownMs })) {
    if (ms > 0 && Number.isFinite(ms)) continue;
    throw new RangeError(`Cannot make a watchdog with ${name} ${ms}: wanted a time above 0`);
  }
  if (!(Number.isInteger(maxRestarts) && maxRestarts >= 0 && maxRestarts <= MAX_AGES)) {
    throw new RangeError(
      `Cannot make a watchdog with maxRestarts ${maxRestarts}: wanted 0 to ${MAX_AGES}`,
    );
  }
  return { mode, intervalMs, thresholdMs, cooldownMs, maxRestarts, state };
}
