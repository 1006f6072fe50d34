/**
 * The JSON of `/debug`: the documented fields, and what we add: every device and why it has no
 * metrics. Two documented fields are about Go: `go_version` names Deno instead, and
 * `num_goroutines` is null, because there is no such thing here.
 *
 * @module
 */

import { formatDropPattern } from "../cardinality.ts";
import { ReplyCache } from "./_reply_cache.ts";
import { formatOptionalTime, formatUptime } from "./health.ts";
import { encodeJson, jsonBytesReply } from "./reply.ts";
import type { DebugReport, DeviceReport } from "./view.ts";

/** For how long a report is sent again, in milliseconds. */
const KEEP_MS = 1_000;

/**
 * Answers `/debug`. A report is sent again for a second: that of 10,000 devices takes 0.1 s to
 * make, and a client that asks ten times a second would leave no time for others.
 *
 * @param report Makes a report of how it stands now.
 * @param now Monotonic clock, in milliseconds. Default: `performance.now`.
 */
export function createDebugAnswer(
  report: () => DebugReport,
  now: () => number = () => performance.now(),
): () => Response {
  const cache = new ReplyCache({ maxReplies: 1 });
  let madeAtMs = -Infinity;
  let version = 0;
  return () => {
    if (now() - madeAtMs >= KEEP_MS) {
      madeAtMs = now();
      version++;
    }
    return jsonBytesReply(200, cache.get(version, "", () => encodeJson(debugJson(report()), 2)));
  };
}

/** The report in the documented spelling. */
export function debugJson(report: DebugReport): Readonly<Record<string, unknown>> {
  const { config, runtime, metrics, api, devices } = report;
  return {
    config,
    runtime: {
      go_version: `deno ${runtime.denoVersion}`,
      num_goroutines: null,
      memory_usage: formatMemory(runtime.memoryBytes),
      memory_bytes: runtime.memoryBytes,
      deno_version: runtime.denoVersion,
      uptime: formatUptime(runtime.uptimeMs),
    },
    metrics: {
      devices_total: metrics.devicesTotal ?? null,
      devices_online: metrics.devicesOnline ?? null,
      scrape_errors: metrics.scrapeErrors,
      last_api_call: formatOptionalTime(metrics.lastApiCallMs),
      samples: metrics.samples,
    },
    api: api === undefined ? null : {
      circuit: api.circuit,
      failures: api.failures,
      next_try: formatOptionalTime(api.nextTryMs),
      error: api.error ?? null,
    },
    cardinality: {
      relayed_series: report.cardinality.relayedSeries,
      left_out_pages: report.cardinality.leftOutPages,
      kept_labels: report.cardinality.keptLabels.map(({ family, label }) => `${family}{${label}}`),
      idle_patterns: report.cardinality.idlePatterns.map(formatDropPattern),
    },
    demo: report.isDemo,
    devices: devices.map(deviceJson),
  };
}

function deviceJson(device: DeviceReport): Readonly<Record<string, unknown>> {
  const { scrape } = device;
  return {
    id: device.id,
    name: device.name,
    online: device.isOnline,
    scrape: {
      state: scrape.state,
      reason: scrape.reason ?? null,
      url: scrape.url ?? null,
      last_success: formatOptionalTime(scrape.lastSuccessMs),
      failing_since: formatOptionalTime(scrape.failingSinceMs),
      next_try: formatOptionalTime(scrape.nextTryMs),
    },
    left_out: device.leftOut.map(({ family, reason, samples }) => ({
      family: family ?? null,
      reason,
      samples,
    })),
  };
}

/**
 * An amount of memory for people.
 *
 * Units: bytes → "45.2MB", a megabyte being a million bytes
 */
export function formatMemory(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)}MB`;
}
