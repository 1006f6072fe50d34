/**
 * Whether the network of our own node is cut: no device answers, and the control plane accepts no
 * connection. Tailscale's own code notices this only after one to two minutes.
 *
 * @module
 */

import type { Reach, ScrapeOutcome } from "./node_status.ts";

/** What {@linkcode Isolation} is told. */
export interface IsolationOptions {
  /**
   * Whether the control plane accepts a connection.
   *
   * @throws The signal's reason.
   */
  readonly reachesControl: (signal: AbortSignal) => Promise<boolean>;
  /** Monotonic clock in milliseconds. */
  readonly elapsed: () => number;
}

/** Time for the node to reach devices again, in milliseconds; it took up to 25 s. */
const RETURN_MS = 60_000;

/** Judges one cycle of scrapes after the other. */
export class Isolation {
  readonly #options: IsolationOptions;
  #reach: Reach | undefined;
  #returnedAtMs: number | undefined;

  /** A node of which nothing is known. */
  constructor(options: IsolationOptions) {
    this.#options = options;
  }

  /** Forgets what is known: the node is not in the tailnet. */
  reset(): void {
    this.#reach = this.#returnedAtMs = undefined;
  }

  /**
   * What the node reaches after a cycle; undefined if its network is not cut. Asks the control
   * plane where no device answers that did before, and after a cut until all devices answer.
   *
   * @throws The signal's reason.
   */
  async judge(outcome: ScrapeOutcome, signal: AbortSignal): Promise<Reach | undefined> {
    const { answered, lost } = outcome;
    if (this.#reach === undefined && (answered > 0 || lost === 0)) return undefined;
    if (answered > 0 && lost === 0) {
      this.reset();
      return undefined;
    }
    const { elapsed, reachesControl } = this.#options;
    const isReached = await reachesControl(signal);
    if (answered === 0 && !isReached) {
      this.#returnedAtMs = undefined;
      return this.#reach = "none";
    }
    if (this.#reach === undefined) return undefined;
    this.#returnedAtMs ??= elapsed();
    // After that, Tailscale's own code tells what is still away.
    if (elapsed() - this.#returnedAtMs >= RETURN_MS) this.reset();
    else this.#reach = isReached ? "returning" : "devices";
    return this.#reach;
  }
}
