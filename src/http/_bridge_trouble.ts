/**
 * What the bridge logs of a tailscaled that does not answer: one line for each cause, however many
 * calls it befalls, and one when the first of these is answered again. A call that was never in it
 * proves nothing: a wedged tailscaled gives its metrics all the same.
 *
 * @module
 */

import type { Logger } from "../log.ts";
import { causeOf, type LocalApiError } from "../tailscale/local/mod.ts";
import { type SharedCauses, TroubleLog } from "../trouble.ts";

/** Remembers which calls are in which trouble. */
export class BridgeTrouble {
  readonly #trouble: TroubleLog;

  /**
   * Starts with no trouble.
   *
   * @param causes What other parts that ask the same tailscaled report. Default: the bridge's own.
   */
  constructor(log: Pick<Logger, "info" | "warning">, causes?: SharedCauses) {
    this.#trouble = new TroubleLog(log, causes);
  }

  /** Logs a warning unless a call, or another part, is in the same trouble already. */
  report(endpoint: string, error: LocalApiError): void {
    const cause = causeOf(error) ?? error.message;
    const message = "The bridge has no answer to pass on: {error}";
    this.#trouble.reportShared(endpoint, cause, message, { error: error.message });
  }

  /** Logs that the trouble of a call has ended, for all that were in the same. */
  over(endpoint: string): void {
    this.#trouble.over(endpoint, "The bridge passes {endpoint} on again", { endpoint });
  }
}
