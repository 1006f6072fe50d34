/**
 * Which names are names, which sample names belong to a family, and which names a family keeps
 * others from using. Only the legacy character set: what every reader takes without quoting.
 *
 * @module
 */

import type { Family, MetricType } from "./family.ts";
import { openMetricsName } from "./openmetrics.ts";

/**
 * Whether every reader takes this as the name of a metric.
 *
 * Source: text format 0.0.4, "Comments, help text, and type information"; OpenMetrics 1.0, ABNF
 */
export function isMetricName(name: string): boolean {
  return /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name);
}

/**
 * Whether a sample may carry a label of this name. `__name__` is the metric's own name in the
 * server, so it is none.
 *
 * Source: text format 0.0.4; OpenMetrics 1.0, ABNF
 */
export function isLabelName(name: string): boolean {
  return /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) && name !== "__name__";
}

/** What a sample name adds to the name of its family; "" is the family's own name. */
const SAMPLE_SUFFIXES: Readonly<Record<MetricType, readonly string[]>> = {
  counter: [""],
  gauge: [""],
  histogram: ["_bucket", "_sum", "_count"],
  summary: ["", "_sum", "_count"],
  untyped: [""],
};

/** What an OpenMetrics reader may expect after a family's name, whether we write it or not. */
const OPENMETRICS_SUFFIXES: Readonly<Record<MetricType, readonly string[]>> = {
  counter: ["", "_total", "_created"],
  gauge: [""],
  histogram: ["", "_bucket", "_sum", "_count", "_created"],
  summary: ["", "_sum", "_count", "_created"],
  untyped: [""],
};

/** What the sample names of a type add to the family's name, in the order they are written. */
export function sampleSuffixes(type: MetricType): readonly string[] {
  return SAMPLE_SUFFIXES[type];
}

/**
 * Every name that no other family of the same page may have or use, in either format.
 *
 * OpenMetrics forbids even a possible clash, so a counter `x_total` keeps `x`, `x_total` and
 * `x_created` to itself. Two families may stand on one page exactly if their lists are disjoint.
 *
 * Shape: Family → 1..5 different names
 * Source: OpenMetrics 1.0, "Metric Family Name" (clashes), "Suffixes"
 */
export function reservedNames(family: Family): readonly string[] {
  const name = openMetricsName(family);
  // A counter without `_total` is `unknown` in OpenMetrics, which has no suffixes.
  const isUnknown = family.type === "counter" && name === family.name;
  return isUnknown ? [name] : OPENMETRICS_SUFFIXES[family.type].map((suffix) => name + suffix);
}
