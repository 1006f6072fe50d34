/**
 * What the LocalAPI says of our own node, decoded and judged. Pure.
 *
 * @module
 */

import { readSeconds, readText, readTexts } from "../json/field.ts";
import { isJsonObject } from "../json/json.ts";
import type { NodeState, NodeStatus } from "./node_status.ts";

/** What the LocalAPI says of the node. */
export interface SelfReport extends Omit<NodeStatus, "state" | "loginUrl" | "error"> {
  /** Tailscale's word for the state. */
  readonly backend: string | undefined;
  /** Whether the control plane says that the key has expired. */
  readonly isExpired: boolean;
  /** Whether it is connected to the control plane; undefined if it does not say. */
  readonly isConnected: boolean | undefined;
  /** Whether it has a key of a login, which is good until the control plane says otherwise. */
  readonly hasNodeKey: boolean;
  /** Tailscale's warnings about the node. */
  readonly health: readonly string[];
  /** Where someone can log in. */
  readonly authUrl: string | undefined;
}

const MAX_TEXTS = 100;

/** Reads a LocalAPI status; what is missing or of another type is unknown. */
export function decodeSelf(status: unknown): SelfReport {
  const { AuthURL, BackendState, HaveNodeKey, Health, Self } = isJsonObject(status) ? status : {};
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
    hasNodeKey: HaveNodeKey === true,
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
const LOGIN_ERROR = /last login error was: ([^]{1,2000})/;

/**
 * What Tailscale's code says of an answer that is not a control plane's key: what keeps it from
 * being one, then, since old servers sent a bare key, what keeps it from being that.
 *
 * Source: tailscale.com/control/controlclient, `loadServerPubKeys()` and `doLogin()`
 */
const NO_KEY = /^(?:([^]*?)\s+key hex\b[^]*|control server is too old; no noise key)$/;

/** What the platform's `fetch` and its callers in Go say before the cause. */
const FETCH_FAILED = /net\/http: fetch\(\) failed: (?:.*client error \(\w+\): )?/;

/** Longest reason that is told. */
const MAX_REASON = 300;

/** Why the last attempt to log in failed, by Tailscale's warnings; undefined if it did not. */
export function loginErrorOf({ health }: SelfReport): string | undefined {
  for (const text of health) {
    const reason = LOGIN_ERROR.exec(text)?.[1];
    if (reason === undefined) continue;
    const [isNoKey, problem = "it holds no key"] = NO_KEY.exec(reason) ?? [];
    if (isNoKey === undefined) return reason.replace(FETCH_FAILED, "").slice(0, MAX_REASON);
    const answer = "fetch control key: the answer is not that of a control plane";
    return `${answer} (${problem.slice(0, MAX_REASON)})`;
  }
  return undefined;
}

/**
 * Whether the control plane has decided against a login, so that waiting does not help. An error of
 * the server, too many requests and a connection that broke are no decision.
 */
export function isDecided(loginError: string): boolean {
  return !isUnreached(loginError) &&
    !/\bhttp (?:5\d\d|408|429)\b|context |time(?:d )?out|\bEOF\b|connection/i.test(loginError);
}

/**
 * The reason for a failed login with an auth key, with what helps: nothing is wrong with the key
 * unless the control plane has decided against it.
 */
export function withKeyAdvice(loginError: string): string {
  return isDecided(loginError) ? `${loginError}; check TS_AUTHKEY` : loginError;
}

/**
 * Whether a login failed without a decision of the control plane.
 * Source: tailscale.com/control/controlclient, `doLogin()`.
 */
export function isUnreached(loginError: string): boolean {
  return /^(?:fetch control key\b|register request: Post )/.test(loginError);
}
