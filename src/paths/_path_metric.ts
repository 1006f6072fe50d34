/**
 * The metrics about the paths to peers, in the page's order.
 *
 * @module
 */

import { peerMetric, type PeerMetricDefinition } from "./peer_metric.ts";

/** The definitions by what the code calls them. */
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
    "For how many seconds the peer has been on each path while somebody looked.",
    ["state"],
  ),
  transitions: peerMetric(
    "counter",
    "tailscale_peer_path_transitions_total",
    "How often the peer went from one path to another.",
    ["from", "to"],
  ),
} as const satisfies Readonly<Record<string, PeerMetricDefinition>>;

/** All metrics about paths, in the page's order. */
export const PATH_METRICS: readonly PeerMetricDefinition[] = Object.values(PATH_DEFINITIONS);
