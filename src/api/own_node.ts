/**
 * What is wrong with our own node of the tailnet, and what to do about it, as the page shows it.
 * The reason of a failure is in the log alone: the page may be open to anyone.
 *
 * @module
 */

import type { ProblemSeverity, ShownOwnNode } from "../facts/mod.ts";

/** A problem of our own node. */
export interface OwnNodeProblem {
  /** How bad it is. */
  readonly severity: ProblemSeverity;
  /** What is wrong, in a few words. */
  readonly title: string;
  /** What mends it. */
  readonly advice: string;
}

/** The node, as users know it. */
const NODE = "The node of tsmetrics";

/**
 * What is wrong with our own node.
 *
 * @param isStarting Whether nothing has been collected yet, so that a node that joins is no news.
 * @returns undefined while it runs.
 */
export function ownNodeProblem(
  node: Pick<ShownOwnNode, "hasAuthKey" | "hasError" | "loginPlace" | "reach" | "state">,
  isStarting = false,
): OwnNodeProblem | undefined {
  const { hasError, state } = node;
  switch (state) {
    case "running":
      return undefined;
    case "starting":
      return hasError
        ? {
          severity: "critical",
          title: `${NODE} does not reach the control plane`,
          advice: "Check the network and TSNET_CONTROL_URL. The log has the reason.",
        }
        : {
          severity: isStarting ? "info" : "warning",
          title: `${NODE} is joining the tailnet`,
          advice: "Until it has joined, no device can be reached through it.",
        };
    case "needs_login":
      return hasError
        ? {
          severity: "critical",
          title: `${NODE} cannot log in`,
          advice: retryAdvice(node),
        }
        : {
          severity: "critical",
          title: `${NODE} is not logged in`,
          advice: loginAdvice(node),
        };
    case "needs_approval":
      return {
        severity: "critical",
        title: `${NODE} is not approved`,
        advice: "An admin of the tailnet has to approve it.",
      };
    case "control_away":
      return problemOfReach(node.reach);
    case "key_expired":
      return {
        severity: "critical",
        title: "The key of the node of tsmetrics has expired",
        advice: rejoinAdvice(node),
      };
    case "removed":
      return {
        severity: "critical",
        title: `${NODE} was removed from the tailnet`,
        advice: rejoinAdvice(node),
      };
    case "stuck":
      return {
        severity: "critical",
        title: "The Worker of the node of tsmetrics is frozen",
        advice: "Restart tsmetrics.",
      };
    case "unreachable":
      return {
        severity: "critical",
        title: "The tailscaled of the node of tsmetrics does not answer",
        advice: "Check that it runs, and that LOCALAPI_SOCKET or LOCALAPI_URL leads to it.",
      };
  }
}

/** What is wrong with a node that has lost the control plane. */
function problemOfReach(reach: ShownOwnNode["reach"]): OwnNodeProblem {
  switch (reach) {
    case "none":
      return {
        severity: "critical",
        title: `${NODE} reaches neither the control plane nor any device`,
        advice: "Check the network of the machine of tsmetrics; the node reconnects by itself.",
      };
    case "returning":
      return {
        severity: "warning",
        title: `${NODE} reaches the control plane again, and not all devices yet`,
        advice: "It needs up to a minute to reach them.",
      };
    case "devices":
    case undefined:
      return {
        severity: "warning",
        title: `${NODE} has lost the control plane`,
        advice:
          "Connections to devices may still work. Check the network; it reconnects by itself.",
      };
  }
}

/** How to log in a node that waits for it. */
function loginAdvice({ loginPlace }: Pick<ShownOwnNode, "loginPlace">): string {
  switch (loginPlace) {
    case "page":
      return "Log in, or set TS_AUTHKEY and restart tsmetrics.";
    case "log":
      return "Log in at the address in the log, or set TS_AUTHKEY and restart tsmetrics.";
    default:
      return "Set TS_AUTHKEY and restart tsmetrics.";
  }
}

/** What helps after a login that failed: the log then has its reason, and no address. */
function retryAdvice({ loginPlace }: Pick<ShownOwnNode, "loginPlace">): string {
  return loginPlace === "page"
    ? "Log in, or see the log for the reason and what to do."
    : "The log has the reason and what to do; tsmetrics tries again every 5 minutes.";
}

/** How a node gets back in that has been in the tailnet. */
function rejoinAdvice(
  { hasAuthKey, loginPlace, state }: Pick<ShownOwnNode, "hasAuthKey" | "loginPlace" | "state">,
): string {
  const byKey = "It logs in again if TS_AUTHKEY is set and still valid";
  switch (loginPlace) {
    case "page":
      return `${byKey}. Otherwise log in.`;
    case "log":
      return `${byKey}. Otherwise log in at the address in the log.`;
    default:
      if (hasAuthKey) return `${byKey}. Otherwise set a new one and restart tsmetrics.`;
      // It still takes itself for a member, and asks for no URL.
      return state === "removed"
        ? "Set TS_AUTHKEY and restart tsmetrics, or restart what the log names to get a login URL."
        : "Set TS_AUTHKEY and restart tsmetrics.";
  }
}
