/**
 * The metrics about the paths to peers, as data: the names are known where no tailscaled is.
 *
 * @module
 */

import { type MetricDefinition, peerMetric } from "../metric.ts";

/** The metrics about the paths to peers by what the code calls them, in the page's order. */
export const PATH_DEFINITIONS = {
  path: peerMetric(
    "gauge",
    "tailscale_peer_path",
    "Path to the peer: 1 for the current state, 0 for the others.",
    ["state"],
  ),
  since: peerMetric(
    "gauge",
    "tailscale_peer_path_since_timestamp_seconds",
    "When the peer took its current path, in Unix seconds.",
  ),
  seconds: peerMetric(
    "counter",
    "tailscale_peer_path_seconds_total",
    "Seconds that the peer was seen on each path.",
    ["state"],
  ),
  transitions: peerMetric(
    "counter",
    "tailscale_peer_path_transitions_total",
    "Changes of the peer's path, from one to another.",
    ["from", "to"],
  ),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** All of {@linkcode PATH_DEFINITIONS}, in the page's order. */
export const PATH_METRICS: readonly MetricDefinition[] = Object.values(PATH_DEFINITIONS);
