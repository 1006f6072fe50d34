/**
 * The metrics of what a host's tailscaled says about itself and its peers, in the page's order. The
 * ten that textfile scripts out there have made for years keep their names, types and helps; those
 * about paths are defined where paths are. The code that fills them is in `peers.ts`.
 *
 * @module
 */

import { PATH_DEFINITIONS, peerMetric } from "../paths/path_metric.ts";
import type { MetricDefinition } from "./_definition.ts";

/**
 * The definitions by what the code calls them, in the page's order: the host's, then the peers'.
 */
export const PEERS_DEFINITIONS = {
  up: {
    name: "tailscale_up",
    type: "gauge",
    help: "1 if Running, 0 otherwise",
    labels: [],
  },
  healthIssues: {
    name: "tailscale_health_issues",
    type: "gauge",
    help: "Number of health issues",
    labels: [],
  },
  versionInfo: {
    name: "tailscale_version_info",
    type: "gauge",
    help: "Version info with labels",
    labels: ["version", "os", "tun"],
    facts: ["version", "os", "tun"],
  },
  backendState: {
    name: "tailscale_backend_state",
    type: "gauge",
    help: "What tailscaled is doing: 1 for the state it is in, 0 for all others.",
    labels: ["state"],
  },
  healthWarning: {
    name: "tailscale_health_warning",
    type: "gauge",
    help: "Constant 1 for each thing that tailscaled finds wrong with itself, numbers left out.",
    labels: ["warning"],
  },
  hostInfo: {
    name: "tailscale_host_info",
    type: "gauge",
    help: "Constant 1; which node of the tailnet this host is.",
    labels: ["node_id", "node_name", "device_id"],
    facts: ["node_id", "node_name"],
  },
  hostOnline: {
    name: "tailscale_host_online",
    type: "gauge",
    help: "Whether this host is connected to its coordination server (1) or not (0).",
    labels: [],
  },
  hostKeyExpiry: {
    name: "tailscale_host_key_expiry_timestamp_seconds",
    type: "gauge",
    help: "When this host's key expires, in Unix seconds; absent if it never does.",
    labels: [],
  },
  homeDerpRegion: {
    name: "tailscale_home_derp_region_info",
    type: "gauge",
    help: "Constant 1; the DERP region that this host has as its home.",
    labels: ["region_code", "region_name", "region_id"],
    facts: ["region_code", "region_name", "region_id"],
  },
  exitNodeInUse: {
    name: "tailscale_exit_node_in_use",
    type: "gauge",
    help: "Whether this host sends its traffic through an exit node (1) or not (0).",
    labels: [],
  },
  exitNodeOnline: {
    name: "tailscale_exit_node_online",
    type: "gauge",
    help: "Whether the exit node in use is online (1) or not (0); absent if there is none.",
    labels: ["peer_id", "peer_name"],
  },
  peers: {
    name: "tailscale_peers",
    type: "gauge",
    help: "Number of peers that tailscaled knows.",
    labels: [],
  },
  peersLeftOut: {
    name: "tailscale_peers_left_out",
    type: "gauge",
    help: "Number of peers that are not shown because there are too many.",
    labels: [],
  },
  peersRejected: {
    name: "tailscale_peers_rejected",
    type: "gauge",
    help: "Number of peers that are not shown because what tailscaled says of them has no sense.",
    labels: [],
  },
  peersExcluded: {
    name: "tailscale_peers_excluded",
    type: "gauge",
    help: "Number of further peers of each kind that PEERS_INCLUDE does not name; absent for none.",
    labels: ["kind"],
  },
  lastStatus: {
    name: "tailscale_last_status_timestamp_seconds",
    type: "gauge",
    help: "When tailscaled last told of its peers, in Unix seconds.",
    labels: [],
  },
  online: peerMetric("gauge", "tailscale_peer_online", "Per-peer: 1 if online"),
  direct: peerMetric("gauge", "tailscale_peer_direct", "Per-peer: 1 if direct connection"),
  active: peerMetric("gauge", "tailscale_peer_active", "Per-peer: 1 if active traffic"),
  rxBytes: peerMetric("counter", "tailscale_peer_rx_bytes_total", "Per-peer: bytes received"),
  txBytes: peerMetric("counter", "tailscale_peer_tx_bytes_total", "Per-peer: bytes transmitted"),
  handshakeAgo: peerMetric(
    "gauge",
    "tailscale_peer_last_handshake_seconds_ago",
    "Per-peer: seconds since handshake",
  ),
  info: {
    ...peerMetric("gauge", "tailscale_peer_info", "Per-peer: metadata labels", [
      "device_id",
      "hostname",
      "dns_name",
      "os",
      "relay",
      "tailscale_ips",
      "tags",
      "user",
      "kind",
    ]),
    facts: [
      "device_id",
      "hostname",
      "dns_name",
      "os",
      "relay",
      "tailscale_ips",
      "tags",
      "user",
      "kind",
    ],
  },
  keyExpiry: peerMetric(
    "gauge",
    "tailscale_peer_key_expiry_timestamp_seconds",
    "When the peer's key expires, in Unix seconds; absent if it never does.",
  ),
  lastSeen: peerMetric(
    "gauge",
    "tailscale_peer_last_seen_timestamp_seconds",
    "When control last saw the peer, in Unix seconds; absent while it is connected.",
  ),
  exitNodeOption: peerMetric(
    "gauge",
    "tailscale_peer_exit_node_option",
    "Constant 1 for each peer that can be used as an exit node.",
  ),
  primaryRoutes: peerMetric(
    "gauge",
    "tailscale_peer_primary_routes",
    "Number of subnet routes that the peer serves now; absent for none.",
  ),
  path: PATH_DEFINITIONS.path,
  pathSince: PATH_DEFINITIONS.since,
  pathSeconds: PATH_DEFINITIONS.seconds,
  pathTransitions: PATH_DEFINITIONS.transitions,
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** How the code calls a metric of a host or a peer. */
export type PeerMetric = keyof typeof PEERS_DEFINITIONS;

/** All metrics of a host and its peers, in the page's order. */
export const PEERS_METRICS: readonly MetricDefinition[] = Object.values(PEERS_DEFINITIONS);

/** The place of each metric in {@linkcode PEERS_METRICS}. */
export const PEERS_METRIC_INDEX: Readonly<Record<PeerMetric, number>> = indexes();

function indexes(): Readonly<Record<PeerMetric, number>> {
  const entries = Object.keys(PEERS_DEFINITIONS).map((key, index) => [key, index] as const);
  return Object.fromEntries(entries) as Record<PeerMetric, number>;
}
