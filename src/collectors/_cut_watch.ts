/**
 * Counts what the scrapes of a cycle came to, and asks at its end whether the network of our own
 * node is cut. The node logs that itself, so that no device and no way to them is logged then.
 *
 * @module
 */

import type { ScrapeFailure } from "../errors.ts";

/** Failures of a device that is not reached. */
export const UNREACHED: ReadonlySet<ScrapeFailure> = new Set(["network", "proxy", "timeout"]);

/**
 * Hears how the devices answered in a cycle, and tells whether the network of our own node is cut.
 *
 * @returns Why no device is reached, as a sentence, if that is so.
 * @throws The signal's reason.
 */
export type CutCheck = (
  outcome: {
    /** Number of devices that answered, whatever they said. */
    readonly answered: number;
    /** Number of devices that answered before, or did until the outage, and are not reached now. */
    readonly lost: number;
  },
  signal: AbortSignal,
) => Promise<string | undefined>;

/** The outcome of each cycle. */
export class CutWatch {
  readonly #check: CutCheck | undefined;
  #answered = 0;
  #lost = 0;
  #reason: string | undefined;

  /** No outage so far. */
  constructor(check: CutCheck | undefined) {
    this.#check = check;
  }

  /** Notes that a device has answered. */
  answered(): void {
    this.#answered++;
  }

  /**
   * Notes that a scrape failed.
   *
   * @param wasReached Whether the device answered before, or did until the way to all was closed.
   */
  failed(failure: ScrapeFailure, wasReached: boolean): void {
    if (!UNREACHED.has(failure)) this.#answered++;
    else if (wasReached) this.#lost++;
  }

  /**
   * Ends a cycle.
   *
   * @returns Why no device is reached, as a sentence; undefined if the network is not cut. With it,
   * whether the network was cut when the cycle began or is now, which the node has logged.
   */
  async settle(
    signal: AbortSignal,
  ): Promise<{ readonly reason: string | undefined; readonly isLogged: boolean }> {
    const outcome = { answered: this.#answered, lost: this.#lost };
    this.#answered = this.#lost = 0;
    const before = this.#reason;
    this.#reason = await this.#check?.(outcome, signal);
    return { reason: this.#reason, isLogged: (this.#reason ?? before) !== undefined };
  }
}
