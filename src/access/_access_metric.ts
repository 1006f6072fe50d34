/**
 * The metrics of access analytics. Nothing personal: users, devices and endpoints are labels only
 * where the operator asks for them.
 *
 * @module
 */

import type { Family } from "../exposition/mod.ts";

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
  requests: {
    name: "tailscale_access_requests_total",
    type: "counter",
    help: "Requests to services behind a web server, by service, method, class of status and of " +
      "user (own, tagged, shared, external, server, unknown).",
    labels: ["service", "method", "status_class", "user_class"],
  },
  bytes: {
    name: "tailscale_access_response_bytes_total",
    type: "counter",
    help: "Bytes of these responses.",
    labels: ["service", "user_class"],
  },
  duration: {
    name: "tailscale_access_request_duration_seconds",
    type: "histogram",
    help: "Duration of these requests, of those whose line tells it.",
    labels: ["service"],
  },
  users: {
    name: "tailscale_access_users",
    type: "gauge",
    help: "Number of distinct users who made a request since midnight UTC.",
    labels: [],
  },
  devices: {
    name: "tailscale_access_devices",
    type: "gauge",
    help: "Number of distinct devices that made a request since midnight UTC.",
    labels: [],
  },
  endpointRequests: {
    name: "tailscale_access_endpoint_requests_total",
    type: "counter",
    help: "Requests by endpoint, ids folded; only with ACCESS_LABELS=endpoint.",
    labels: ["service", "endpoint"],
  },
  userRequests: {
    name: "tailscale_access_user_requests_total",
    type: "counter",
    help: "Requests by user; only with ACCESS_LABELS=user.",
    labels: ["user"],
  },
  deviceRequests: {
    name: "tailscale_access_device_requests_total",
    type: "counter",
    help: "Requests by device; only with ACCESS_LABELS=device.",
    labels: ["device"],
  },
  lines: {
    name: "tsmetrics_access_lines_total",
    type: "counter",
    help: "Lines of access logs by outcome: counted, ignored (ACCESS_IGNORE), dropped (queue " +
      "full), stale (older than ACCESS_RETENTION, or a day ahead), or why a line is refused " +
      "(too_long, format, json, address, status, time).",
    labels: ["outcome"],
  },
  whois: {
    name: "tsmetrics_access_whois_total",
    type: "counter",
    help: "Questions to tailscaled who is behind an address: found, unknown or failed.",
    labels: ["outcome"],
  },
} as const satisfies Readonly<Record<string, Family & { readonly labels: readonly string[] }>>;

/** All metrics of access analytics, in the page's order. */
export const ACCESS_METRICS: readonly (Family & { readonly labels: readonly string[] })[] = Object
  .values(ACCESS_DEFINITIONS);
