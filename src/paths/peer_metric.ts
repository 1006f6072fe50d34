/**
 * What the definitions of metrics about peers share. The same form as the collectors': name, type,
 * help and labels as data, apart from the code that fills them.
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
