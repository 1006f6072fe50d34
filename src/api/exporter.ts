/**
 * The exporter itself as JSON: what `/health` and `/debug` say, without the devices.
 *
 * @module
 */

import { formatOptionalTime } from "../timestamp.ts";
import type { JobRuns, JsonObject, Known } from "./known.ts";
import {
  count,
  flag,
  list,
  map,
  number,
  object,
  orNull,
  type Schema,
  text,
  time,
  word,
} from "./schema.ts";

/** The schema of {@linkcode exporterJson}. */
export const EXPORTER: Schema = object({
  health: object({
    status: word(["healthy", "degraded", "starting", "unhealthy"], "How the program is."),
    reason: orNull(text("Why it is not healthy.")),
    timestamp: time("When this was made."),
    version: text("The version."),
    uptime: text('How long it has been running, such as "2h15m30s".'),
    uptime_seconds: count("The same in seconds."),
    shard: orNull(text('The part of the fleet that it handles, "0/4"; null for all of it.')),
    devices_discovered: orNull(count("Devices that pass the filters.")),
    devices_scraped: orNull(count("Devices whose metrics were read.")),
    last_scrape: orNull(time("When the last device list arrived.")),
    api: word(["up", "down", "unknown"], "The control plane at the last call."),
    tailscaled: orNull(object({
      state: word(["up", "down", "unknown"], "This host's tailscaled."),
      peers: orNull(count("Its peers.")),
    })),
    tsnet: orNull(object({
      state: text("What our own node is doing, as a word."),
      restarts: count("How often its Worker was started anew, or its tailscaled came back."),
    }, "The node of USE_TSNET; null without it.")),
    push: orNull(object({
      state: word(["up", "down", "unknown"], "The database at the last request."),
      buffered_points: count("Points that wait to be written."),
      last_success: orNull(time("When it last took points.")),
    }, "The database of INFLUX_URL; null without it.")),
    demo: flag("Whether the tailnet is the embedded demo."),
  }, "What /health says."),
  config: map({}, "The settings; secrets as set or not set."),
  runtime: object({
    memory_bytes: count("Resident memory."),
    deno_version: text("The version of Deno."),
  }),
  page: object({
    samples: count("Samples on /metrics."),
    scrape_errors: count("Failed calls and scrapes since the start."),
    relayed_series: count("Series of all devices' own metrics."),
    left_out_pages: count("Devices whose metrics are left out because of LIMIT_SERIES."),
    kept_labels: list(text("family{label}"), "Labels that DEVICE_LABELS could not leave out."),
    idle_patterns: list(text("A pattern."), "Patterns of METRICS_DROP that match nothing."),
  }, "The page that Prometheus reads."),
  node: orNull(object({
    state: text("What it is doing, as a word."),
    summary: text("A sentence that says what to do."),
    login_url: orNull(text("Where to log in, if someone has to; null without a token or login.")),
    name: orNull(text("Its name in the tailnet; null before it joined.")),
    addresses: list(text("An address."), "Its addresses."),
    restarts: count("How often it was started anew."),
  }, "This process as a node of the tailnet; null if it is none.")),
  jobs: list(
    object({
      name: text("The job."),
      interval_seconds: count("Its interval."),
      last_success: orNull(time("When a run last succeeded; null before it.")),
      last_seconds: orNull(number("How long the last run took; null before it.")),
      failures: count("Runs that failed since the start."),
    }),
    "Jobs at intervals; empty where nothing is remembered.",
  ),
  streams: object({
    open: count("Streams that are open."),
    refused: count("Streams that were refused because there are too many."),
  }, "Streams of events."),
  api: orNull(object({
    circuit: word(["closed", "open", "half_open"], "The circuit breaker."),
    failures: count("Failed calls in a row."),
    next_try: orNull(time("When it is asked again, while the circuit is open.")),
    error: orNull(text("Why the last call failed.")),
  })),
}, "The exporter itself.");

/** The exporter. */
export function exporterJson(known: Known): Readonly<Record<string, unknown>> {
  const { api, config, cardinality, metrics, node = null, runtime } = known.debug();
  const monitor = known.monitor();
  return {
    health: { tsnet: null, push: null, ...known.health() },
    config,
    runtime: { memory_bytes: runtime.memory_bytes, deno_version: runtime.deno_version },
    page: { samples: metrics.samples, scrape_errors: metrics.scrape_errors, ...cardinality },
    node,
    jobs: monitor?.jobs.runs.map((runs) => jobJson(runs, known.now())) ?? [],
    streams: { open: 0, refused: 0, ...monitor?.streams },
    api,
  };
}

function jobJson(runs: JobRuns, nowMs: number): JsonObject {
  const { failures, intervalMs, lastSeconds, name, successAgoMs } = runs;
  return {
    name,
    interval_seconds: Math.round(intervalMs / 1000),
    last_success: formatOptionalTime(successAgoMs === undefined ? undefined : nowMs - successAgoMs),
    last_seconds: lastSeconds ?? null,
    failures,
  };
}
