import { assertEquals } from "@std/assert";
import type { ApiSource } from "../../src/api/fact_source.ts";
import {
  HEALTH_ALERTS,
  HEALTH_CRITICAL,
  HEALTH_LOGS,
  HEALTH_LOGS_PARAMETERS,
  HEALTH_NODES,
  HEALTH_NODES_PARAMETERS,
  HEALTH_SUMMARY,
  healthAlerts,
  healthCritical,
  healthLogs,
  healthNodes,
  healthSummary,
} from "../../src/api/health_monitoring.ts";
import { readQuery } from "../../src/api/parameter.ts";
import {
  makeFacts,
  makeMonitor,
  makeQuery,
  makeSource,
  makeTailnet,
  NOW_MS,
} from "./_fake_source.ts";
import { assertValid } from "./_schema_check.ts";

const DEVICES = [
  makeFacts({ id: "1", name: "git.ts.net", os: "linux" }),
  makeFacts({
    id: "2",
    name: "prod-1.ts.net",
    tags: ["tag:server"],
    lastSeenSeconds: NOW_MS / 1000 - 60,
  }, {
    isOnline: false,
  }),
  makeFacts({ id: "3", name: "shop-dev.ts.net" }),
  makeFacts({ id: "4", name: "laptop.ts.net", addresses: [] }),
];

async function setUp(): Promise<ApiSource> {
  const monitor = makeMonitor(DEVICES);
  await monitor.history.uptimeLog("t").observe({
    nodes: DEVICES,
    atMs: NOW_MS - 1_800_000,
    elapsedMs: 0,
  });
  await monitor.history.uptimeLog("t").observe({
    nodes: DEVICES,
    atMs: NOW_MS,
    elapsedMs: 1_800_000,
  });
  return makeSource(DEVICES, { monitor: () => monitor });
}

Deno.test("healthSummary() has the four fields, and the health of the critical nodes", async () => {
  const value = await healthSummary(await setUp());
  assertValid(HEALTH_SUMMARY, value);
  assertEquals(value, {
    total_nodes: 4,
    online_nodes: 3,
    offline_nodes: 1,
    critical_nodes: { total: 2, online: 1, offline: 1, health_percentage: 50 },
  });
});

Deno.test("healthNodes() lists critical nodes, and all of them on request", async () => {
  const source = await setUp();
  const list = async (params: Parameters<typeof makeQuery>[0] = {}) => {
    const value = await healthNodes(source, makeQuery(params));
    assertValid(HEALTH_NODES, value);
    return value;
  };
  assertEquals(await list(), [
    {
      hostname: "git",
      ip: "100.64.0.7",
      online: true,
      node_type: "git",
      os: "linux",
      last_seen: "2026-01-31T12:00:00Z",
      uptime_24h: 100,
    },
    {
      hostname: "prod-1",
      ip: "100.64.0.7",
      online: false,
      node_type: "production",
      os: null,
      last_seen: "2026-01-31T11:59:00Z",
      uptime_24h: 0,
    },
  ]);
  assertEquals(await list({ project_only: "true" }), await list());
  const all = await list({ project_only: "false" });
  assertEquals(all.map(({ hostname, ip }) => [hostname, ip]).at(-1), ["laptop", null]);
  assertEquals(all.length, 4);
});

Deno.test("healthCritical() has a place for each of the three types", async () => {
  const value = await healthCritical(await setUp());
  assertValid(HEALTH_CRITICAL, value);
  const names = Object.entries(value).map((
    [place, node],
  ) => [place, (node as { hostname: string } | null)?.hostname]);
  assertEquals(names, [["git", "git"], ["dev", "shop-dev"], ["prod", "prod-1"]]);
  const none = await healthCritical(makeSource([]));
  assertValid(HEALTH_CRITICAL, none);
  assertEquals(none, { git: null, dev: null, prod: null });
});

Deno.test("healthAlerts() lists what fires", async () => {
  const device = makeFacts({
    id: "1",
    name: "git.ts.net",
    tags: ["tag:a"],
    expiresSeconds: NOW_MS / 1000 - 60,
  });
  const monitor = makeMonitor([device]);
  await monitor.alerts.look(makeTailnet([device]));
  const value = await healthAlerts(makeSource([device], { monitor: () => monitor }));
  assertValid(HEALTH_ALERTS, value);
  assertEquals(value.map(({ hostname, rule }) => [hostname, rule]), [["git", "key_expired"]]);
  assertEquals(await healthAlerts(makeSource([])), []);
});

Deno.test("healthLogs() has 20 events a page, filtered by severity and type", async () => {
  const monitor = makeMonitor([]);
  for (let at = 0; at < 45; at++) {
    monitor.history.log.add({
      atMs: NOW_MS - 1000 * (45 - at),
      type: at % 3 === 0 ? "alert" : "node_online",
      severity: at % 3 === 0 ? "critical" : "ok",
      node: at % 2 === 0 ? { key: "t/1", name: "git.ts.net" } : undefined,
      message: `Event ${at}`,
    });
  }
  const source = makeSource([], { monitor: () => monitor });
  // deno-lint-ignore no-explicit-any
  const logs = async (params: Parameters<typeof makeQuery>[0] = {}): Promise<any> => {
    const value = await healthLogs(source, makeQuery(params));
    assertValid(HEALTH_LOGS, value);
    return value;
  };
  const pages = await Promise.all(["1", "2", "3", "4"].map((page) => logs({ page })));
  assertEquals(pages.map(({ logs }) => logs.length), [20, 20, 5, 0]);
  const { logs: [first], page, per_page, total, total_pages } = await logs();
  assertEquals([page, per_page, total, total_pages], [1, 20, 45, 3]);
  assertEquals(first, {
    timestamp: "2026-01-31T11:59:59Z",
    severity: "ok",
    event_type: "node_online",
    hostname: "git",
    message: "Event 44",
  });
  assertEquals((await logs({ severity: "critical" })).total, 15);
  assertEquals((await logs({ event_type: "node_online" })).total, 30);
  for (const event_type of ["", "all"]) {
    assertEquals((await logs({ event_type, severity: "" })).total, 45);
  }
});

Deno.test("the parameters have the names and values of earlier monitors", () => {
  const accepts = (parameters: typeof HEALTH_LOGS_PARAMETERS, query: string) =>
    !("allowed" in readQuery(parameters, new URLSearchParams(query)));
  const good = [
    "page=1&severity=&event_type=",
    "severity=ok",
    "severity=warning",
    "severity=critical",
  ]
    .concat(
      ["all", "health_check", "node_online", "node_offline", "alert"].map((each) =>
        `event_type=${each}`
      ),
    );
  for (const query of good) assertEquals(accepts(HEALTH_LOGS_PARAMETERS, query), true, query);
  for (const query of ["page=0", "severity=bad", "event_type=x", "per_page=5"]) {
    assertEquals(accepts(HEALTH_LOGS_PARAMETERS, query), false, query);
  }
  for (const value of ["true", "false"]) {
    assertEquals(accepts(HEALTH_NODES_PARAMETERS, `project_only=${value}`), true);
  }
});
