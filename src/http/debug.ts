/**
 * The JSON of `/debug`: the documented fields, and what we add: every device and why it has no
 * metrics. Two documented fields are about Go: `go_version` names Deno instead, and
 * `num_goroutines` is null, because there is no such thing here.
 *
 * @module
 */

import type { ApiSource } from "../api/mod.ts";
import { formatDropPattern } from "../cardinality.ts";
import { leftOutJson, scrapeJson } from "../facts/scrape_json.ts";
import type { DeviceFacts } from "../facts/tailnet_facts.ts";
import { toJson } from "../text/printable.ts";
import type { TimeSliceOptions } from "../time/slice.ts";
import { formatOptionalTime } from "../time/timestamp.ts";
import { encodeInSlices } from "./_sliced_text.ts";
import { formatUptime } from "./health.ts";
import { jsonBytesReply } from "./reply.ts";
import type { DebugReport } from "./view.ts";
import { monotonicMs } from "../time/clock.ts";

/** For how long a report is sent again, in milliseconds. */
const KEEP_MS = 1_000;

/** Options for {@linkcode createDebugAnswer}. */
export interface DebugAnswerOptions {
  /** Monotonic clock, in milliseconds. Default: `performance.now`. */
  readonly now?: (() => number) | undefined;
  /** How the making of a long report is cut into slices. */
  readonly slices?: TimeSliceOptions;
}

/**
 * Answers `/debug`. A report is made once for all who ask meanwhile, in slices, and sent again for
 * a second after that: that of 10,000 devices takes 0.1 s to make, and a client that asks ten times
 * a second would leave no time for others.
 *
 * @param report Makes a report of how it stands now.
 */
export function createDebugAnswer(
  report: () => DebugReport,
  { now = monotonicMs, slices }: DebugAnswerOptions = {},
): () => Promise<Response> {
  let kept: Uint8Array<ArrayBuffer> | undefined;
  let madeAtMs = 0;
  let making: Promise<Uint8Array<ArrayBuffer>> | undefined;

  async function make(): Promise<Uint8Array<ArrayBuffer>> {
    kept = undefined;
    kept = await encodeInSlices(textsOf(report()), slices);
    madeAtMs = now();
    return kept;
  }

  return async () => {
    if (kept !== undefined && now() - madeAtMs < KEEP_MS) return jsonBytesReply(200, kept);
    making ??= make().finally(() => making = undefined);
    return jsonBytesReply(200, await making);
  };
}

/** The report as JSON, indented for people, with a text for each device. */
function* textsOf(report: DebugReport): Generator<string> {
  // Without the end of the object.
  yield toJson(debugJson(report), 2).slice(0, -2);
  yield ',\n  "devices": [';
  let separator = "\n    ";
  for (const device of report.devices) {
    yield separator + toJson(deviceJson(device), 2).replaceAll("\n", "\n    ");
    separator = ",\n    ";
  }
  yield separator.startsWith(",") ? "\n  ]\n}\n" : "]\n}\n";
}

/** What `/debug` says, as it stands in the JSON, without the devices. */
export type DebugJson = ReturnType<ApiSource["debug"]>;

/** The report in the documented spelling, without its devices. */
export function debugJson(report: DebugReport): DebugJson {
  const { config, runtime, metrics, api } = report;
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
    ...report.node !== undefined && { node: nodeJson(report.node) },
    cardinality: {
      relayed_series: report.cardinality.relayedSeries,
      left_out_pages: report.cardinality.leftOutPages,
      kept_labels: report.cardinality.keptLabels.map(({ family, label }) => `${family}{${label}}`),
      idle_patterns: report.cardinality.idlePatterns.map(formatDropPattern),
    },
    demo: report.isDemo,
  };
}

function nodeJson(node: NonNullable<DebugReport["node"]>): Readonly<Record<string, unknown>> {
  const { addresses, loginUrl, name, restarts, state, summary } = node;
  return {
    state,
    summary,
    login_url: loginUrl ?? null,
    name: name ?? null,
    addresses,
    restarts,
  };
}

function deviceJson(facts: DeviceFacts): Readonly<Record<string, unknown>> {
  const { device, isOnline, leftOut, scrape } = facts;
  return {
    id: device.id,
    name: device.name,
    online: isOnline,
    scrape: scrapeJson(scrape),
    left_out: leftOutJson(leftOut),
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
