/**
 * What a metric is before it has values: data at the top of each part that has metrics, from which
 * headers of the page and `docs/metrics.md` are made. Knows no code that fills them.
 *
 * @module
 */

/** The types of our metrics. */
export type MetricType = "counter" | "gauge" | "histogram";

/** A family and the labels of its samples. */
export interface MetricDefinition {
  /** Name as text format 0.0.4 writes it: a counter's includes `_total`. */
  readonly name: string;
  /** The type that the page declares. */
  readonly type: MetricType;
  /** One sentence for the HELP line. */
  readonly help: string;
  /** Label names in the order in which samples have them. */
  readonly labels: readonly string[];
  /** Those of the labels that only describe: without them no two samples would be one series. */
  readonly facts?: readonly string[];
}

/** The labels of every series about a device. */
export const DEVICE_LABELS: readonly string[] = ["device_id", "device_name"];

/** The labels of every series about a peer. */
export const PEER_LABELS: readonly string[] = ["peer_id", "peer_name"];

/** A counter. */
export function counter(
  name: string,
  help: string,
  labels: readonly string[] = [],
): MetricDefinition {
  return { name, type: "counter", help, labels };
}

/** A gauge. */
export function gauge(
  name: string,
  help: string,
  labels: readonly string[] = [],
  facts: readonly string[] = [],
): MetricDefinition {
  return { name, type: "gauge", help, labels, facts };
}

/** A metric about a device: its labels begin with the two of every device. */
export function deviceMetric(
  type: MetricType,
  name: string,
  help: string,
  labels: readonly string[] = [],
  facts: readonly string[] = [],
): MetricDefinition {
  return { name, type, help, labels: [...DEVICE_LABELS, ...labels], facts };
}

/** A metric about a peer: its labels begin with the two of every peer. */
export function peerMetric(
  type: MetricType,
  name: string,
  help: string,
  labels: readonly string[] = [],
): MetricDefinition {
  return { name, type, help, labels: [...PEER_LABELS, ...labels] };
}

/** The position of each definition, as `Object.values` has them: that of its family in a table. */
export function indexOf<K extends string>(
  definitions: Readonly<Record<K, MetricDefinition>>,
): Readonly<Record<K, number>> {
  const entries = Object.keys(definitions).map((key, index) => [key, index] as const);
  return Object.fromEntries(entries) as Record<K, number>;
}
