/**
 * What our own node is doing, in sentences that say what to do about it. Pure.
 *
 * @module
 */

import { tlsAdvice } from "../errors.ts";
import { isIn, type NodeStatus, type Reach, UNKNOWN_STATUS } from "./node_status.ts";

/** What a message calls the node. */
export type NodeName = "embedded node" | "sidecar";

/** How the node can log in, which the advice depends on. */
export interface LoginWays {
  /** Whether `TS_AUTHKEY` is set. Default: true. */
  readonly hasAuthKey?: boolean | undefined;
  /**
   * Whether a login at its URL reaches the node: a command that ends is gone by then, and the login
   * would register a node that nothing runs. Default: true.
   */
  readonly takesUrl?: boolean | undefined;
}

/** What the node is doing, from a fixed set of sentences: nothing in them is secret. */
export function describeState(
  { error, loginUrl, reach, state }: Pick<NodeStatus, "error" | "loginUrl" | "reach" | "state">,
  name: NodeName = "embedded node",
  { hasAuthKey = true }: LoginWays = {},
): string {
  switch (state) {
    case "starting":
      return error === undefined
        ? `The ${name} is joining the tailnet.`
        : `The ${name} does not reach the control plane: see the log.`;
    case "needs_login":
      return error === undefined
        ? `The ${name} is not logged in: see the log.`
        : `The ${name} cannot log in: see the log for the reason.`;
    case "key_expired":
      return `The node key of the ${name} has expired.`;
    case "removed":
      if (hasAuthKey) return `The ${name} was removed from the tailnet.`;
      return loginUrl === undefined
        ? describeStatus({ ...UNKNOWN_STATUS, state }, name, { hasAuthKey })
        : `The ${name} was removed from the tailnet: see the log for a URL to log in at.`;
    case "unreachable":
      return `The ${name} is unreachable.`;
    default:
      return describeStatus({ ...UNKNOWN_STATUS, reach, state }, name);
  }
}

/**
 * Why no device can be reached, and what to do about it where that is no secret: a failed scrape
 * shows its reason on the page, which may be open to anyone.
 *
 * @returns undefined while a device may be reached. A tailscaled whose LocalAPI does not answer may
 * still pass connections on.
 */
export function describeOutage(
  status: NodeStatus,
  name: NodeName = "embedded node",
  ways: LoginWays = {},
): string | undefined {
  const { loginUrl, reach, state } = status;
  const isCut = reach !== undefined && reach !== "devices";
  if (!isCut && isIn(state) || state === "unreachable") return undefined;
  const describe = loginUrl === undefined ? describeStatus : describeState;
  return describe(status, name, ways);
}

/**
 * What the node is doing and what to do about it. For the operator only: logging in at its URL
 * decides which tailnet the node joins.
 */
export function describeStatus(
  { error, loginUrl: url, reach, state }: NodeStatus,
  name: NodeName = "embedded node",
  { hasAuthKey = true, takesUrl = true }: LoginWays = {},
): string {
  const loginUrl = takesUrl ? url : undefined;
  switch (state) {
    case "starting":
      return error === undefined
        ? `The ${name} is joining the tailnet.`
        : `The ${name} does not reach the control plane: ${error}; ${
          adviceOnControl(error, name)
        }.`;
    case "needs_login": {
      if (error !== undefined) return `The ${name} cannot log in: ${error}.`;
      if (!takesUrl) return `The ${name} is not logged in: ${ADVICE_WITHOUT_URL}.`;
      return loginUrl === undefined
        ? `The ${name} is not logged in: set TS_AUTHKEY.`
        : `The ${name} is not logged in: log in at ${loginUrl}, or set TS_AUTHKEY.`;
    }
    case "needs_approval":
      return `The ${name} waits for the approval of an admin of the tailnet.`;
    case "running":
      return `The ${name} is running.`;
    case "control_away":
      return sentenceOfReach(reach, name);
    case "key_expired":
      return `The node key of the ${name} has expired: ${adviceOf(loginUrl)}.`;
    case "removed": {
      // It still takes itself for a member, and asks for no URL.
      const isLost = !hasAuthKey && loginUrl === undefined;
      const advice = isLost ? adviceOnRestart(name) : adviceOf(loginUrl);
      return `The ${name} was removed from the tailnet: ${advice}.`;
    }
    case "stuck":
      return `The Worker of the ${name} is frozen and cannot be stopped: restart the program.`;
    case "unreachable":
      return error === undefined
        ? `The ${name} is unreachable.`
        : `The ${name} is unreachable: ${error}.`;
  }
}

/** What a node reaches that has lost the control plane. */
function sentenceOfReach(reach: Reach | undefined, name: NodeName): string {
  switch (reach) {
    case "none":
      return `The ${name} reaches neither the control plane nor any device: check the network of ` +
        "this machine.";
    case "returning":
      return `The ${name} reaches the control plane again, and not all devices yet.`;
    case "devices":
    case undefined:
      return `The ${name} cannot reach the control plane.`;
  }
}

/** What to look at when the control plane is not reached. */
function adviceOnControl(error: string, name: NodeName): string {
  if (name === "sidecar" && UNTRUSTED.test(error)) return ADVICE_ON_AUTHORITY;
  return tlsAdvice(error, "TSNET_CONTROL_URL") ?? "check the network and TSNET_CONTROL_URL";
}

/** A tailscaled does not trust the authority of the control plane. Source: Go's crypto/x509 */
const UNTRUSTED = /x509: certificate signed by unknown authority/;

const ADVICE_ON_AUTHORITY = "put the certificate of that authority into a directory, and name it " +
  "in SSL_CERT_DIR in the environment of tailscaled, which does not read TLS_CA_PEM";

/** What to do where a URL is of no use. */
const ADVICE_WITHOUT_URL =
  "set TS_AUTHKEY, or run `tsmetrics serve`, whose log has a URL to log in at";

/** What gets a node back in that was removed and has no auth key. */
function adviceOnRestart(name: NodeName): string {
  const program = name === "sidecar" ? "its tailscaled" : "tsmetrics";
  return `restart ${program} to get a URL to log in at, or set TS_AUTHKEY`;
}

/** What gets a node back in that has been in the tailnet. */
function adviceOf(loginUrl: string | undefined): string {
  return "it logs in again if TS_AUTHKEY is set and still valid" +
    (loginUrl === undefined ? "" : `, or log in at ${loginUrl}`);
}
