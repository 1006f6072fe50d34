/**
 * The metrics about the exporter itself: its calls, its cycles, its process.
 *
 * @module
 */

import type { MetricDefinition } from "./_definition.ts";

/** Upper bounds for a cycle, in seconds: from a handful of devices to a fleet full of dead ones. */
export const CYCLE_BUCKETS: readonly number[] = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120];

/** The definitions by what the code calls them, in the page's order. */
export const EXPORTER_DEFINITIONS = {
  cycleDuration: {
    name: "tsmetrics_scrape_duration_seconds",
    type: "histogram",
    help:
      "How long a collection took: of the tailnet, from the API call to the last device's page " +
      "(tailscale), or of a part of this host (peers, native, watchdog).",
    labels: ["target"],
  },
  errors: {
    name: "tsmetrics_scrape_errors_total",
    type: "counter",
    help: "Failed refreshes of the device list (api), scrapes of devices (device) and calls of " +
      "this host's LocalAPI (tailscaled), by cause.",
    labels: ["target", "error_type"],
  },
  apiRequests: {
    name: "tsmetrics_api_requests_total",
    type: "counter",
    help: "Requests to the Tailscale API by endpoint and status, retries included.",
    labels: ["endpoint", "code"],
  },
  apiRetries: {
    name: "tsmetrics_api_retries_total",
    type: "counter",
    help: "Requests to the Tailscale API that were a further try.",
    labels: ["endpoint"],
  },
  apiUp: {
    name: "tsmetrics_api_up",
    type: "gauge",
    help: "Whether the last refresh of the device list succeeded (1) or not (0).",
    labels: [],
  },
  circuitState: {
    name: "tsmetrics_api_circuit_state",
    type: "gauge",
    help: "Whether the API is asked in each cycle (closed), left alone after failures (open) or " +
      "tried once (half_open): 1 for the state it is in.",
    labels: ["state"],
  },
  tokenExpiry: {
    name: "tsmetrics_api_token_expiry_timestamp_seconds",
    type: "gauge",
    help: "When the API token in use expires, in Unix seconds; absent where that is not known.",
    labels: [],
  },
  rejectedDevices: {
    name: "tsmetrics_api_rejected_devices",
    type: "gauge",
    help: "Entries of the last device list that could not be read.",
    labels: [],
  },
  lastScrape: {
    name: "tsmetrics_last_scrape_timestamp_seconds",
    type: "gauge",
    help: "When the device list was last refreshed, in Unix seconds.",
    labels: [],
  },
  collectionAge: {
    name: "tsmetrics_collection_age_seconds",
    type: "gauge",
    help: "Age of the device list in whole seconds.",
    labels: [],
  },
  devices: {
    name: "tsmetrics_devices",
    type: "gauge",
    help: "Number of devices by what became of their page in the last collection.",
    labels: ["state"],
  },
  dropped: {
    name: "tsmetrics_relay_dropped_total",
    type: "counter",
    help: "Samples of devices' pages that were left out, by reason.",
    labels: ["reason"],
  },
  droppedLogLines: {
    name: "tsmetrics_log_lines_dropped_total",
    type: "counter",
    help: "Log lines dropped because standard error did not take them.",
    labels: [],
  },
  embeddedState: {
    name: "tsmetrics_tsnet_state",
    type: "gauge",
    help: "State of the embedded node (USE_TSNET): 1 for the state it is in.",
    labels: ["state"],
  },
  embeddedRestarts: {
    name: "tsmetrics_tsnet_restarts_total",
    type: "counter",
    help: "Restarts of the Worker of the embedded node, because it crashed, was silent, or had " +
      "to log in again.",
    labels: [],
  },
  demo: {
    name: "tsmetrics_demo",
    type: "gauge",
    help: "Whether the tailnet is the embedded demo (1) or not (0).",
    labels: [],
  },
  buildInfo: {
    name: "tsmetrics_build_info",
    type: "gauge",
    help: "Constant 1; what this build is.",
    labels: ["version", "build_time", "deno_version"],
  },
  memory: {
    name: "process_resident_memory_bytes",
    type: "gauge",
    help: "Resident memory of the exporter in bytes.",
    labels: [],
  },
  cpu: {
    name: "process_cpu_seconds_total",
    type: "counter",
    help: "User and system CPU time of the exporter in seconds.",
    labels: [],
  },
  startTime: {
    name: "process_start_time_seconds",
    type: "gauge",
    help: "When the exporter was started, in Unix seconds.",
    labels: [],
  },
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** All metrics about the exporter, in the page's order. */
export const EXPORTER_METRICS: readonly MetricDefinition[] = Object.values(EXPORTER_DEFINITIONS);
