/**
 * The table of alert rules: for how long a condition must hold before it fires, and for how long it
 * must be over before it is resolved. How bad a problem of a device is and what mends it is in the
 * table of problems (`src/facts/device_problem.ts`); what the conditions are is in `condition.ts`.
 *
 * @module
 */

import { DEVICE_PROBLEMS, type ProblemKind } from "../facts/mod.ts";
import type { Alert, AlertRule } from "./alert.ts";

const MINUTE_MS = 60_000;

/** One rule. Units: milliseconds. */
export interface RuleDefinition {
  /** How bad it is. */
  readonly severity: Alert["severity"];
  /** What mends it. */
  readonly advice: string;
  /** How long its condition must hold before it fires. */
  readonly forMs: number;
  /** How long its condition must be over before it is resolved, so that it does not flap. */
  readonly clearMs: number;
  /** When it fires, in one sentence for documents. */
  readonly help: string;
}

/** All rules. `node_offline` and `critical_node_offline` wait for `ALERT_OFFLINE_AFTER` instead. */
export const RULES: Readonly<Record<AlertRule, RuleDefinition>> = {
  critical_node_offline: {
    ...judgementOf("critical_node_offline"),
    forMs: 2 * MINUTE_MS,
    clearMs: MINUTE_MS,
    help: "A critical node is not connected to the control plane.",
  },
  node_offline: {
    ...judgementOf("node_offline"),
    forMs: 2 * MINUTE_MS,
    clearMs: MINUTE_MS,
    help: "A server is not connected to the control plane, and was within 30 days.",
  },
  key_expired: {
    ...judgementOf("key_expired"),
    forMs: 0,
    clearMs: 0,
    help: "The node key of a server has expired within 30 days.",
  },
  key_expiring: {
    ...judgementOf("key_expiring"),
    forMs: 0,
    clearMs: 0,
    help: "The node key of a server expires within 14 days.",
  },
  lock_error: {
    ...judgementOf("lock_error"),
    forMs: 5 * MINUTE_MS,
    clearMs: MINUTE_MS,
    help: "Tailnet Lock reports an error for a device.",
  },
  routes_unapproved: {
    ...judgementOf("routes_unapproved"),
    forMs: 15 * MINUTE_MS,
    clearMs: MINUTE_MS,
    help: "A device offers routes that are not approved.",
  },
  on_relay: {
    severity: "warning",
    advice: "Let UDP 41641 out and in, or set up a port mapping or a peer relay.",
    forMs: 15 * MINUTE_MS,
    clearMs: 5 * MINUTE_MS,
    help: "This host reaches a server over a DERP relay.",
  },
  unreadable: {
    ...judgementOf("unreadable"),
    forMs: 10 * MINUTE_MS,
    clearMs: MINUTE_MS,
    help: "The scrape of a device that is online fails.",
  },
  collection_stale: {
    severity: "critical",
    advice: "See /health for the reason.",
    forMs: 0,
    clearMs: 0,
    help: "There is no recent device list; the alerts of nodes stay as they are.",
  },
  credential_expiring: {
    severity: "warning",
    advice: "Make a new API key, or use an OAuth client, whose tokens are renewed.",
    forMs: 0,
    clearMs: 0,
    help: "The API key expires within 14 days and is not renewed.",
  },
};

/** How bad a problem of a device is, and what mends it. */
function judgementOf(
  kind: AlertRule & ProblemKind,
): Pick<RuleDefinition, "advice" | "severity"> {
  const { advice, severity } = DEVICE_PROBLEMS[kind];
  return { advice, severity };
}
