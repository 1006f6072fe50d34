/**
 * What the bridge logs of a tailscaled that does not answer: one line for each cause, however many
 * calls it befalls, and one when the first of these is answered again.
 *
 * @module
 */

import type { Logger } from "../log.ts";

/** Remembers which calls are in which trouble. */
export class BridgeTrouble {
  readonly #log: Pick<Logger, "info" | "warning">;
  readonly #causes = new Map<string, string>();

  /** Starts with no trouble. */
  constructor(log: Pick<Logger, "info" | "warning">) {
    this.#log = log;
  }

  /** Logs a warning unless a call is in the same trouble already. */
  report(endpoint: string, message: string): void {
    const cause = causeOf(message);
    const isKnown = this.#causes.values().some((known) => known === cause);
    this.#causes.set(endpoint, cause);
    if (isKnown) return;
    this.#log.warning("The bridge has no answer to pass on: {error}", { error: message });
  }

  /**
   * Logs that the trouble of a call has ended, for all that were in the same; says nothing if
   * there was none. A call that was never in it proves nothing: a wedged tailscaled gives its
   * metrics all the same.
   */
  over(endpoint: string): void {
    const over = this.#causes.get(endpoint);
    if (over === undefined) return;
    for (const [each, cause] of this.#causes) {
      if (cause === over) this.#causes.delete(each);
    }
    this.#log.info("The bridge passes {endpoint} on again", { endpoint });
  }
}

/**
 * A message of the LocalAPI's client without what was being done.
 *
 * Shape: "Cannot read the status of tailscaled: no answer at …" → "no answer at …"
 */
function causeOf(message: string): string {
  return message.replace(/^Cannot [^:]*: /, "");
}
