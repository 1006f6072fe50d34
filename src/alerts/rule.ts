/**
 * The table of alert rules: how bad each is, for how long its condition must hold before it fires,
 * and for how long it must be over before it is resolved. What the conditions are is in
 * `condition.ts`.
 *
 * @module
 */

import type { Alert, AlertRule } from "./alert.ts";

const MINUTE_MS = 60_000;

/** One rule. Units: milliseconds. */
export interface RuleDefinition {
  /** How bad it is. */
  readonly severity: Alert["severity"];
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
    severity: "critical",
    forMs: 2 * MINUTE_MS,
    clearMs: MINUTE_MS,
    help: "A critical node is not connected to the control server.",
  },
  node_offline: {
    severity: "warning",
    forMs: 2 * MINUTE_MS,
    clearMs: MINUTE_MS,
    help: "A server is not connected to the control server, and was within 30 days.",
  },
  key_expired: {
    severity: "critical",
    forMs: 0,
    clearMs: 0,
    help: "The node key of a server has expired within 30 days.",
  },
  key_expiring: {
    severity: "warning",
    forMs: 0,
    clearMs: 0,
    help: "The node key of a server expires within 14 days.",
  },
  lock_error: {
    severity: "critical",
    forMs: 5 * MINUTE_MS,
    clearMs: MINUTE_MS,
    help: "Tailnet Lock reports an error for a device.",
  },
  routes_unapproved: {
    severity: "warning",
    forMs: 15 * MINUTE_MS,
    clearMs: MINUTE_MS,
    help: "A device offers routes that are not approved.",
  },
  on_relay: {
    severity: "warning",
    forMs: 15 * MINUTE_MS,
    clearMs: 5 * MINUTE_MS,
    help: "This host reaches a server over a DERP relay.",
  },
  unreadable: {
    severity: "warning",
    forMs: 10 * MINUTE_MS,
    clearMs: MINUTE_MS,
    help: "The scrape of a device that is online fails.",
  },
  collection_stale: {
    severity: "critical",
    forMs: 0,
    clearMs: 0,
    help: "There is no recent device list; the alerts of nodes stay as they are.",
  },
  credential_expiring: {
    severity: "warning",
    forMs: 0,
    clearMs: 0,
    help: "The API key expires within 14 days and is not renewed.",
  },
};
