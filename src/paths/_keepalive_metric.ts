/**
 * The metrics about the keepalive's pings, in the page's order.
 *
 * @module
 */

import { counter, gauge, type MetricDefinition, peerMetric } from "../metric.ts";

/** Upper bounds for a round trip, in seconds: from one's own rack to the far side of a relay. */
export const RTT_BUCKETS: readonly number[] = [
  0.001,
  0.0025,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
];

/** The definitions by what the code calls them. */
export const KEEPALIVE_DEFINITIONS = {
  rtt: peerMetric(
    "histogram",
    "tailscale_keepalive_rtt_seconds",
    "Round-trip times of pings that were answered, by the path they took.",
    ["path"],
  ),
  path: peerMetric(
    "gauge",
    "tailscale_keepalive_path",
    "Path of the last answer: 1 for that path, 0 for the others.",
    ["path"],
  ),
  pings: peerMetric(
    "counter",
    "tailscale_keepalive_pings_total",
    "Pings that were sent, answered or not.",
  ),
  lost: peerMetric(
    "counter",
    "tailscale_keepalive_pings_lost_total",
    "Pings that were sent and not answered in time.",
  ),
  failures: counter(
    "tailscale_keepalive_failures_total",
    "Pings that could not be sent, because tailscaled refused them or did not answer.",
  ),
  rounds: counter(
    "tailscale_keepalive_rounds_total",
    "Rounds of pings that have ended.",
  ),
  leftOut: counter(
    "tailscale_keepalive_left_out_total",
    "Pings that were skipped because their round ended before they could start.",
  ),
  postponed: gauge(
    "tailscale_keepalive_postponed_peers",
    "Peers that wait for a later round, because there are too many for one.",
  ),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** All metrics about the keepalive, in the page's order. */
export const KEEPALIVE_METRICS: readonly MetricDefinition[] = Object.values(
  KEEPALIVE_DEFINITIONS,
);
