/**
 * What a metric is before it has values: the data at the top of each collector, from which
 * `docs/metrics.md` is made, too.
 *
 * @module
 */

import type { Family } from "../exposition/mod.ts";

/** A family and the labels of its samples. */
export interface MetricDefinition extends Family {
  /** Label names in the order in which samples have them. */
  readonly labels: readonly string[];
  /** Those of the labels that only describe: without them no two samples would be one series. */
  readonly facts?: readonly string[];
}

/** The labels of every series about a device. */
export const DEVICE_LABELS: readonly string[] = ["device_id", "device_name"];

/** The definition of a metric about a device: its labels begin with the two of every device. */
export function deviceMetric(
  type: Family["type"],
  name: string,
  help: string,
  labels: readonly string[] = [],
  facts: readonly string[] = [],
): MetricDefinition {
  return { name, type, help, labels: [...DEVICE_LABELS, ...labels], facts };
}
