/**
 * The states of the embedded node: one closed list, decided from what its LocalAPI reports, with a
 * sentence for each that says what to do. Pure.
 *
 * @module
 */

import { readSeconds, readText, readTexts } from "../json/field.ts";
import { isJsonObject } from "../json/json.ts";

/** What the node is doing. */
export type NodeState =
  /** It loads, or joins the tailnet. */
  | "starting"
  /** Someone has to log in, or the auth key was refused. */
  | "needs_login"
  /** An admin has to approve the node. */
  | "needs_approval"
  /** It is in the tailnet. */
  | "running"
  /** It is in the tailnet and does not reach the control plane; connections still work. */
  | "control_away"
  /** Its node key has expired. */
  | "key_expired"
  /** It was in the tailnet, and the control plane does not know it any more. */
  | "removed"
  /** A frozen Worker could not be stopped; the program has to end. */
  | "stuck";

/** All states. */
export const NODE_STATES: readonly NodeState[] = [
  "starting",
  "needs_login",
  "needs_approval",
  "running",
  "control_away",
  "key_expired",
  "removed",
  "stuck",
];

/** What is known of the node. */
export interface NodeStatus {
  /** What it is doing. */
  readonly state: NodeState;
  /** Where to log in, if someone has to. */
  readonly loginUrl: string | undefined;
  /** Why the control plane refused the last login. */
  readonly error: string | undefined;
  /** Its name in the tailnet; undefined before it joined. */
  readonly name: string | undefined;
  /** Its addresses. */
  readonly addresses: readonly string[];
  /** Its tags, with `tag:`. */
  readonly tags: readonly string[];
  /** When its key expires, in Unix seconds; undefined if it does not. */
  readonly keyExpiresSeconds: number | undefined;
}

/** What the LocalAPI says of the node. */
export interface SelfReport extends Omit<NodeStatus, "state" | "loginUrl" | "error"> {
  /** Tailscale's word for the state. */
  readonly backend: string | undefined;
  /** Whether the control plane says that the key has expired. */
  readonly isExpired: boolean;
  /** Tailscale's warnings about the node. */
  readonly health: readonly string[];
}

/** A node of which nothing is known. */
export const UNKNOWN_STATUS: NodeStatus = {
  state: "starting",
  loginUrl: undefined,
  error: undefined,
  name: undefined,
  addresses: [],
  tags: [],
  keyExpiresSeconds: undefined,
};

const MAX_TEXTS = 100;

/** Reads a LocalAPI status; what is missing or of another type is unknown. */
export function decodeSelf(status: unknown): SelfReport {
  const { BackendState, Health, Self } = isJsonObject(status) ? status : {};
  const { DNSName, TailscaleIPs, Tags, KeyExpiry, Expired } = isJsonObject(Self) ? Self : {};
  return {
    backend: readText(BackendState),
    name: readText(DNSName)?.replace(/\.$/, ""),
    addresses: readTexts(TailscaleIPs, MAX_TEXTS) ?? [],
    tags: readTexts(Tags, MAX_TEXTS) ?? [],
    keyExpiresSeconds: readSeconds(KeyExpiry),
    isExpired: Expired === true,
    health: readTexts(Health, MAX_TEXTS) ?? [],
  };
}

/**
 * The state of a node.
 *
 * @param wasRunning Whether it was in the tailnet since its last login.
 * @param nowMs Milliseconds since 1970.
 */
export function judgeSelf(report: SelfReport, wasRunning: boolean, nowMs: number): NodeState {
  const { backend, health, isExpired, keyExpiresSeconds } = report;
  const hasExpired = isExpired ||
    (keyExpiresSeconds !== undefined && keyExpiresSeconds * 1000 <= nowMs);
  switch (backend) {
    case "Running":
      if (hasExpired) return "key_expired";
      return health.some((text) => CONTROL_AWAY.test(text)) ? "control_away" : "running";
    case "NeedsLogin":
      if (!wasRunning) return "needs_login";
      return hasExpired ? "key_expired" : "removed";
    case "NeedsMachineAuth":
      return "needs_approval";
    default:
      return "starting";
  }
}

/** Source: tailscale.com/health, warnables "not-in-map-poll" and "map-response-timeout". */
const CONTROL_AWAY = /coordination server|map response/i;

/** What the node is doing, from a fixed set of sentences: nothing in them is secret. */
export function describeState(state: NodeState): string {
  switch (state) {
    case "needs_login":
      return "The embedded node is not logged in: see the log.";
    case "key_expired":
      return "The node key of the embedded node has expired.";
    case "removed":
      return "The embedded node was removed from the tailnet.";
    default:
      return describeStatus({ ...UNKNOWN_STATUS, state });
  }
}

/**
 * What the node is doing and what to do about it. For the operator only: logging in at its URL
 * decides which tailnet the node joins.
 */
export function describeStatus({ error, loginUrl, state }: NodeStatus): string {
  switch (state) {
    case "starting":
      return "The embedded node is joining the tailnet.";
    case "needs_login": {
      if (error !== undefined) {
        return `The control plane refused the embedded node: ${error}. Check TS_AUTHKEY.`;
      }
      return loginUrl === undefined
        ? "The embedded node is not logged in: set TS_AUTHKEY."
        : `The embedded node is not logged in: log in at ${loginUrl}, or set TS_AUTHKEY.`;
    }
    case "needs_approval":
      return "The embedded node waits for the approval of an admin of the tailnet.";
    case "running":
      return "The embedded node is running.";
    case "control_away":
      return "The embedded node cannot reach the control plane; connections still work.";
    case "key_expired":
      return "The node key of the embedded node has expired: set a new TS_AUTHKEY and restart, or " +
        `log in${loginUrl === undefined ? " again" : ` at ${loginUrl}`}.`;
    case "removed":
      return "The embedded node was removed from the tailnet: set a new TS_AUTHKEY and restart" +
        `${loginUrl === undefined ? "" : `, or log in at ${loginUrl}`}.`;
    case "stuck":
      return "The Worker of the embedded node is frozen and cannot be stopped: restart the program.";
  }
}
