/**
 * What is wrong with a device, by one table: kind, severity, what it means and what mends it. Pure:
 * facts in, problems out.
 *
 * @module
 */

import type { Device } from "../control/device.ts";
import { type DeviceFacts, expiryMs, keyStateAt } from "../facts/mod.ts";
import { formatTime } from "../timestamp.ts";

/** How bad a problem is. */
export type Severity = "critical" | "warning" | "info";

/** Every severity, the worst first. */
export const SEVERITIES: readonly Severity[] = ["critical", "warning", "info"];

/** A kind of problem. */
export interface ProblemKind {
  /** The kind in one word. */
  readonly kind: string;
  /** How bad it is. */
  readonly severity: Severity;
  /** What several devices with it are called, after their number. */
  readonly title: string;
  /** What mends it. */
  readonly advice: string;
  /** What is wrong with this device, in a sentence; undefined if it does not have the problem. */
  readonly find: (facts: DeviceFacts, nowMs: number) => string | undefined;
}

/** A problem of a device. */
export interface Problem {
  /** Its kind. */
  readonly kind: string;
  /** How bad it is. */
  readonly severity: Severity;
  /** What is wrong, in a sentence. */
  readonly text: string;
  /** What mends it, in a sentence. */
  readonly advice: string;
}

/** Every kind, the worst first. */
export const PROBLEM_KINDS: readonly ProblemKind[] = [
  {
    kind: "lock_error",
    severity: "critical",
    title: "blocked by Tailnet Lock",
    advice: "Sign the node key: run `tailscale lock sign` on a signing device.",
    find: ({ device: { tailnetLockError } }) =>
      tailnetLockError === undefined || tailnetLockError === ""
        ? undefined
        : `Tailnet Lock reports: ${tailnetLockError}`,
  },
  {
    kind: "key_expired",
    severity: "critical",
    title: "with an expired key",
    advice: "Log in again: run `tailscale up --force-reauth` on the device.",
    find: ({ device }, nowMs) =>
      keyStateAt(expiryMs(device), nowMs) === "expired"
        ? `The key expired at ${formatTime(expiryMs(device))}.`
        : undefined,
  },
  {
    kind: "unauthorized",
    severity: "warning",
    title: "not approved",
    advice: "Approve the device in the admin console, or remove it.",
    find: ({ device: { authorized } }) =>
      authorized === false ? "The device waits for approval." : undefined,
  },
  {
    kind: "metrics_down",
    severity: "warning",
    title: "whose metrics cannot be read",
    advice: "See the reason; `tsmetrics check` tests the way to the device.",
    find: ({ scrape: { reason, state } }) =>
      state === "down" ? reason ?? "The last scrape failed." : undefined,
  },
  {
    kind: "offline",
    severity: "warning",
    title: "offline",
    advice: "Check that the machine runs and that tailscaled is up: run `tailscale status` on it.",
    // A person's laptop is offline every night; a device with a tag is a server.
    find: ({ device, isOnline }) =>
      isOnline || device.tags.length === 0 || device.isExternal === true
        ? undefined
        : `Not connected to the control server${sinceLastSeen(device)}.`,
  },
  {
    kind: "key_expiring",
    severity: "warning",
    title: "with a key that expires within 14 days",
    advice: "Renew the key: run `tailscale up --force-reauth`, or disable its expiry.",
    find: ({ device }, nowMs) =>
      keyStateAt(expiryMs(device), nowMs) === "expiring"
        ? `The key expires at ${formatTime(expiryMs(device))}.`
        : undefined,
  },
  {
    kind: "routes_unapproved",
    severity: "warning",
    title: "with routes that are not approved",
    advice: "Approve the routes in the admin console, or add them to autoApprovers in the policy.",
    find({ device: { advertisedRoutes = [], enabledRoutes } }) {
      if (enabledRoutes === undefined || advertisedRoutes.length === 0) return undefined;
      const missing = advertisedRoutes.filter((route) => !enabledRoutes.includes(route));
      return missing.length === 0 ? undefined : `Not approved: ${missing.slice(0, 5).join(", ")}.`;
    },
  },
  {
    kind: "shared_key",
    severity: "warning",
    title: "whose node key several machines use",
    advice: "Log in anew on the machine that was cloned: remove its tailscaled state first.",
    find: ({ device: { multipleConnections } }) =>
      multipleConnections === true ? "Several machines use this node key." : undefined,
  },
  {
    kind: "update_available",
    severity: "info",
    title: "with an outdated client",
    advice: "Run `tailscale update` on the device, or turn auto-updates on.",
    find: ({ device: { clientVersion = "unknown", updateAvailable } }) =>
      updateAvailable === true ? `Client ${shortVersion(clientVersion)} is outdated.` : undefined,
  },
];

/** What is wrong with a device, the worst first. */
export function problemsOf(facts: DeviceFacts, nowMs: number): readonly Problem[] {
  const problems: Problem[] = [];
  for (const { advice, find, kind, severity } of PROBLEM_KINDS) {
    const text = find(facts, nowMs);
    if (text !== undefined) problems.push({ kind, severity, text, advice });
  }
  return problems;
}

/** "1.102.3-t1234-g5678" → "1.102.3". */
export function shortVersion(version: string): string {
  return version.replace(/-.*$/, "");
}

function sinceLastSeen({ lastSeenSeconds }: Device): string {
  return lastSeenSeconds === undefined ? "" : ` since ${formatTime(lastSeenSeconds * 1000)}`;
}
