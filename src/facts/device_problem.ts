/**
 * What can be wrong with a device, as one table: name, severity, cure, and how to tell it from the
 * facts. The page and the JSON API show what a device has at the moment; an alert rule adds for how
 * long, and about which devices anyone is to be told. Pure.
 *
 * @module
 */

import type { Device } from "../control/device.ts";
import { formatTime } from "../time/timestamp.ts";
import { isHint, isQuiet, type ProblemContext } from "./attention.ts";
import { expiryMs, keyStateAt } from "./key_state.ts";
import type { DeviceFacts } from "./tailnet_facts.ts";

/** How bad a problem is. */
export type ProblemSeverity = "critical" | "warning" | "info";

/** Every severity, the worst first. */
export const PROBLEM_SEVERITIES: readonly ProblemSeverity[] = ["critical", "warning", "info"];

/** A device as problems are read from it. */
export type ExaminedDevice = Pick<DeviceFacts, "device" | "isOnline" | "scrape">;

/** What is wrong with one device, in words. */
export interface ProblemWords {
  /** What follows its name, without a full stop: "has an expired key". */
  readonly predicate: string;
  /** The details, in a sentence. */
  readonly text: string;
  /** Since when, in milliseconds since 1970; absent if the facts do not tell. */
  readonly sinceMs?: number | undefined;
}

/** One kind of problem. */
export interface ProblemDefinition {
  /** How bad it is. */
  readonly severity: ProblemSeverity;
  /** Whether laptops, phones and abandoned nodes get it as a hint, "info". Default: false. */
  readonly isHintElsewhere?: boolean;
  /** What several devices with it are called, after their number. */
  readonly title: string;
  /** What mends it. */
  readonly advice: string;
  /** The same for our own node, which tsmetrics logs in itself. Default: `advice`. */
  readonly ownAdvice?: string;
  /** What is wrong with this device; undefined if it does not have the problem. */
  readonly find: (facts: ExaminedDevice, context: ProblemContext) => ProblemWords | undefined;
}

/** A problem of a device. */
export interface Problem extends ProblemWords, Pick<ProblemDefinition, "advice"> {
  /** Its kind. */
  readonly kind: ProblemKind;
  /** How bad it is for this device. */
  readonly severity: ProblemSeverity;
}

/** Advice for a device that is offline. */
const START =
  "Check that the machine runs and that tailscaled is up: run `tailscale status` on it.";

/** The same for our own node. */
const SEE_OWN = "See the view Exporter, or /health, for its state.";

/** Every kind by its name, the worst first. Kinds that make alerts are called as their rules. */
export const DEVICE_PROBLEMS = {
  critical_node_offline: {
    severity: "critical",
    isHintElsewhere: true,
    title: "critical and offline",
    advice: START,
    ownAdvice: SEE_OWN,
    find: (facts, context) => isCritical(facts, context) ? findOffline(facts, context) : undefined,
  },
  lock_error: {
    severity: "critical",
    title: "blocked by Tailnet Lock",
    advice: "Check whose key it is, then run `tailscale lock sign nodekey:…` on a signing device.",
    find: ({ device: { tailnetLockError = "" } }) =>
      tailnetLockError === "" ? undefined : {
        predicate: "has a Tailnet Lock error",
        text: `Tailnet Lock reports: ${tailnetLockError}`,
      },
  },
  key_expired: {
    severity: "critical",
    isHintElsewhere: true,
    title: "with an expired key",
    advice: "Log in again: run `tailscale up --force-reauth` on the device.",
    ownAdvice: "It logs in again if TS_AUTHKEY is set and still valid. " +
      "Otherwise set a new one and restart tsmetrics.",
    find: ({ device }, { nowMs }) =>
      keyStateAt(expiryMs(device), nowMs) !== "expired" ? undefined : {
        predicate: "has an expired key",
        text: `The key expired at ${formatTime(expiryMs(device))}.`,
        sinceMs: expiryMs(device),
      },
  },
  unauthorized: {
    severity: "warning",
    title: "not approved",
    advice: "Approve the device in the admin console, or remove it.",
    find: ({ device: { authorized } }) =>
      authorized !== false
        ? undefined
        : { predicate: "is not approved", text: "The device waits for approval." },
  },
  unreadable: {
    severity: "warning",
    title: "whose metrics cannot be read",
    advice: "See the reason; `tsmetrics check` tests the way to the device.",
    find: ({ isOnline, scrape: { failingSinceMs, reason, state } }) =>
      !isOnline || state !== "down" ? undefined : {
        predicate: `has unreadable metrics: ${reason ?? "unknown"}`,
        text: reason ?? "The last scrape failed.",
        sinceMs: failingSinceMs,
      },
  },
  node_offline: {
    severity: "warning",
    isHintElsewhere: true,
    title: "offline",
    advice: START,
    ownAdvice: SEE_OWN,
    find: (facts, context) => isCritical(facts, context) ? undefined : findOffline(facts, context),
  },
  key_expiring: {
    severity: "warning",
    isHintElsewhere: true,
    title: "with a key that expires within 14 days",
    advice: "Renew the key: run `tailscale up --force-reauth`, or disable its expiry.",
    ownAdvice: "Disable its key expiry in the admin console, or keep a valid TS_AUTHKEY set: the " +
      "node logs in with it when its key has expired.",
    find: ({ device }, { nowMs }) =>
      keyStateAt(expiryMs(device), nowMs) !== "expiring" ? undefined : {
        predicate: "has a key that expires within 14 days",
        text: `The key expires at ${formatTime(expiryMs(device))}.`,
      },
  },
  routes_unapproved: {
    severity: "warning",
    title: "with routes that are not approved",
    advice: "Approve the routes in the admin console, or add them to autoApprovers in the policy.",
    find({ device }) {
      const missing = unapprovedRoutes(device);
      if (missing.length === 0) return undefined;
      const [what, verb] = missing.length === 1
        ? ["a route", "is"]
        : [`${missing.length} routes`, "are"];
      return {
        predicate: `offers ${what} that ${verb} not approved`,
        text: `Not approved: ${missing.slice(0, 5).join(", ")}.`,
      };
    },
  },
  shared_key: {
    severity: "warning",
    title: "whose node key several machines use",
    advice: "Log in anew on the machine that was cloned: remove its tailscaled state first.",
    ownAdvice: "Give each instance of tsmetrics its own state: do not copy TSNET_STATE or " +
      "XDG_DATA_HOME.",
    find: ({ device: { multipleConnections } }) =>
      multipleConnections !== true ? undefined : {
        predicate: "shares its node key with another machine",
        text: "Several machines use this node key.",
      },
  },
  update_available: {
    severity: "info",
    title: "with an outdated client",
    advice: "Run `tailscale update` on the device, or turn auto-updates on.",
    ownAdvice: "Update tsmetrics or, with TSNET_MODE=sidecar, its tailscaled.",
    find: ({ device: { clientVersion = "unknown", updateAvailable } }) =>
      updateAvailable !== true ? undefined : {
        predicate: "has an outdated client",
        text: `Client ${shortVersion(clientVersion)} is outdated.`,
      },
  },
} as const satisfies Readonly<Record<string, ProblemDefinition>>;

/** The name of a kind. */
export type ProblemKind = keyof typeof DEVICE_PROBLEMS;

/** Every name, the worst first. */
export const PROBLEM_KINDS = Object.keys(DEVICE_PROBLEMS) as readonly ProblemKind[];

/** An array, because each device of a cycle walks over it. */
const DEFINITIONS = PROBLEM_KINDS.map((kind) => {
  const definition: ProblemDefinition = DEVICE_PROBLEMS[kind];
  return { kind, ...definition };
});

/** What is wrong with a device, the worst first. */
export function problemsOf(facts: ExaminedDevice, context: ProblemContext): readonly Problem[] {
  const problems: Problem[] = [];
  for (const definition of DEFINITIONS) {
    const words = definition.find(facts, context);
    if (words === undefined) continue;
    const { kind } = definition;
    const advice = adviceFor(definition, facts, context);
    const severity = severityFor(definition, words, facts, context);
    const { predicate, sinceMs, text } = words;
    problems.push({ kind, severity, advice, predicate, text, sinceMs });
  }
  // Nearly every device has one at most, and each cycle comes here.
  return problems.length < 2 ? problems : problems.sort(bySeverity);
}

/** What mends a problem of this device. */
export function adviceFor(
  { advice, ownAdvice }: ProblemDefinition,
  { device }: ExaminedDevice,
  { isOwnNode }: ProblemContext,
): string {
  return ownAdvice !== undefined && isOwnNode?.(device) === true ? ownAdvice : advice;
}

/** How bad a problem is for a device that has it. */
export function severityFor(
  { isHintElsewhere = false, severity }: ProblemDefinition,
  { sinceMs }: ProblemWords,
  facts: ExaminedDevice,
  context: ProblemContext,
): ProblemSeverity {
  return isHintElsewhere && isHint(facts, context, sinceMs) ? "info" : severity;
}

/** Order of what has a severity, the worst first. */
export function bySeverity(
  a: { readonly severity: ProblemSeverity },
  b: { readonly severity: ProblemSeverity },
): number {
  return PROBLEM_SEVERITIES.indexOf(a.severity) - PROBLEM_SEVERITIES.indexOf(b.severity);
}

/** "1.102.3-t1234-g5678" → "1.102.3". */
export function shortVersion(version: string): string {
  return version.replace(/-.*$/, "");
}

function isCritical({ device }: ExaminedDevice, { isCritical }: ProblemContext): boolean {
  return isCritical?.(device) === true;
}

function findOffline(
  facts: ExaminedDevice,
  context: ProblemContext,
): ProblemWords | undefined {
  const { device, isOnline } = facts;
  if (isOnline || isQuiet(device, context)) return undefined;
  const { lastSeenSeconds } = device;
  const sinceMs = lastSeenSeconds === undefined ? undefined : lastSeenSeconds * 1000;
  const since = sinceMs === undefined ? "" : ` since ${formatTime(sinceMs)}`;
  return { predicate: "is offline", text: `Not connected to the control plane${since}.`, sinceMs };
}

/** Offered routes that are not approved, each once; none where it is not known which are. */
function unapprovedRoutes({ advertisedRoutes = [], enabledRoutes }: Device): readonly string[] {
  if (advertisedRoutes.length === 0 || enabledRoutes === undefined) return [];
  // Nearly always all few of them are approved: a set would cost ten times as much.
  const isShort = advertisedRoutes.length <= 8 && enabledRoutes.length <= 8;
  if (isShort && advertisedRoutes.every((route) => enabledRoutes.includes(route))) return [];
  const enabled = new Set(enabledRoutes);
  return [...new Set(advertisedRoutes.filter((route) => !enabled.has(route)))];
}
