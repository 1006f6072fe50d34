/**
 * The metrics about the watchdog, in the page's order: the six that dashboards out there know, and
 * what it did.
 *
 * @module
 */

import { counter, gauge, type MetricDefinition, peerMetric } from "../metric.ts";

/** The definitions by what the code calls them. */
export const WATCHDOG_DEFINITIONS = {
  restarts: counter(
    "tailscale_watchdog_restarts_total",
    "Restarts of tailscaled that were asked for because peers were stuck on a relay.",
  ),
  detections: counter(
    "tailscale_watchdog_relay_detections_total",
    "Detections of a peer on a relay.",
  ),
  recoveries: counter(
    "tailscale_watchdog_recoveries_total",
    "Recoveries of a peer from a relay to a direct path.",
  ),
  peerState: peerMetric(
    "gauge",
    "tailscale_watchdog_peer_state",
    "Whether the peer is on a DERP relay (1) or not (0); absent while it has no path.",
  ),
  peerRelayDuration: peerMetric(
    "gauge",
    "tailscale_watchdog_peer_relay_duration_seconds",
    "Seconds that the peer has been on a DERP relay; 0 if it is not.",
  ),
  lastRun: gauge(
    "tailscale_watchdog_last_run_timestamp_seconds",
    "When the watchdog last ran, in Unix seconds.",
  ),
  actions: counter(
    "tailscale_watchdog_actions_total",
    "Actions of the watchdog, from a ping to a restart, by outcome.",
    ["action", "outcome"],
  ),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** All metrics about the watchdog, in the page's order. */
export const WATCHDOG_METRICS: readonly MetricDefinition[] = Object.values(
  WATCHDOG_DEFINITIONS,
);
