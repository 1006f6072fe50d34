/**
 * The metrics about the history and the streams of its events, as data.
 *
 * @module
 */

import { counter, gauge, type MetricDefinition } from "../metric.ts";

/** The definitions by what the code calls them, in the page's order. */
export const HISTORY_DEFINITIONS = {
  events: gauge(
    "tsmetrics_history_kept_events",
    "Number of events that are kept.",
  ),
  eventsTotal: counter(
    "tsmetrics_history_events_total",
    "Events that were recorded, by type (node_offline, key_expired …) and severity.",
    ["type", "severity"],
  ),
  nodes: gauge(
    "tsmetrics_history_nodes",
    "Number of nodes whose time online is kept, those that left the tailnet included.",
  ),
  saved: gauge(
    "tsmetrics_history_saved_timestamp_seconds",
    "When history or alerts were last written to origin storage, in Unix seconds.",
  ),
  saveErrors: counter(
    "tsmetrics_history_store_errors_total",
    "Failed reads and writes of origin storage by the history.",
  ),
  damaged: counter(
    "tsmetrics_history_damaged_segments_total",
    "Segments of the stored history that could not be read; their events or hours are missing.",
  ),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** All metrics about the history, in the page's order. */
export const HISTORY_METRICS: readonly MetricDefinition[] = Object.values(HISTORY_DEFINITIONS);

/** The definitions of the streams' metrics by what the code calls them, in the page's order. */
export const STREAM_DEFINITIONS = {
  open: gauge(
    "tsmetrics_http_event_streams",
    "Number of event streams (/api/v1/events/stream) that are open.",
  ),
  refused: counter(
    "tsmetrics_http_event_streams_refused_total",
    "Event streams that were refused because too many are open, in all or of one address.",
  ),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** All metrics about event streams, in the page's order. */
export const STREAM_METRICS: readonly MetricDefinition[] = Object.values(STREAM_DEFINITIONS);
