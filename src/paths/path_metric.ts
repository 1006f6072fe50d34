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
    "The path that packets to the peer take: 1 for the state it is in, 0 for all others.",
    ["state"],
  ),
  since: peerMetric(
    "gauge",
    "tailscale_peer_path_since_timestamp_seconds",
    "When the peer's path became what it is, in Unix seconds.",
  ),
  seconds: peerMetric(
    "counter",
    "tailscale_peer_path_seconds_total",
    "For how many seconds the peer was seen on each path.",
    ["state"],
  ),
  transitions: peerMetric(
    "counter",
    "tailscale_peer_path_transitions_total",
    "How often the peer went from one path to another.",
    ["from", "to"],
  ),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** All of {@linkcode PATH_DEFINITIONS}, in the page's order. */
export const PATH_METRICS: readonly MetricDefinition[] = Object.values(PATH_DEFINITIONS);
