/**
 * The metrics about the watchdog, in the page's order: the six that dashboards out there know, and
 * what it did.
 *
 * @module
 */

import { peerMetric, type PeerMetricDefinition } from "./path_metric.ts";

/** The definitions by what the code calls them. */
export const WATCHDOG_DEFINITIONS = {
  restarts: {
    name: "tailscale_watchdog_restarts_total",
    type: "counter",
    help: "How often a restart of tailscaled was asked for because peers were stuck on a relay.",
    labels: [],
  },
  detections: {
    name: "tailscale_watchdog_relay_detections_total",
    type: "counter",
    help: "How often a peer was found on a relay.",
    labels: [],
  },
  recoveries: {
    name: "tailscale_watchdog_recoveries_total",
    type: "counter",
    help: "How often a peer came from a relay back to a direct path.",
    labels: [],
  },
  peerState: peerMetric(
    "gauge",
    "tailscale_watchdog_peer_state",
    "Whether the peer is on a DERP relay (1) or not (0); absent while it has no path.",
  ),
  peerRelayDuration: peerMetric(
    "gauge",
    "tailscale_watchdog_peer_relay_duration_seconds",
    "For how many seconds the peer has been on a DERP relay; 0 if it is not.",
  ),
  lastRun: {
    name: "tailscale_watchdog_last_run_timestamp_seconds",
    type: "gauge",
    help: "When the watchdog last looked, in Unix seconds.",
    labels: [],
  },
  actions: {
    name: "tailscale_watchdog_actions_total",
    type: "counter",
    help: "What the watchdog did, from a ping to a restart, and whether that could be done.",
    labels: ["action", "outcome"],
  },
} as const satisfies Readonly<Record<string, PeerMetricDefinition>>;

/** All metrics about the watchdog, in the page's order. */
export const WATCHDOG_METRICS: readonly PeerMetricDefinition[] = Object.values(
  WATCHDOG_DEFINITIONS,
);
