/**
 * The metrics about writes to a time series database, as data.
 *
 * @module
 */

import { counter, gauge, type MetricDefinition } from "../metric.ts";

/** The definitions by what the code calls them, in the page's order. */
export const PUSH_DEFINITIONS = {
  points: counter(
    "tsmetrics_push_points_total",
    "Points for the database by outcome: written, rejected by it, dropped because the buffer was " +
      "full.",
    ["outcome"],
  ),
  requests: counter(
    "tsmetrics_push_requests_total",
    "Requests to the database by HTTP status, timeout or network.",
    ["code"],
  ),
  buffered: gauge(
    "tsmetrics_push_buffered_points",
    "Points that wait to be written.",
  ),
  bufferedBytes: gauge(
    "tsmetrics_push_buffered_bytes",
    "Size of the points that wait; INFLUX_BUFFER is the limit.",
  ),
  success: gauge(
    "tsmetrics_push_last_success_timestamp_seconds",
    "When the database last took points, in Unix seconds.",
  ),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** All metrics about pushes, in the page's order. */
export const PUSH_METRICS: readonly MetricDefinition[] = Object.values(PUSH_DEFINITIONS);
