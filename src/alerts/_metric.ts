/**
 * The metrics about alerts, as data.
 *
 * @module
 */

import { counter, gauge, type MetricDefinition } from "../metric.ts";

/** The definitions by what the code calls them, in the page's order. */
export const ALERT_DEFINITIONS = {
  alerts: gauge(
    "tsmetrics_alerts",
    "Number of the exporter's own alerts that are pending or firing, silenced ones " +
      "included, by rule.",
    ["rule", "state"],
  ),
  transitions: counter(
    "tsmetrics_alert_transitions_total",
    "Alerts that began to fire (firing) or were resolved (resolved), by rule.",
    ["rule", "to"],
  ),
  leftOut: gauge(
    "tsmetrics_alerts_left_out",
    "Conditions that made no alert because 5000 are pending or firing.",
  ),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** All metrics about alerts, in the page's order. */
export const ALERT_METRICS: readonly MetricDefinition[] = Object.values(ALERT_DEFINITIONS);
