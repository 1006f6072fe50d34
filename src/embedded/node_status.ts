/**
 * The states of the embedded node: one closed list, decided from what its LocalAPI reports, with a
 * sentence for each that says what to do. Pure.
 *
 * @module
 */

import { tlsAdvice } from "../errors.ts";
import { readSeconds, readText, readTexts } from "../json/field.ts";
import { isJsonObject } from "../json/json.ts";

/** What the node is doing. */
export type NodeState =
  /** It loads, joins the tailnet, or cannot because it does not reach the control plane. */
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
  /** A frozen Worker could not be stopped; the program has to end. Embedded nodes only. */
  | "stuck"
  /** The tailscaled of the node does not answer. Sidecars only. */
  | "unreachable";

const COMMON_STATES: readonly NodeState[] = [
  "starting",
  "needs_login",
  "needs_approval",
  "running",
  "control_away",
  "key_expired",
  "removed",
];

/** All states of an embedded node. */
export const NODE_STATES: readonly NodeState[] = [...COMMON_STATES, "stuck"];

/** All states of a sidecar. */
export const SIDECAR_STATES: readonly NodeState[] = [...COMMON_STATES, "unreachable"];

/** What is known of the node. */
export interface NodeStatus {
  /** What it is doing. */
  readonly state: NodeState;
  /** Where to log in, if someone has to. */
  readonly loginUrl: string | undefined;
  /** Why it is not in the tailnet: the login was refused, or the control plane not reached. */
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

/** A device of a list, as far as it is told from our own node. */
export interface ListedDevice {
  /** The device. */
  readonly device: {
    readonly addresses: readonly string[];
    readonly isEphemeral?: boolean | undefined;
  };
}

/** Our own node, embedded or beside us. */
export interface OwnNode {
  /** What is known of it. */
  readonly status: NodeStatus;
  /** All states that it may be in. */
  readonly states: readonly NodeState[];
  /** What it is doing, from a fixed set of sentences. */
  readonly summary: string;
  /**
   * Why no device can be reached through it, as a sentence without secrets; undefined while one
   * may be.
   */
  readonly outage: string | undefined;
  /** How often it was started anew. */
  readonly restarts: number;
  /** Calls back after each change. */
  subscribe(listener: () => void): void;
  /** Hears of each device list, to tell whether it has this node. Default: not heard. */
  listed?(devices: readonly ListedDevice[]): void;
}

/** What the LocalAPI says of the node. */
export interface SelfReport extends Omit<NodeStatus, "state" | "loginUrl" | "error"> {
  /** Tailscale's word for the state. */
  readonly backend: string | undefined;
  /** Whether the control plane says that the key has expired. */
  readonly isExpired: boolean;
  /** Whether it is connected to the control plane; undefined if it does not say. */
  readonly isConnected: boolean | undefined;
  /** Tailscale's warnings about the node. */
  readonly health: readonly string[];
  /** Where someone can log in. */
  readonly authUrl: string | undefined;
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
  const { AuthURL, BackendState, Health, Self } = isJsonObject(status) ? status : {};
  const { DNSName, Expired, KeyExpiry, Online, Tags, TailscaleIPs } = isJsonObject(Self)
    ? Self
    : {};
  return {
    backend: readText(BackendState),
    name: readText(DNSName)?.replace(/\.$/, ""),
    addresses: readTexts(TailscaleIPs, MAX_TEXTS) ?? [],
    tags: readTexts(Tags, MAX_TEXTS) ?? [],
    keyExpiresSeconds: readSeconds(KeyExpiry),
    isExpired: Expired === true,
    isConnected: typeof Online === "boolean" ? Online : undefined,
    health: readTexts(Health, MAX_TEXTS) ?? [],
    authUrl: readText(AuthURL),
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

/** Whether the node is in the tailnet, so that connections may work. */
export function isIn(state: NodeState): boolean {
  return state === "running" || state === "control_away";
}

/** Whether the node is out of the tailnet until it has logged in. */
export function isOut(state: NodeState): boolean {
  return state === "needs_login" || state === "key_expired" || state === "removed";
}

/**
 * Whether the outcome of a login is still unknown. The state of a node that was out then stays, so
 * that a login that fails again changes nothing.
 *
 * @param isUnderWay Whether a login by key has neither succeeded nor failed yet.
 */
export function isUndecided({ backend }: SelfReport, isUnderWay: boolean): boolean {
  return isUnderWay || backend === undefined || backend === "NoState";
}

/** Source: tailscale.com/health, warnables "not-in-map-poll" and "map-response-timeout". */
const CONTROL_AWAY = /coordination server|map response/i;

/** Source: tailscale.com/health, warnable "login-state". */
const LOGIN_ERROR = /last login error was: (.{1,2000})/;

/** What the platform's `fetch` and its callers in Go say before the cause. */
const FETCH_FAILED = /net\/http: fetch\(\) failed: (?:.*client error \(\w+\): )?/;

/** Longest reason that is told. */
const MAX_REASON = 300;

/** Why the last attempt to log in failed, by Tailscale's warnings; undefined if it did not. */
export function loginErrorOf({ health }: SelfReport): string | undefined {
  for (const text of health) {
    const reason = LOGIN_ERROR.exec(text)?.[1];
    if (reason !== undefined) return reason.replace(FETCH_FAILED, "").slice(0, MAX_REASON);
  }
  return undefined;
}

/**
 * Whether a login failed without a decision of the control plane.
 * Source: tailscale.com/control/controlclient, `doLogin()`.
 */
export function isUnreached(loginError: string): boolean {
  return /^(?:fetch control key:|register request: Post )/.test(loginError);
}

/** What a message calls the node. */
export type NodeName = "embedded node" | "sidecar";

/** What the node is doing, from a fixed set of sentences: nothing in them is secret. */
export function describeState(
  { error, state }: Pick<NodeStatus, "error" | "state">,
  name: NodeName = "embedded node",
): string {
  switch (state) {
    case "starting":
      return error === undefined
        ? `The ${name} is joining the tailnet.`
        : `The ${name} does not reach the control plane: see the log.`;
    case "needs_login":
      return `The ${name} is not logged in: see the log.`;
    case "key_expired":
      return `The node key of the ${name} has expired.`;
    case "removed":
      return `The ${name} was removed from the tailnet.`;
    case "unreachable":
      return `The tailscaled of the ${name} does not answer.`;
    default:
      return describeStatus({ ...UNKNOWN_STATUS, state }, name);
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
): string | undefined {
  const { loginUrl, state } = status;
  if (isIn(state) || state === "unreachable") return undefined;
  return loginUrl === undefined ? describeStatus(status, name) : describeState(status, name);
}

/**
 * What the node is doing and what to do about it. For the operator only: logging in at its URL
 * decides which tailnet the node joins.
 */
export function describeStatus(
  { error, loginUrl, state }: NodeStatus,
  name: NodeName = "embedded node",
): string {
  switch (state) {
    case "starting":
      return error === undefined
        ? `The ${name} is joining the tailnet.`
        : `The ${name} does not reach the control plane: ${error}; ${
          adviceOnControl(error, name)
        }.`;
    case "needs_login": {
      if (error !== undefined) {
        return `The ${name} cannot log in: ${error}. Check TS_AUTHKEY.`;
      }
      return loginUrl === undefined
        ? `The ${name} is not logged in: set TS_AUTHKEY.`
        : `The ${name} is not logged in: log in at ${loginUrl}, or set TS_AUTHKEY.`;
    }
    case "needs_approval":
      return `The ${name} waits for the approval of an admin of the tailnet.`;
    case "running":
      return `The ${name} is running.`;
    case "control_away":
      return `The ${name} cannot reach the control plane; connections still work.`;
    case "key_expired":
      return `The node key of the ${name} has expired: ${adviceOf(loginUrl)}.`;
    case "removed":
      return `The ${name} was removed from the tailnet: ${adviceOf(loginUrl)}.`;
    case "stuck":
      return `The Worker of the ${name} is frozen and cannot be stopped: restart the program.`;
    case "unreachable":
      return error === undefined
        ? `The tailscaled of the ${name} does not answer.`
        : `The ${name} is away: ${error}.`;
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

/** What gets a node back in that has been in the tailnet. */
function adviceOf(loginUrl: string | undefined): string {
  return "it logs in again if TS_AUTHKEY is set and still valid" +
    (loginUrl === undefined ? "" : `, or log in at ${loginUrl}`);
}
