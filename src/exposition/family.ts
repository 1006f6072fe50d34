/**
 * What a metric family is, apart from any format: plain data that collectors write at their top.
 *
 * @module
 */

/** The types of text format 0.0.4; OpenMetrics' further ones are written as gauges. */
export type MetricType = "counter" | "gauge" | "histogram" | "summary" | "untyped";

/** All samples of one name, as they stand together on a page. */
export interface Family {
  /** Name as text format 0.0.4 writes it: a counter's includes `_total`. */
  readonly name: string;
  /** The type that the page declares. */
  readonly type: MetricType;
  /** One sentence for the HELP line, unescaped; "" writes no HELP line. */
  readonly help: string;
}

/** One label, name and value, unescaped. */
export type Label = readonly [name: string, value: string];

/** The formats a page can be written in. */
export type Format =
  /** Prometheus text format 0.0.4. */
  | "text"
  /** OpenMetrics 1.0. */
  | "openmetrics";
