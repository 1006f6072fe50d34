/**
 * Logs a proxy that is down once, not once for each device behind it.
 *
 * @module
 */

import { ScrapeError } from "../errors.ts";
import type { Logger } from "../log/log.ts";
import { TroubleLog } from "../log/trouble.ts";

/** How the proxy did in each cycle. */
export class ProxyTrouble {
  readonly #trouble: TroubleLog;
  #reason: string | undefined;
  #hasAnswered = false;

  /** A proxy in no trouble, or none at all. */
  constructor(log: Logger) {
    this.#trouble = new TroubleLog(log);
  }

  /**
   * Whether a scrape failed because of the proxy alone.
   *
   * @param reason The failure in words; the same for all devices.
   */
  isReason(error: unknown, reason: string): boolean {
    if (!(error instanceof ScrapeError && error.isProxyDown)) return false;
    this.#reason = reason;
    return true;
  }

  /** Notes that a device has answered. */
  answered(): void {
    this.#hasAnswered = true;
  }

  /** Ends a cycle. Only now is it told, so that a proxy at its limit does not make many lines. */
  settle(): void {
    if (this.#reason !== undefined) {
      this.#trouble.report("proxy", "Devices cannot be scraped: {reason}", {
        reason: this.#reason,
      });
    } else if (this.#hasAnswered) this.#trouble.over("proxy", "SCRAPE_PROXY works again");
    this.#reason = undefined;
    this.#hasAnswered = false;
  }
}
