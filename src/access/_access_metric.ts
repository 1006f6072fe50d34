/**
 * The metrics of access analytics. Nothing personal: users, devices and endpoints are labels only
 * where the operator asks for them.
 *
 * @module
 */

import { counter, gauge, type MetricDefinition } from "../metric.ts";

/** Upper bounds of durations, in seconds. */
export const DURATION_BUCKETS: readonly number[] = [
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
];

/** The definitions by what the code calls them, in the page's order. */
export const ACCESS_DEFINITIONS = {
  requests: counter(
    "tailscale_access_requests_total",
    "Requests to services behind a web server, by service, method, class of status and of " +
      "user (own, tagged, shared, external, server, unknown).",
    ["service", "method", "status_class", "user_class"],
  ),
  bytes: counter(
    "tailscale_access_response_bytes_total",
    "Bytes of these responses.",
    ["service", "user_class"],
  ),
  duration: {
    name: "tailscale_access_request_duration_seconds",
    type: "histogram",
    help: "Duration of these requests, of those whose line tells it.",
    labels: ["service"],
  },
  users: gauge(
    "tailscale_access_users",
    "Number of distinct users who made a request since midnight UTC.",
  ),
  devices: gauge(
    "tailscale_access_devices",
    "Number of distinct devices that made a request since midnight UTC.",
  ),
  endpointRequests: counter(
    "tailscale_access_endpoint_requests_total",
    "Requests by endpoint, ids folded; only with ACCESS_LABELS=endpoint.",
    ["service", "endpoint"],
  ),
  userRequests: counter(
    "tailscale_access_user_requests_total",
    "Requests by user; only with ACCESS_LABELS=user.",
    ["user"],
  ),
  deviceRequests: counter(
    "tailscale_access_device_requests_total",
    "Requests by device; only with ACCESS_LABELS=device.",
    ["device"],
  ),
  lines: counter(
    "tsmetrics_access_lines_total",
    "Lines of access logs by outcome: counted, ignored (ACCESS_IGNORE), dropped (queue " +
      "full), stale (older than ACCESS_RETENTION, or a day ahead), or why a line is refused " +
      "(too_long, format, json, address, status, time).",
    ["outcome"],
  ),
  whois: counter(
    "tsmetrics_access_whois_total",
    "Whois lookups of client addresses at tailscaled, by outcome: found, unknown or failed.",
    ["outcome"],
  ),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** All metrics of access analytics, in the page's order. */
export const ACCESS_METRICS: readonly MetricDefinition[] = Object
  .values(ACCESS_DEFINITIONS);
