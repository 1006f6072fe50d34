/**
 * When a device that failed is tried again: at the next cycle after its first failure, then after
 * twice the wait each time, up to a bound. Knows nothing of why it failed.
 *
 * @module
 */

import { doubledMs, isDue } from "../time/backoff.ts";

/** Default longest wait, in milliseconds. */
export const MAX_WAIT_MS = 300_000;

/** What a {@linkcode DeviceBackoff} goes by. */
export interface DeviceBackoffOptions {
  /** Milliseconds from one cycle to the next. */
  readonly intervalMs: number;
  /** Longest wait in milliseconds, at least a cycle. Default: {@linkcode MAX_WAIT_MS}. */
  readonly maxWaitMs?: number;
}

interface Trouble {
  readonly failures: number;
  readonly nextTryMs: number;
}

/**
 * The backoff of all failing devices; a device that works costs nothing. Times must come from a
 * monotonic clock: with a wall clock a wait could last a year.
 */
export class DeviceBackoff {
  readonly #intervalMs: number;
  readonly #maxWaitMs: number;
  readonly #troubles = new Map<string, Trouble>();

  /**
   * Starts without failing devices.
   *
   * @param options The cycle and the bound.
   */
  constructor(options: DeviceBackoffOptions) {
    this.#intervalMs = options.intervalMs;
    this.#maxWaitMs = Math.max(options.intervalMs, options.maxWaitMs ?? MAX_WAIT_MS);
  }

  /** Whether the device is due; a quarter of a cycle early counts as due. */
  mayTry(id: string, nowMs: number): boolean {
    const trouble = this.#troubles.get(id);
    return trouble === undefined || isDue(nowMs, trouble.nextTryMs, this.#intervalMs);
  }

  /** Notes a failure; give the start of the cycle, so that waits are whole cycles. */
  failed(id: string, nowMs: number): void {
    const failures = (this.#troubles.get(id)?.failures ?? 0) + 1;
    const nextTryMs = nowMs + doubledMs(this.#intervalMs, failures - 1, this.#maxWaitMs);
    this.#troubles.set(id, { failures, nextTryMs });
  }

  /** Notes that the device is well. */
  succeeded(id: string): void {
    this.#troubles.delete(id);
  }

  /** Drops what is known of the device: it left, or moved, and gets a fresh start. */
  forget(id: string): void {
    this.#troubles.delete(id);
  }

  /**
   * When the device is tried again, by the clock that `failed` was told the time of.
   *
   * @returns undefined if it is well.
   */
  nextTryMs(id: string): number | undefined {
    return this.#troubles.get(id)?.nextTryMs;
  }

  /** How many tries in a row have failed; 0 if the device is well. */
  failures(id: string): number {
    return this.#troubles.get(id)?.failures ?? 0;
  }
}
