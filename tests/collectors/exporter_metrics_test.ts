import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { EXPORTER_METRICS } from "../../src/collectors/_exporter_metric.ts";
import {
  ExporterMetrics,
  type ExporterMetricsOptions,
} from "../../src/collectors/exporter_metrics.ts";
import { ApiError } from "../../src/errors.ts";
import { countNone } from "../../src/facts/device_scrape.ts";
import { makeListing } from "../devices/_device.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { assertGolden, pageText } from "./_golden.ts";

function makeMetrics(options: Partial<ExporterMetricsOptions> = {}) {
  const clock = new FakeClock();
  const readings = { memory: 0, cpu: 0 };
  const metrics = new ExporterMetrics({
    version: "1.2.3",
    buildTime: "2026-02-01T00:00:00Z",
    denoVersion: "2.9.6",
    isDemo: false,
    now: clock.now,
    elapsed: clock.elapsed,
    readMemoryBytes: () => 50_000_000 + readings.memory++,
    readCpuSeconds: () => 1.5 + readings.cpu++,
    readTokenExpirySeconds: () => undefined,
    readDroppedLogLines: () => 7,
    ...options,
  });
  return { clock, readings, metrics };
}

Deno.test("ExporterMetrics shows what was reported", async () => {
  const { clock, metrics } = makeMetrics();
  metrics.circuitChanged("closed");
  metrics.requested("oauth_token", "200");
  metrics.requested("devices", "503");
  metrics.retried("devices");
  metrics.requested("devices", "200");
  const { now, elapsed } = clock;
  const rejected = [{ index: 1, reason: "no id" }];
  metrics.apiAnswered(makeListing([], { rejected, atMs: now(), elapsedMs: elapsed() }));
  metrics.scrapeFailed("refused");
  metrics.samplesDropped("reserved", 3);
  metrics.devicesCounted({ ...countNone(), up: 2, down: 1, untagged: 1 });
  metrics.collectorFailed("device");
  metrics.cycleEnded(0.3);
  await clock.advance(31_400);
  metrics.apiFailed(new ApiError("rate_limited", "Cannot list devices: status 429"));
  assertGolden("exporter.prom", metrics);
});

Deno.test("ExporterMetrics leaves the process out where another may show its own", () => {
  const now = () => 0;
  const build = { version: "1", buildTime: "2", denoVersion: "3", isDemo: false };
  const metrics = new ExporterMetrics({ ...build, now, elapsed: now, showsProcess: false });
  assertEquals(pageText(metrics).match(/^process_/gm), null);
});

Deno.test("ExporterMetrics shows our own node where there is one", () => {
  const build = { version: "1", buildTime: "2", denoVersion: "3", isDemo: false };
  const now = () => 0;
  assertEquals(/tsnet/.test(pageText(new ExporterMetrics({ ...build, now, elapsed: now }))), false);
  const metrics = new ExporterMetrics({
    ...build,
    now,
    elapsed: now,
    readOwnNodeRestarts: () => 4,
  });
  metrics.ownNodeChanged("starting", ["starting", "running"]);
  metrics.ownNodeChanged("running", ["starting", "running"]);
  const page = pageText(metrics);
  assertStringIncludes(page, 'tsmetrics_tsnet_state{state="starting"} 0\n');
  assertStringIncludes(page, 'tsmetrics_tsnet_state{state="running"} 1\n');
  assertStringIncludes(page, "\ntsmetrics_tsnet_restarts_total 4\n");
});

Deno.test("ExporterMetrics says nothing about what has not happened yet", () => {
  const { metrics } = makeMetrics();
  const page = pageText(metrics);
  for (
    const name of [
      "tsmetrics_api_up",
      "tsmetrics_api_token_expiry_timestamp_seconds",
      "tsmetrics_last_scrape_timestamp_seconds",
      "tsmetrics_collection_age_seconds",
      "tsmetrics_api_rejected_devices",
      "tsmetrics_devices",
      "tsmetrics_scrape_duration_seconds",
    ]
  ) assertEquals(page.includes(`# TYPE ${name} `), false, name);
  // A counter that is not there at 0 would lose its first event to rate().
  assertStringIncludes(
    page,
    'tsmetrics_scrape_errors_total{target="api",error_type="timeout"} 0\n',
  );
  assertEquals(metrics.errorCount, 0);
});

Deno.test("ExporterMetrics offers exactly the families that it describes", () => {
  const { metrics } = makeMetrics({ readOwnNodeRestarts: () => 0 });
  assertEquals(
    metrics.snapshot().headers.map((header) => header.family.name),
    EXPORTER_METRICS.map((metric) => metric.name),
  );
  assertEquals(
    metrics.snapshot().headers.map((header) => header.family.type as string),
    EXPORTER_METRICS.map((metric) => metric.type),
  );
});

Deno.test("ExporterMetrics keeps its page the same within a second", async () => {
  const { clock, metrics } = makeMetrics();
  metrics.apiAnswered(makeListing([], { atMs: clock.now(), elapsedMs: clock.elapsed() }));
  const { generation } = metrics.snapshot();
  await clock.advance(999);
  assertEquals(metrics.snapshot().generation, generation);
  await clock.advance(1);
  assert(metrics.snapshot().generation > generation);
  assertStringIncludes(pageText(metrics), "tsmetrics_collection_age_seconds 1\n");
});

Deno.test("ExporterMetrics gives the age of the list however the clock is set", async () => {
  for (const ms of [-86_400_000, 365 * 86_400_000]) {
    const { clock, metrics } = makeMetrics();
    metrics.apiAnswered(makeListing([], { atMs: clock.now(), elapsedMs: clock.elapsed() }));
    clock.set(ms);
    await clock.advance(1000);
    assertStringIncludes(pageText(metrics), "tsmetrics_collection_age_seconds 1\n");
  }
});

Deno.test("ExporterMetrics shows every state of the circuit, one of them as 1", () => {
  const { metrics } = makeMetrics();
  const shown = () => pageText(metrics).match(/(?<=^tsmetrics_api_circuit_state).*$/gm);
  assertEquals(shown(), null);
  metrics.circuitChanged("closed");
  assertEquals(shown(), ['{state="closed"} 1', '{state="open"} 0', '{state="half_open"} 0']);
  metrics.circuitChanged("open");
  assertEquals(shown(), ['{state="closed"} 0', '{state="open"} 1', '{state="half_open"} 0']);
  metrics.circuitChanged("half_open");
  assertEquals(shown(), ['{state="closed"} 0', '{state="open"} 0', '{state="half_open"} 1']);
});

Deno.test("ExporterMetrics.errorCount counts failed calls and scrapes", () => {
  const { metrics } = makeMetrics();
  metrics.apiAnswered(makeListing());
  assertEquals(metrics.errorCount, 0);
  metrics.apiFailed(new ApiError("network", "Cannot list devices: connection refused"));
  metrics.scrapeFailed("refused");
  assertEquals(metrics.errorCount, 2);
});
