/**
 * The metrics of what a host's tailscaled says about itself and its peers, in the page's order. The
 * ten that textfile scripts out there have made for years keep their names, types and helps; those
 * about paths are defined where paths are. The code that fills them is in `peers.ts`.
 *
 * @module
 */

import { gauge, indexOf, type MetricDefinition, peerMetric } from "../metric.ts";
import { PATH_DEFINITIONS } from "../paths/path_metric.ts";

/**
 * The definitions by what the code calls them, in the page's order: the host's, then the peers'.
 */
export const PEERS_DEFINITIONS = {
  up: gauge(
    "tailscale_up",
    "1 if Running, 0 otherwise",
  ),
  healthIssues: gauge(
    "tailscale_health_issues",
    "Number of health issues",
  ),
  versionInfo: gauge(
    "tailscale_version_info",
    "Version info with labels",
    ["version", "os", "tun"],
    ["version", "os", "tun"],
  ),
  backendState: gauge(
    "tailscale_backend_state",
    "State of tailscaled: 1 for the current state, 0 for the others.",
    ["state"],
  ),
  healthWarning: gauge(
    "tailscale_health_warning",
    "Constant 1 for each health warning of tailscaled; numbers in its text are left out.",
    ["warning"],
  ),
  hostInfo: gauge(
    "tailscale_host_info",
    "Constant 1; the ids and the name of this host in the tailnet.",
    ["node_id", "node_name", "device_id"],
    ["node_id", "node_name"],
  ),
  hostOnline: gauge(
    "tailscale_host_online",
    "Whether this host is connected to its coordination server (1) or not (0).",
  ),
  hostKeyExpiry: gauge(
    "tailscale_host_key_expiry_timestamp_seconds",
    "When this host's key expires, in Unix seconds; absent if it never does.",
  ),
  homeDerpRegion: gauge(
    "tailscale_home_derp_region_info",
    "Constant 1; the home DERP region of this host.",
    ["region_code", "region_name", "region_id"],
    ["region_code", "region_name", "region_id"],
  ),
  exitNodeInUse: gauge(
    "tailscale_exit_node_in_use",
    "Whether this host sends its traffic through an exit node (1) or not (0).",
  ),
  exitNodeOnline: gauge(
    "tailscale_exit_node_online",
    "Whether the exit node in use is online (1) or not (0); absent if there is none.",
    ["peer_id", "peer_name"],
  ),
  peers: gauge(
    "tailscale_peers",
    "Number of peers that tailscaled knows.",
  ),
  peersLeftOut: gauge(
    "tailscale_peers_left_out",
    "Number of peers that are not shown because there are too many.",
  ),
  peersRejected: gauge(
    "tailscale_peers_rejected",
    "Number of peers that are not shown because tailscaled's data about them cannot be read.",
  ),
  peersExcluded: gauge(
    "tailscale_peers_excluded",
    "Number of further peers of each kind that PEERS_INCLUDE does not name; absent for none.",
    ["kind"],
  ),
  lastStatus: gauge(
    "tailscale_last_status_timestamp_seconds",
    "When tailscaled last listed its peers, in Unix seconds.",
  ),
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
export const PEERS_METRIC_INDEX: Readonly<Record<PeerMetric, number>> = indexOf(PEERS_DEFINITIONS);
