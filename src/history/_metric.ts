/**
 * The metrics about the history, as data.
 *
 * @module
 */

import type { Family } from "../exposition/mod.ts";

/** A family and the labels of its samples. */
export interface MetricDefinition extends Family {
  /** Label names in the order in which samples have them. */
  readonly labels: readonly string[];
}

/** The definitions by what the code calls them, in the page's order. */
export const HISTORY_DEFINITIONS = {
  events: {
    name: "tsmetrics_history_kept_events",
    type: "gauge",
    help: "Number of events that are kept.",
    labels: [],
  },
  eventsTotal: {
    name: "tsmetrics_history_events_total",
    type: "counter",
    help: "Events that were noted, by type (node_offline, key_expired …) and severity.",
    labels: ["type", "severity"],
  },
  nodes: {
    name: "tsmetrics_history_nodes",
    type: "gauge",
    help: "Number of nodes whose time online is kept, those that left the tailnet included.",
    labels: [],
  },
  saved: {
    name: "tsmetrics_history_saved_timestamp_seconds",
    type: "gauge",
    help: "When history or alerts were last written to origin storage, in Unix seconds.",
    labels: [],
  },
  saveErrors: {
    name: "tsmetrics_history_store_errors_total",
    type: "counter",
    help: "Failed reads and writes of origin storage by the history.",
    labels: [],
  },
  damaged: {
    name: "tsmetrics_history_damaged_segments_total",
    type: "counter",
    help: "Segments of the history that could not be read and were put aside.",
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** All metrics about the history, in the page's order. */
export const HISTORY_METRICS: readonly MetricDefinition[] = Object.values(HISTORY_DEFINITIONS);
