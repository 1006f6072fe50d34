import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { UNKNOWN_STATUS } from "../src/own_node/node_status.ts";
import type { OwnNode } from "../src/own_node/mod.ts";
import { Exporter } from "../src/exporter.ts";
import { Reporter } from "../src/reporter.ts";
import { openSources } from "../src/source/mod.ts";
import { testConfig } from "./_support/config.ts";
import { SIGNAL, withExporter } from "./_support/exporter.ts";
import { FakeRuntime } from "./_support/fake_runtime.ts";
import { FakeTailnet, onlineDevice } from "./_support/fake_tailnet.ts";
import { readText } from "./_support/text_reader.ts";

Deno.test("Reporter.debug() tells each device's state, and no secret", async () => {
  await withExporter(async (exporter, tailnet) => {
    tailnet.answers.devices = [
      onlineDevice("1", "a.example"),
      { ...onlineDevice("2", "b.example"), tags: [] },
      { name: "no id" },
    ];
    await exporter.runOnce(SIGNAL);
    const debug = exporter.debug();
    const devices = [...debug.devices];
    assertEquals(devices.map(({ device, scrape }) => [device.id, scrape.state]), [
      ["1", "up"],
      ["2", "untagged"],
    ]);
    assertEquals(debug.metrics.devicesTotal, 2);
    assertEquals(debug.metrics.devicesOnline, 2);
    assertEquals(exporter.tailnets[0]?.record.listing?.rejected.length, 1);
    assertEquals(debug.config.oauth_token, "set");
    assert(!JSON.stringify({ ...debug, devices }).includes("canary"));
  });
});

Deno.test("Reporter.debug() shows the circuit of an API that keeps failing", async () => {
  await withExporter(async (exporter, tailnet, clock) => {
    await exporter.runOnce(SIGNAL);
    tailnet.answers.apiStatus = 403;
    for (let count = 0; count < 5; count++) await exporter.runOnce(SIGNAL);
    const page = exporter.page.view().text("text");
    assertStringIncludes(page, 'tsmetrics_api_requests_total{endpoint="devices",code="403"} 3\n');
    assertStringIncludes(page, 'tsmetrics_api_circuit_state{state="closed"} 0\n');
    assertStringIncludes(page, 'tsmetrics_api_circuit_state{state="open"} 1\n');
    assertStringIncludes(page, "tsmetrics_api_up 0\n");
    const { circuit, failures, nextTryMs = NaN, error } = exporter.debug().api ?? {};
    assertEquals([circuit, failures], ["open", 3]);
    const waitMs = nextTryMs - Date.now();
    assert(waitMs > 50_000 && waitMs <= 52_500, `${waitMs} ms`);
    assertStringIncludes(error ?? "", "answered 403");
    tailnet.answers.apiStatus = 200;
    clock.offsetMs = 60_000;
    await exporter.runOnce(SIGNAL);
    assertEquals(exporter.debug().api, {
      circuit: "closed",
      failures: 0,
      nextTryMs: undefined,
      error: undefined,
    });
  });
});

Deno.test("Exporter shows each change of our own node", async () => {
  await using tailnet = new FakeTailnet();
  const [config, runtime] = [testConfig(tailnet.env), new FakeRuntime()];
  await using sources = await openSources(config, runtime);
  const listeners: (() => void)[] = [];
  const ownNode: OwnNode & { status: OwnNode["status"] } = {
    status: UNKNOWN_STATUS,
    states: ["starting", "running"],
    summary: "The embedded node is joining the tailnet.",
    outage: undefined,
    restarts: 1,
    subscribe: (listener) => void listeners.push(listener),
  };
  const loaded = { tailnets: sources.tailnet ? [sources.tailnet] : [], here: undefined, ownNode };
  const exporter = new Exporter(config, loaded, runtime, {});
  const page = () => exporter.page.view().text("text");
  assertStringIncludes(page(), 'tsmetrics_tsnet_state{state="starting"} 1\n');
  ownNode.status = { ...UNKNOWN_STATUS, state: "running", addresses: ["100.64.0.4"] };
  for (const notify of listeners) notify();
  assertStringIncludes(page(), 'tsmetrics_tsnet_state{state="running"} 1\n');
  assertEquals(exporter.health().ownNode, { state: "running", restarts: 1, loginUrl: undefined });
  assertEquals(exporter.debug().node, {
    state: "running",
    summary: ownNode.summary,
    loginUrl: undefined,
    name: undefined,
    addresses: ["100.64.0.4"],
    restarts: 1,
  });
  const loginUrl = "https://login.tailscale.com/a/1234";
  ownNode.status = { ...ownNode.status, loginUrl };
  // The account that logs in there decides which tailnet the node joins.
  const shownTo = (settings: Readonly<Record<string, string>>) => {
    const other = new Exporter(testConfig({ ...tailnet.env, ...settings }), loaded, runtime, {});
    return [other.debug().node?.loginUrl, other.health().ownNode?.loginUrl];
  };
  assertEquals(shownTo({}), [undefined, undefined]);
  assertEquals(shownTo({ METRICS_TOKEN: "a-token-for-this-test-only" }), [loginUrl, loginUrl]);
  const strict = testConfig({ ...tailnet.env, REQUIRE_EXPORTER_TAG: "true" });
  const reason = () => new Exporter(strict, loaded, runtime, {}).health().reason ?? "";
  assertStringIncludes(reason(), "The node of tsmetrics lacks tag:exporter");
  ownNode.status = { ...ownNode.status, tags: ["tag:exporter"] };
  assertEquals(reason().includes("tag:exporter"), false);
  tailnet.answers.devices = [
    onlineDevice("1", "a.example"),
    { ...onlineDevice("2", "tsmetrics.example"), addresses: ["100.64.0.4"] },
  ];
  await exporter.runOnce(SIGNAL);
  assertStringIncludes(
    page(),
    'tsmetrics_device_up{device_id="2",device_name="tsmetrics.example"} 1\n',
  );
  exporter.close();
});

Deno.test("Reporter.health() is degraded while our own node is not in the tailnet", async () => {
  await withExporter(async ({ tailnets }, _tailnet, _clock, runtime) => {
    let state: "running" | "needs_login" = "running";
    const reporter = new Reporter({
      config: testConfig({ TEST_DEVICES: "demo" }),
      runtime,
      tailnets,
      host: undefined,
      ownNode: {
        get status() {
          return { ...UNKNOWN_STATUS, state };
        },
        summary: "The embedded node is not logged in: see the log.",
        restarts: 3,
      },
      isDemo: false,
      metrics: { errorCount: 0 },
      relay: undefined as never,
      devices: () => [],
      countSamples: () => 0,
    });
    assertEquals(reporter.health().status, "starting", "a node alone is no source");
    for (const { loop } of tailnets) await loop.runOnce(SIGNAL);
    assertEquals(reporter.health().status, "healthy");
    state = "needs_login";
    const { ownNode, reason, status } = reporter.health();
    assertEquals([status, reason, ownNode], [
      "degraded",
      "The embedded node is not logged in: see the log.",
      { state: "needs_login", restarts: 3, loginUrl: undefined },
    ]);
  });
});

Deno.test("Reporter.health() tells the state of an embedded node once, and that its parts are stuck", async () => {
  await withExporter(async ({ tailnets }, _tailnet, _clock, runtime) => {
    const stuck: string[] = [];
    const reporter = new Reporter({
      config: testConfig({ TEST_DEVICES: "demo" }),
      runtime,
      tailnets,
      host: {
        isEmbedded: true,
        isOwnNode: true,
        isStarted: true,
        stuck,
        record: { answers: true, backend: "NeedsLogin", isFresh: true, peerCount: 0 } as never,
      },
      ownNode: {
        status: { ...UNKNOWN_STATUS, state: "key_expired" },
        summary: "The node key of the embedded node has expired.",
        restarts: 0,
      },
      isDemo: false,
      metrics: { errorCount: 0 },
      relay: undefined as never,
      devices: () => [],
      countSamples: () => 0,
    });
    assertEquals(reporter.health().status, "starting", "a node alone is no source");
    for (const { loop } of tailnets) await loop.runOnce(SIGNAL);
    const { reason, status, tailscaled } = reporter.health();
    assertEquals([status, reason], ["degraded", "The node key of the embedded node has expired."]);
    assertEquals(tailscaled, { isUp: false, peers: 0 });
    stuck.push("peers");
    assertEquals(
      reporter.health().reason,
      "Stuck: peers; restart the program. The node key of the embedded node has expired.",
    );
  });
});

Deno.test("Reporter.health() tells the state of a sidecar once, and counts it as a source", async () => {
  await withExporter(async ({ tailnets }, _tailnet, _clock, runtime) => {
    let state: "needs_login" | "running" = "needs_login";
    const reporter = new Reporter({
      config: testConfig({ TEST_DEVICES: "demo" }),
      runtime,
      tailnets,
      host: {
        isEmbedded: false,
        isOwnNode: true,
        isStarted: true,
        stuck: [],
        record: { answers: true, backend: "NeedsLogin", isFresh: true, peerCount: 0 } as never,
      },
      ownNode: {
        get status() {
          return { ...UNKNOWN_STATUS, state };
        },
        get summary() {
          return "The sidecar is not logged in: see the log.";
        },
        restarts: 0,
      },
      isDemo: false,
      metrics: { errorCount: 0 },
      relay: undefined as never,
      devices: () => [],
      countSamples: () => 0,
    });
    assertEquals(reporter.health().status, "degraded", "its peers are served without a list");
    for (const { loop } of tailnets) await loop.runOnce(SIGNAL);
    const told = () => {
      const { reason, status } = reporter.health();
      return [status, reason];
    };
    assertEquals(told(), ["degraded", "The sidecar is not logged in: see the log."]);
    state = "running";
    assertEquals(told(), ["degraded", "tailscaled is not up: its state is NeedsLogin."]);
  });
});

Deno.test("Reporter.health() knows nothing before the first cycle", async () => {
  await withExporter((exporter) => {
    const health = exporter.health();
    assertEquals(health.status, "starting");
    assertEquals(health.reason, "The first device list has not arrived yet.");
    assertEquals(health.devicesDiscovered, undefined);
    assertEquals(health.devicesScraped, undefined);
    assertEquals([exporter.isAlive(), exporter.isStarted(), exporter.isReady()], [
      true,
      false,
      false,
    ]);
    const names = readText(exporter.page.view().text("text")).map((family) => family.name);
    assert(!names.some((name) => name.startsWith("tailscale_")), "a device before the first call");
    return Promise.resolve();
  });
});
