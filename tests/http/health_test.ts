import { assertEquals } from "@std/assert";
import {
  answerHealth,
  answerHealthz,
  formatUptime,
  healthCode,
  healthJson,
} from "../../src/http/health.ts";
import { healthReport } from "./_fake_views.ts";

Deno.test("healthJson() has the documented fields in the documented form", () => {
  assertEquals(healthJson(healthReport()), {
    status: "healthy",
    reason: null,
    timestamp: "2025-01-07T21:30:00Z",
    version: "v1.0.0",
    uptime: "2h15m30s",
    uptime_seconds: 8130,
    shard: null,
    devices_discovered: 15,
    devices_scraped: 12,
    last_scrape: "2025-01-07T21:29:45Z",
    api: "up",
    tailscaled: null,
    demo: false,
  });
});

Deno.test("healthJson() tells this host's tailscaled where there is a way to it", () => {
  const told = (isUp: boolean | undefined, peers: number | undefined) =>
    healthJson(healthReport({ tailscaled: { isUp, peers } })).tailscaled;
  assertEquals(told(undefined, undefined), { state: "unknown", peers: null });
  assertEquals(told(true, 3), { state: "up", peers: 3 });
  assertEquals(told(false, undefined), { state: "down", peers: null });
});

Deno.test("healthJson() tells of our own node where there is one", () => {
  const ownNode = { state: "running", restarts: 2 };
  assertEquals(healthJson(healthReport({ ownNode })).tsnet, ownNode);
  assertEquals(Object.hasOwn(healthJson(healthReport()), "tsnet"), false);
});

Deno.test("healthJson() has the login URL only for a request with a credential", () => {
  const out = { state: "needs_login", restarts: 2 };
  const report = healthReport({ ownNode: { ...out, loginUrl: "https://login.example/a/1" } });
  assertEquals(healthJson(report).tsnet, out);
  assertEquals(healthJson(report, true).tsnet, { ...out, login_url: "https://login.example/a/1" });
  assertEquals(healthJson(healthReport({ ownNode: out }), true).tsnet, out);
});

Deno.test("healthJson() says null for what is not known", () => {
  const report = healthReport({
    status: "starting",
    devicesDiscovered: undefined,
    devicesScraped: undefined,
    lastScrapeMs: undefined,
    isApiUp: undefined,
  });
  const { devices_discovered, devices_scraped, last_scrape, api } = healthJson(report);
  assertEquals([devices_discovered, devices_scraped, last_scrape, api], [
    null,
    null,
    null,
    "unknown",
  ]);
  assertEquals(healthJson(healthReport({ isApiUp: false })).api, "down");
});

Deno.test("healthJson() says why the status is not healthy", () => {
  const reason = "The Tailscale API cannot be reached.";
  assertEquals(healthJson(healthReport({ status: "degraded", reason })).reason, reason);
});

Deno.test("healthCode() is 200 just while there are fresh facts", () => {
  const codes = (["healthy", "degraded", "starting", "unhealthy"] as const)
    .map((status) => healthCode(healthReport({ status })));
  assertEquals(codes, [200, 200, 503, 503]);
});

Deno.test("answerHealth() and answerHealthz() agree on status and code", async () => {
  const report = healthReport({ status: "unhealthy" });
  const [long, short] = [answerHealth(report), answerHealthz(report)];
  assertEquals([long.status, short.status], [503, 503]);
  assertEquals((await long.json()).status, "unhealthy");
  assertEquals(await short.json(), { status: "unhealthy", timestamp: "2025-01-07T21:30:00Z" });
});

Deno.test("formatUptime() counts like Go", () => {
  const cases: readonly (readonly [ms: number, text: string])[] = [
    [0, "0s"],
    [999, "0s"],
    [59_999, "59s"],
    [60_000, "1m0s"],
    [3_599_999, "59m59s"],
    [3_600_000, "1h0m0s"],
    [8_130_000, "2h15m30s"],
    [360_000_000, "100h0m0s"],
    [-5, "0s"],
  ];
  for (const [ms, text] of cases) assertEquals(formatUptime(ms), text, `${ms}`);
});

Deno.test("healthJson() tells of the database where there is one", () => {
  const push = { state: "up", buffered: 3, lastSuccessMs: Date.UTC(2026, 1, 1) } as const;
  assertEquals(healthJson(healthReport({ push })).push, {
    state: "up",
    buffered_points: 3,
    last_success: "2026-02-01T00:00:00Z",
  });
  const refused = { state: "rejecting", buffered: 0, lastSuccessMs: undefined } as const;
  assertEquals(healthJson(healthReport({ push: refused })).push, {
    state: "rejecting",
    buffered_points: 0,
    last_success: null,
  });
  assertEquals(Object.hasOwn(healthJson(healthReport()), "push"), false);
});
