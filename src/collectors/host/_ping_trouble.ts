/**
 * Why pings could not be sent, in words that are the same whomever they were meant for.
 *
 * @module
 */

import { describeError } from "../../errors.ts";
import { causeOf, LocalApiError } from "../../tailscale/local/mod.ts";
import { TimeoutError } from "../../time/timeout.ts";
import type { TroubleLog } from "../../log/trouble.ts";

/** Why a ping could not be sent. */
export interface PingTrouble {
  /** The kind of failure, as a word. */
  readonly failure: string;
  /** What happened; it names the peer's address. */
  readonly reason: string;
  /** What happened, where every call would meet it. */
  readonly cause: string | undefined;
}

/** The trouble of a ping that tailscaled did not want to send. */
export function refusedPing(reason: string): PingTrouble {
  return { failure: "refused", reason, cause: undefined };
}

/** The trouble of a ping that came to no result. */
export function failedPing(error: unknown): PingTrouble {
  if (error instanceof TimeoutError) {
    return { failure: "timeout", reason: error.message, cause: error.message };
  }
  const isKnown = error instanceof LocalApiError;
  return {
    failure: isKnown ? error.failure : "failed",
    reason: describeError(error),
    cause: isKnown ? causeOf(error) : undefined,
  };
}

/** Reports it; the reason must not make one trouble look like many, since it names an address. */
export function reportPings(trouble: TroubleLog, message: string, found: PingTrouble): void {
  const { cause, failure, reason } = found;
  if (cause === undefined) trouble.report("ping", message, { failure, reason });
  else trouble.report("ping", `${message}: {cause}`, { failure, reason, cause }, { cause });
}
