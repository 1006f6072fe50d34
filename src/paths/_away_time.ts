/**
 * For how long tailscaled has answered without being up, and when that is too long for anything
 * that was known of its peers to hold.
 *
 * @module
 */

import { briefAwayMs } from "../time/timing.ts";
import type { Passed } from "./watched_time.ts";

/**
 * Measures while looks find tailscaled not up, from the last look that found it up to the first
 * that does so again: as it may have been, not less.
 */
export class AwayTime {
  readonly #maxMs: number;
  #ms: number | undefined;

  /**
   * A measure that goes on.
   *
   * @param intervalMs From one look to the next.
   * @param ms What an earlier process had measured; undefined if it last found tailscaled up.
   */
  constructor(intervalMs: number, ms: number | undefined) {
    this.#maxMs = briefAwayMs(intervalMs);
    this.#ms = ms;
  }

  /** Milliseconds so far; undefined if tailscaled was up at the last look. */
  get ms(): number | undefined {
    return this.#ms;
  }

  /**
   * Takes a look.
   *
   * @returns Whether tailscaled was away, before the look or at it, for longer than is brief, or
   * for an unknown time.
   */
  pass({ mayMs, isSteady }: Pick<Passed, "mayMs" | "isSteady">, isUp: boolean): boolean {
    if (isUp && this.#ms === undefined) return false;
    const awayMs = (this.#ms ?? 0) + mayMs;
    this.#ms = isUp ? undefined : awayMs;
    return !isSteady || awayMs > this.#maxMs;
  }
}
