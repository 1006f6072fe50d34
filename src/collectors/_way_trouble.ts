/**
 * Logs once, and not for each device, that the way to all devices is closed: the proxy is down, or
 * our own node is not in the tailnet.
 *
 * @module
 */

import { type ClosedWay, ScrapeError } from "../errors.ts";
import type { Logger } from "../log/log.ts";
import { TroubleLog } from "../log/trouble.ts";

/** What closed the way in each cycle. */
export class WayTrouble {
  readonly #trouble: TroubleLog;
  #cause: { readonly closedWay: ClosedWay; readonly reason: string } | undefined;
  #hasAnswered = false;

  /** No trouble so far. */
  constructor(log: Logger) {
    this.#trouble = new TroubleLog(log);
  }

  /**
   * Whether a scrape failed because the way to all devices is closed.
   *
   * @param reason The failure in words; the same for all devices.
   */
  isCause(error: unknown, reason: string): boolean {
    if (!(error instanceof ScrapeError) || error.closedWay === undefined) return false;
    this.#cause = { closedWay: error.closedWay, reason };
    return true;
  }

  /** Why the way to all devices is closed in this cycle; undefined if no scrape failed by it. */
  get reason(): string | undefined {
    return this.#cause?.reason;
  }

  /** Notes that a device has answered. */
  answered(): void {
    this.#hasAnswered = true;
  }

  /**
   * Ends a cycle. Only now is it logged, so that a proxy at its limit does not make many lines.
   *
   * @param isLogged Whether our own node has logged the cause itself. Default: false.
   */
  settle(isLogged: boolean = false): void {
    if (this.#cause === undefined) {
      if (this.#hasAnswered) this.#trouble.over("way", "Devices can be scraped again");
    } else if (!isLogged) this.#report(this.#cause);
    this.#cause = undefined;
    this.#hasAnswered = false;
  }

  #report({ closedWay, reason }: { readonly closedWay: ClosedWay; readonly reason: string }): void {
    // The node logs each change of its state itself.
    if (closedWay === "node" && this.#trouble.size > 0) return;
    this.#trouble.report("way", "Devices cannot be scraped: {reason}", { reason });
  }
}
