/**
 * The metrics about the exporter itself: its calls, its cycles, its process.
 *
 * @module
 */

import { counter, gauge, type MetricDefinition } from "../metric.ts";

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
  errors: counter(
    "tsmetrics_scrape_errors_total",
    "Failed refreshes of the device list (api), scrapes of devices (device) and calls of " +
      "this host's LocalAPI (tailscaled), by cause.",
    ["target", "error_type"],
  ),
  apiRequests: counter(
    "tsmetrics_api_requests_total",
    "Requests to the Tailscale API by endpoint and status, retries included.",
    ["endpoint", "code"],
  ),
  apiRetries: counter(
    "tsmetrics_api_retries_total",
    "Retries of requests to the Tailscale API.",
    ["endpoint"],
  ),
  apiUp: gauge(
    "tsmetrics_api_up",
    "Whether the last refresh of the device list succeeded (1) or not (0).",
  ),
  circuitState: gauge(
    "tsmetrics_api_circuit_state",
    "State of the API's circuit breaker: closed (asked in each cycle), open (paused after " +
      "failures) or half_open (one trial); 1 for the current state, 0 for the others.",
    ["state"],
  ),
  tokenExpiry: gauge(
    "tsmetrics_api_token_expiry_timestamp_seconds",
    "When the API token in use expires, in Unix seconds; absent where that is not known.",
  ),
  rejectedDevices: gauge(
    "tsmetrics_api_rejected_devices",
    "Entries of the last device list that could not be read.",
  ),
  lastScrape: gauge(
    "tsmetrics_last_scrape_timestamp_seconds",
    "When the device list was last refreshed, in Unix seconds.",
  ),
  collectionAge: gauge(
    "tsmetrics_collection_age_seconds",
    "Age of the device list in whole seconds.",
  ),
  devices: gauge(
    "tsmetrics_devices",
    "Number of devices by the state of their scrape in the last collection.",
    ["state"],
  ),
  dropped: counter(
    "tsmetrics_relay_dropped_total",
    "Samples of devices that were dropped, by reason.",
    ["reason"],
  ),
  droppedLogLines: counter(
    "tsmetrics_log_lines_dropped_total",
    "Log lines dropped because standard error did not take them.",
  ),
  ownNodeState: gauge(
    "tsmetrics_tsnet_state",
    "State of our own node (USE_TSNET): 1 for the state it is in.",
    ["state"],
  ),
  ownNodeRestarts: counter(
    "tsmetrics_tsnet_restarts_total",
    "Restarts of the Worker of the embedded node because it crashed or was silent; of a " +
      "sidecar, returns of its tailscaled.",
  ),
  demo: gauge(
    "tsmetrics_demo",
    "Whether the tailnet is the embedded demo (1) or not (0).",
  ),
  buildInfo: gauge(
    "tsmetrics_build_info",
    "Constant 1; version and time of this build, and the version of Deno.",
    ["version", "build_time", "deno_version"],
  ),
  memory: gauge(
    "process_resident_memory_bytes",
    "Resident memory of the exporter in bytes.",
  ),
  cpu: counter(
    "process_cpu_seconds_total",
    "User and system CPU time of the exporter in seconds.",
  ),
  startTime: gauge(
    "process_start_time_seconds",
    "When the exporter was started, in Unix seconds.",
  ),
} as const satisfies Readonly<Record<string, MetricDefinition>>;

/** All metrics about the exporter, in the page's order. */
export const EXPORTER_METRICS: readonly MetricDefinition[] = Object.values(EXPORTER_DEFINITIONS);
