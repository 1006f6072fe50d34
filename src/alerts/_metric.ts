/**
 * The metrics about alerts, as data.
 *
 * @module
 */

import type { MetricDefinition } from "../history/mod.ts";

/** The definitions by what the code calls them, in the page's order. */
export const ALERT_DEFINITIONS = {
  alerts: {
    name: "tsmetrics_alerts",
    type: "gauge",
    help: "Number of the exporter's own alerts that are pending or firing, silenced ones " +
      "included, by rule.",
    labels: ["rule", "state"],
  },
  transitions: {
    name: "tsmetrics_alert_transitions_total",
    type: "counter",
    help: "Alerts that began to fire (firing) or were resolved (resolved), by rule.",
    labels: ["rule", "to"],
  },
  leftOut: {
    name: "tsmetrics_alerts_left_out",
    type: "gauge",
    help: "Conditions that made no alert because 5000 are pending or firing.",
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** All metrics about alerts, in the page's order. */
export const ALERT_METRICS: readonly MetricDefinition[] = Object.values(ALERT_DEFINITIONS);
