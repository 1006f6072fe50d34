/**
 * The exporter itself as JSON: what `/health` and `/debug` say, without the devices.
 *
 * @module
 */

import { PROBLEM_SEVERITIES } from "../facts/mod.ts";
import type { JobRuns } from "../jobs/mod.ts";
import type { JsonObject } from "../json/json.ts";
import { formatOptionalTime } from "../time/timestamp.ts";
import type { ApiSource } from "./fact_source.ts";
import { ownNodeProblem } from "./own_node.ts";
import * as s from "./schema.ts";

/** The schema of {@linkcode exporterJson}. */
export const EXPORTER: s.Schema = s.object({
  health: s.object({
    status: s.word(["healthy", "degraded", "starting", "unhealthy"], "Status of the program."),
    reason: s.orNull(s.text("Why it is not healthy.")),
    timestamp: s.time("When this was made."),
    version: s.text("The version."),
    uptime: s.text('How long it has been running, such as "2h15m30s".'),
    uptime_seconds: s.count("The same in seconds."),
    shard: s.orNull(s.text('The part of the fleet that it handles, "0/4"; null for all of it.')),
    devices_discovered: s.orNull(s.count("Devices that pass the filters.")),
    devices_scraped: s.orNull(s.count("Devices whose metrics were read.")),
    last_scrape: s.orNull(s.time("When the last device list arrived.")),
    api: s.word(["up", "down", "unknown"], "The control plane at the last call."),
    tailscaled: s.orNull(s.object({
      state: s.word(["up", "down", "unknown"], "This host's tailscaled."),
      peers: s.orNull(s.count("Its peers.")),
    })),
    tsnet: s.orNull(s.object({
      state: s.text("State of the node of tsmetrics (USE_TSNET)."),
      restarts: s.count("How often its Worker was started anew, or its tailscaled came back."),
    }, "The node of USE_TSNET; null without it.")),
    push: s.orNull(s.object({
      state: s.word(
        ["up", "rejecting", "down", "unknown"],
        "Whether the database takes points; rejecting if it answers and refuses them for good.",
      ),
      buffered_points: s.count("Points that wait to be written."),
      last_success: s.orNull(s.time("When it last took points.")),
    }, "The database of INFLUX_URL; null without it.")),
    demo: s.flag("Whether the tailnet is the embedded demo."),
  }, "What /health says."),
  config: s.map({}, "The settings; secrets as set or not set."),
  runtime: s.object({
    memory_bytes: s.count("Resident memory."),
    deno_version: s.text("The version of Deno."),
  }),
  page: s.object({
    samples: s.count("Samples on /metrics."),
    scrape_errors: s.count("Failed calls and scrapes since the start."),
    relayed_series: s.count("Series of all devices' own metrics."),
    left_out_pages: s.count("Devices whose metrics are left out because of LIMIT_SERIES."),
    kept_labels: s.list(
      s.text("family{label}"),
      "Labels that METRICS_DROP names and that stay, because they distinguish series.",
    ),
    idle_patterns: s.list(s.text("A pattern."), "Patterns of METRICS_DROP that match nothing."),
  }, "The page that Prometheus reads."),
  node: s.orNull(s.object({
    state: s.text("State of the node."),
    summary: s.text("A sentence that says what to do."),
    login_url: s.orNull(
      s.text(
        "Where to log in, if needed; null where no token, login or client certificate is required.",
      ),
    ),
    login: s.orNull(
      s.word(["page", "log"], "Whether login_url or the log has the address; null if none."),
    ),
    problem: s.orNull(
      s.object({
        severity: s.word(PROBLEM_SEVERITIES, "Severity."),
        title: s.text("What is wrong, in a few words."),
        advice: s.text("What mends it."),
      }, "What is wrong with it; null while it is running."),
    ),
    name: s.orNull(s.text("Its name in the tailnet; null before it joined.")),
    addresses: s.list(s.text("An address."), "Its addresses."),
    restarts: s.count("How often it was restarted."),
  }, "This process as a node of the tailnet; null if it is none.")),
  own_host: s.flag("Whether the host of health.tailscaled is that node."),
  jobs: s.list(
    s.object({
      name: s.text("The job."),
      interval_seconds: s.count("Its interval."),
      last_success: s.orNull(s.time("When a run last succeeded; null before it.")),
      last_seconds: s.orNull(s.number("How long the last run took; null before it.")),
      failures: s.count("Runs that failed since the start."),
    }),
    "Jobs at intervals; empty where nothing is remembered.",
  ),
  streams: s.object({
    open: s.count("Streams that are open."),
    refused: s.count("Streams that were refused because there are too many."),
  }, "Streams of events."),
  api: s.orNull(s.object({
    circuit: s.word(["closed", "open", "half_open"], "The circuit breaker."),
    failures: s.count("Failed calls in a row."),
    next_try: s.orNull(s.time("When it is asked again, while the circuit is open.")),
    error: s.orNull(s.text("Why the last call failed.")),
  })),
}, "The exporter itself.");

/** The exporter. */
export function exporterJson(source: ApiSource): Readonly<Record<string, unknown>> {
  const { api, config, cardinality, metrics, node = null, runtime } = source.debug();
  const monitor = source.monitor();
  return {
    health: { tsnet: null, push: null, ...source.health() },
    config,
    runtime: { memory_bytes: runtime.memory_bytes, deno_version: runtime.deno_version },
    page: { samples: metrics.samples, scrape_errors: metrics.scrape_errors, ...cardinality },
    node: node === null ? null : { ...node, ...ownNodeJson(source) },
    own_host: source.host()?.isOwnNode === true,
    jobs: monitor?.jobs.runs.map((runs) => jobJson(runs, source.now())) ?? [],
    streams: { open: 0, refused: 0, ...monitor?.streams },
    api,
  };
}

function ownNodeJson(source: ApiSource): JsonObject {
  const node = source.ownNode();
  const problem = node && ownNodeProblem(node);
  return {
    login: node?.loginPlace ?? null,
    problem: problem === undefined ? null : { ...problem },
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
