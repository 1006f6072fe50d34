import { assertEquals } from "@std/assert";
import { EXPORTER, exporterJson } from "../../src/api/exporter.ts";
import { debugJson } from "../../src/http/debug.ts";
import { healthJson } from "../../src/http/health.ts";
import { debugReport, healthReport } from "../http/_fake_views.ts";
import { makeHost, makeMonitor, makeOwnNode, makeSource } from "./_fake_source.ts";
import { assertValid } from "./_schema_check.ts";

Deno.test("exporterJson() tells health, settings and page", () => {
  const value = exporterJson(makeSource([]));
  assertValid(EXPORTER, value);
  assertEquals(value.page, {
    samples: 36,
    scrape_errors: 0,
    relayed_series: 36,
    left_out_pages: 0,
    kept_labels: [],
    idle_patterns: [],
  });
  assertEquals(value.runtime, { memory_bytes: 45_210_000, deno_version: "2.9.6" });
  assertEquals([value.node, value.jobs, value.streams], [null, [], { open: 0, refused: 0 }]);
});

Deno.test("exporterJson() tells of our own node, or null", () => {
  const running = { state: "running", restarts: 2 };
  for (const ownNode of [running, undefined]) {
    const report = healthReport({ ownNode });
    const health = () => ({ ...healthJson(report) });
    const value = exporterJson(makeSource([], { health }));
    assertValid(EXPORTER, value);
    assertEquals((value.health as Record<string, unknown>).tsnet, ownNode ?? null);
  }
});

Deno.test("exporterJson() tells where to log in, jobs and streams", () => {
  const report = debugReport({
    node: {
      state: "needs_login",
      summary: "Log in.",
      loginUrl: "https://login.tailscale.com/a/1234",
      name: undefined,
      addresses: [],
      restarts: 0,
    },
  });
  const jobs = [
    { name: "health", intervalMs: 300_000, successAgoMs: 60_000, lastSeconds: 0.5, failures: 1 },
    { name: "report", intervalMs: 3_600_000, successAgoMs: undefined, lastSeconds: undefined },
  ].map((runs) => ({ failures: 0, ...runs }));
  const monitor = { ...makeMonitor([]), jobs: { runs: jobs }, streams: { open: 2, refused: 1 } };
  const value = exporterJson(
    makeSource([], {
      debug: () => debugJson(report),
      host: () => makeHost({ isOwnNode: true }),
      monitor: () => monitor,
      ownNode: () => makeOwnNode({ state: "needs_login", loginPlace: "page" }),
    }),
  );
  assertEquals(value.own_host, true);
  assertValid(EXPORTER, value);
  assertEquals(value.node, {
    state: "needs_login",
    summary: "Log in.",
    login_url: "https://login.tailscale.com/a/1234",
    login: "page",
    problem: {
      severity: "critical",
      title: "The node of tsmetrics is not logged in",
      advice: "Log in, or set TS_AUTHKEY and restart tsmetrics.",
    },
    name: null,
    addresses: [],
    restarts: 0,
  });
  assertEquals(value.jobs, [
    {
      name: "health",
      interval_seconds: 300,
      last_success: "2026-01-31T11:59:00Z",
      last_seconds: 0.5,
      failures: 1,
    },
    {
      name: "report",
      interval_seconds: 3600,
      last_success: null,
      last_seconds: null,
      failures: 0,
    },
  ]);
  assertEquals(value.streams, { open: 2, refused: 1 });
});
