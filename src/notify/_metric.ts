/**
 * The metrics about notifications, as data.
 *
 * @module
 */

import { counter, type MetricDefinition } from "../metric.ts";

/** The definitions by what the code calls them, in the page's order. */
export const NOTIFY_DEFINITIONS = {
  notifications: counter(
    "tsmetrics_alert_notifications_total",
    "Requests to receivers of alerts (alertmanager, webhook) that were sent or failed.",
    ["receiver", "outcome"],
  ),
};

/** All metrics about notifications, in the page's order. */
export const NOTIFY_METRICS: readonly MetricDefinition[] = Object.values(NOTIFY_DEFINITIONS);
