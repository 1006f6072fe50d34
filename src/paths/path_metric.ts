/**
 * What the definitions of metrics about peers share, and those about the paths to them. The same
 * form as the collectors': name, type, help and labels as data, apart from the code that fills
 * them, and not loading it: the names are known where no tailscaled is.
 *
 * @module
 */

/** A family and the labels of its samples. */
export interface PeerMetricDefinition {
  /** Name as text format 0.0.4 writes it. */
  readonly name: string;
  /** The type that the page declares. */
  readonly type: "counter" | "gauge" | "histogram";
  /** One sentence for the HELP line. */
  readonly help: string;
  /** Label names in the order in which samples have them. */
  readonly labels: readonly string[];
}

/** The labels of every series about a peer. */
export const PEER_LABELS: readonly string[] = ["peer_id", "peer_name"];

/** The definition of a metric about a peer: its labels begin with the two of every peer. */
export function peerMetric(
  type: PeerMetricDefinition["type"],
  name: string,
  help: string,
  labels: readonly string[] = [],
): PeerMetricDefinition {
  return { name, type, help, labels: [...PEER_LABELS, ...labels] };
}

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

/** All of {@linkcode PATH_DEFINITIONS}, in the page's order. */
export const PATH_METRICS: readonly PeerMetricDefinition[] = Object.values(PATH_DEFINITIONS);
