/**
 * What is said of a tailscaled that gives no facts, once for each trouble, and what mends it.
 *
 * @module
 */

import {
  type BackendState,
  causeOf,
  LocalApiError,
  type LocalFailure,
  type LocalStatus,
} from "../../tailscale/local/mod.ts";
import type { TroubleLog } from "../../log/trouble.ts";

/** Why tailscaled is not up, and what mends it. */
const ADVICE: Readonly<Record<Exclude<BackendState, "Running">, string>> = {
  NoState: "it has just started, which takes some seconds",
  InUseOtherUser: "another user of this machine uses it",
  NeedsLogin: "it is logged out; run `tailscale up`",
  NeedsMachineAuth: "an admin of the tailnet has to approve this machine",
  Stopped: "it was stopped with `tailscale down`; run `tailscale up` if that is not meant",
  Starting: "it is starting, which takes some seconds",
};

/** The failures whose words may be others at every look. */
const CHANGING: ReadonlySet<LocalFailure> = new Set(["malformed", "status", "too_large"]);

/**
 * Tells of a status: that it came, and whether tailscaled is up.
 *
 * @param isOwnNode Whether it is our own node's, which tells of its states itself.
 */
export function reportStatus(trouble: TroubleLog, status: LocalStatus, isOwnNode = false): void {
  const { backendState: state } = status;
  trouble.over("status", "tailscaled answers again");
  if (state === "Running") {
    trouble.over("state", "tailscaled is up again");
  } else if (!isOwnNode) {
    trouble.report("state", "tailscaled is not up ({state}): {advice}", {
      state: state ?? "unknown",
      advice: state === undefined ? "tsmetrics does not know that state" : ADVICE[state],
    });
  }
  const [first] = status.rejected;
  if (first === undefined) {
    trouble.over("rejected", "All peers of the status can be read again");
  } else {
    trouble.report("rejected", "Cannot read {peers} of the status: {reason}", {
      peers: status.rejectedCount === 1 ? "a peer" : `${status.rejectedCount} peers`,
      reason: first.reason,
    });
  }
}

/**
 * Tells that no status came.
 *
 * @returns Whether it is a failure that happens; what does not is a defect.
 */
export function reportFailure(trouble: TroubleLog, error: unknown): boolean {
  if (!(error instanceof LocalApiError)) return false;
  const { failure, message: reason } = error;
  const cause = causeOf(error);
  if (CHANGING.has(failure)) {
    const message = "Cannot use the status of tailscaled ({failure})";
    // The message says already what failed.
    const said = reason.replace(/^Cannot .*?: /, "");
    trouble.report("status", message, { failure, reason: said }, { cause });
  } else {
    trouble.report("status", "{reason}", { failure, reason }, { cause });
  }
  return true;
}

/** Tells that not all peers are shown, or that they are again. */
export function reportLeftOut(trouble: TroubleLog, count: number, maxPeers: number): void {
  if (count === 0) {
    trouble.over("left out", "All peers are shown again");
    return;
  }
  trouble.report("left out", "Left out peers of the status: {maxPeers} may be shown", {
    maxPeers,
    count,
  });
}
