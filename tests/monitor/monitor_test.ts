import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type NodeState, UNKNOWN_STATUS } from "../../src/own_node/node_status.ts";
import type { MonitorOptions } from "../../src/monitor/_options.ts";
import { Monitor } from "../../src/monitor/monitor.ts";
import { Redactor } from "../../src/secret/redactor.ts";
import type { TellPast } from "../../src/history/mod.ts";
import { testConfig } from "../_support/config.ts";
import { FakeRuntime } from "../_support/fake_runtime.ts";
import { known, snapshot } from "../facts/_snapshot.ts";
import { SIGNAL, withExporter } from "../_support/exporter.ts";
import type { Delay } from "../../src/time/delay.ts";
import { FakeClock, settle } from "../_support/fake_clock.ts";
import { onlineDevice } from "../_support/fake_tailnet.ts";

Deno.test("Monitor notes what happens to the devices of a tailnet, and shows it on the page", async () => {
  await withExporter(async (exporter, tailnet, clock) => {
    const online = onlineDevice("1", "git.example.ts.net");
    tailnet.answers.devices = [online];
    await exporter.runOnce(SIGNAL);
    clock.offsetMs = 60_000;
    tailnet.answers.devices = [{
      ...online,
      connectedToControl: false,
      lastSeen: "2026-01-01T00:00:00Z",
    }];
    await exporter.runOnce(SIGNAL);
    const events = exporter.monitor?.history.log.query({ types: ["node_offline"] }).events;
    assertEquals(events?.map(({ message, severity }) => [message, severity]), [
      ["git is offline", "critical"],
    ]);
    const page = exporter.page.view().text("text");
    assertStringIncludes(
      page,
      'tsmetrics_history_events_total{type="node_offline",severity="critical"} 1\n',
    );
    assertStringIncludes(page, "tsmetrics_history_kept_events 2\n");
  });
});

Deno.test("Monitor tells that something may have changed, and shows the number of streams", async () => {
  await withExporter(async (exporter, tailnet) => {
    const { monitor } = exporter;
    assert(monitor !== undefined);
    assertEquals([monitor.isLoaded, monitor.revisions().devices], [false, 0]);
    tailnet.answers.devices = [onlineDevice("1", "git.example.ts.net")];
    await exporter.runOnce(SIGNAL);
    await exporter.runOnce(SIGNAL);
    assertEquals([monitor.isLoaded, monitor.revisions().devices], [true, 2]);
    const { alerts } = monitor.revisions();
    monitor.alerts?.silence({ node: "git*", untilMs: Date.now() + 60_000 });
    assertEquals(monitor.revisions().alerts, alerts + 1);
    monitor.streams.open = 2;
    monitor.streams.refused = 1;
    const page = exporter.page.view().text("text");
    assertStringIncludes(page, "tsmetrics_http_event_streams 2\n");
    assertStringIncludes(page, "tsmetrics_http_event_streams_refused_total 1\n");
  });
});

Deno.test("Monitor runs the jobs of other parts beside its own", async () => {
  const stop = new AbortController();
  const clock = new FakeClock();
  let runs = 0;
  const run = () => {
    if (++runs === 2) stop.abort(new Error("stop"));
  };
  const monitor = new Monitor({
    delay: clock.delay,
    settings: testConfig({ OAUTH_TOKEN: "tskey-api-1" }),
    runtime: new FakeRuntime(),
    storeName: undefined,
    findDevice: () => undefined,
    readHost: undefined,
    fetch: () => Promise.reject(new Error("no network")),
    redactor: new Redactor([]),
    tokenExpiresAtSeconds: () => undefined,
    readTraffic: () => [],
    jobs: [{ name: "mine", intervalMs: 0, run }],
  });
  await monitor.run(stop.signal);
  assertEquals(runs, 2);
});

Deno.test("Monitor notes each state of our own node, and those before the past is read, too", async () => {
  const runtime = new FakeRuntime();
  const listeners: (() => void)[] = [];
  const ownNode = {
    status: UNKNOWN_STATUS,
    summary: "The embedded node is joining the tailnet.",
    subscribe: (listener: () => void) => void listeners.push(listener),
  };
  const become = (state: NodeState, summary: string) => {
    Object.assign(ownNode, { status: { ...UNKNOWN_STATUS, state }, summary });
    for (const notify of listeners) notify();
  };
  const monitor = makeMonitor(runtime, undefined, {}, undefined, undefined, ownNode);
  const types = ["tsnet_state"] as const;
  const told = () => monitor.history.log.query({ types }).events.map(({ message }) => message);
  become("running", "The embedded node is running.");
  assertEquals(told(), []);
  await monitor.cycleEnded(snapshot([known()], { atMs: runtime.now() }));
  assertEquals(told(), ["The embedded node is running"]);
  become("removed", "The embedded node was removed from the tailnet.");
  // A restart of the Worker in the same state.
  become("removed", "The embedded node was removed from the tailnet.");
  assertEquals(told(), [
    "The embedded node was removed from the tailnet",
    "The embedded node is running",
  ]);
});

Deno.test("Exporter keeps the histories of shards apart", async () => {
  const names = new Set<string | undefined>();
  for (const SHARD of ["0/2", "1/2"]) {
    await withExporter(async (exporter, _, __, runtime) => {
      await exporter.runOnce(SIGNAL);
      const [name = ""] = runtime.cached.entries.keys();
      names.add(name.split("/", 1)[0]?.replace(/%3A\d+/, ""));
    }, { SHARD });
  }
  assertEquals(names.size, 2, [...names].join());
});

Deno.test("Exporter.open() keeps no history for a single collection, or when it is off", async () => {
  await withExporter(
    (exporter) => {
      assert(exporter.monitor === undefined);
      return Promise.resolve();
    },
    {},
    { isRepeating: false },
  );
  await withExporter((exporter) => {
    assert(exporter.monitor === undefined);
    return Promise.resolve();
  }, { HISTORY: "off" });
});

Deno.test("Monitor judges alerts, notes them as events, and counts them on the page", async () => {
  await withExporter(async (exporter, tailnet) => {
    const device = onlineDevice("1", "git.example.ts.net");
    tailnet.answers.devices = [
      { ...device, connectedToControl: false, lastSeen: new Date().toISOString() },
    ];
    await exporter.runOnce(SIGNAL);
    const { alerts, history } = exporter.monitor ?? {};
    assertEquals((await alerts?.list())?.map(({ rule, state }) => [rule, state]), [
      ["critical_node_offline", "firing"],
    ]);
    assertEquals(history?.log.query({ types: ["alert"] }).events.map(({ message }) => message), [
      "Alert critical_node_offline: git is offline",
    ]);
    const page = exporter.page.view().text("text");
    for (
      const line of [
        'tsmetrics_alerts{rule="critical_node_offline",state="firing"} 1',
        'tsmetrics_alerts{rule="node_offline",state="pending"} 0',
        'tsmetrics_alert_transitions_total{rule="critical_node_offline",to="firing"} 1',
      ]
    ) assertStringIncludes(page, `${line}\n`);
  }, { ALERT_OFFLINE_AFTER: "0" });
});

Deno.test("Monitor counts alerts beyond a number in one event", async () => {
  const runtime = new FakeRuntime();
  const monitor = makeMonitor(runtime, undefined, { ALERT_OFFLINE_AFTER: "0" });
  const devices = Array.from({ length: 300 }, (_, at) => known({ id: `${at}` }, false));
  await monitor.cycleEnded(snapshot(devices, { atMs: runtime.now() }));
  const { events, total } = monitor.history.log.query({ types: ["alert"] });
  assertEquals([events[0]?.message, total], ["100 more nodes at the same time: alert", 201]);
});

function makeMonitor(
  runtime: FakeRuntime,
  storeName: string | undefined,
  settings: Readonly<Record<string, string>> = {},
  tellPast?: TellPast,
  delay?: Delay,
  ownNode?: MonitorOptions["ownNode"],
): Monitor {
  return new Monitor({
    ...delay && { delay },
    ownNode,
    settings: testConfig({ OAUTH_TOKEN: "tskey-api-1", ...settings }),
    runtime,
    storeName,
    findDevice: () => undefined,
    readTraffic: () => [],
    readHost: undefined,
    fetch: () => Promise.reject(new Error("no network")),
    redactor: new Redactor([]),
    tokenExpiresAtSeconds: () => undefined,
    tellPast,
  });
}

Deno.test("Monitor.run() saves everything when it is stopped, for the next process", async () => {
  const runtime = new FakeRuntime();
  const monitor = makeMonitor(runtime, "example.com");
  await monitor.cycleEnded(snapshot([known()], { atMs: runtime.now() }));
  monitor.history.log.add({
    atMs: runtime.now(),
    type: "node_left",
    severity: "ok",
    node: undefined,
    message: "the last",
  });
  await monitor.run(AbortSignal.abort(new Error("stop")));
  const later = makeMonitor(runtime, "example.com");
  await later.cycleEnded(snapshot([known()], { atMs: runtime.now() }));
  const messages = later.history.log.query().events.map(({ message }) => message);
  assertEquals([messages.length, messages[1]], [3, "the last"]);
  // Another tailnet has another past.
  const other = makeMonitor(runtime, "example.org");
  await other.cycleEnded(snapshot([known()], { atMs: runtime.now() }));
  assertEquals(other.history.log.query().total, 1);
});

Deno.test("Monitor keeps nothing without a name for its store, and saves nothing before a cycle", async () => {
  const runtime = new FakeRuntime();
  await makeMonitor(runtime, "example.com").run(AbortSignal.abort(new Error("stop")));
  const monitor = makeMonitor(runtime, undefined);
  await monitor.cycleEnded(snapshot([known()], { atMs: runtime.now() }));
  await monitor.run(AbortSignal.abort(new Error("stop")));
  assertEquals(runtime.cached.changes, []);
});

Deno.test("Monitor begins with a simulated past once there is a device list", async () => {
  const runtime = new FakeRuntime();
  const nowMs = runtime.now();
  const device = known({ id: "1", name: "a.ts.net" });
  const outage = { fromMs: nowMs - 7_200_000, untilMs: nowMs - 3_600_000 };
  const asked: (readonly number[])[] = [];
  const monitor = makeMonitor(runtime, undefined, { HISTORY_KEEP: "3h" }, (fromMs, untilMs) => {
    asked.push([fromMs - nowMs, untilMs - nowMs]);
    const past = {
      id: "1",
      name: "a.ts.net",
      joinedMs: 0,
      leftMs: undefined,
      outages: [outage],
      unreadable: undefined,
      lockErrorMs: undefined,
      routesMs: undefined,
      updateMs: undefined,
    };
    return { fromMs, apiOutages: [], devices: () => [past] };
  });
  const facts = snapshot([device], { atMs: nowMs });
  monitor.listed({ ...facts, listing: undefined });
  monitor.listed(facts);
  monitor.listed(facts);
  await monitor.cycleEnded(facts);
  assertEquals(asked, [[-3 * 3_600_000, 0]]);
  const { events } = monitor.history.log.query({ types: ["node_offline", "tailnet_known"] });
  assertEquals(events.map(({ isSimulated, message }) => [message, isSimulated]), [
    ["First device list after a start: 1 device, 1 online", undefined],
    ["a is offline", true],
  ]);
  assertEquals(monitor.history.simulatedUntilMs, nowMs);
  assertEquals(monitor.history.uptime(device.key, 5 * 3_600_000).ratio, 2 / 3);
  assertEquals([...monitor.alerts?.entries() ?? []].map(({ state }) => state), ["resolved"]);
});

Deno.test("Monitor.listed() makes a simulated past two seconds later, and not after the end", async () => {
  for (const isStopped of [false, true]) {
    const [clock, runtime] = [new FakeClock(), new FakeRuntime()];
    let asked = 0;
    const tellPast = () => {
      asked++;
      return undefined;
    };
    const monitor = makeMonitor(runtime, undefined, {}, tellPast, clock.delay);
    for (let at = 0; at < 2; at++) monitor.listed(snapshot([known()], { atMs: runtime.now() }));
    await clock.advance(1_999);
    assertEquals([asked, clock.waiting], [0, 1]);
    if (isStopped) await monitor.run(AbortSignal.abort(new Error("stop")));
    await clock.advance(1);
    assertEquals([asked, clock.waiting], [isStopped ? 0 : 1, 0]);
  }
});

Deno.test("Monitor does not let a store that hangs hold up a cycle", async () => {
  const runtime = new FakeRuntime();
  const clock = new FakeClock();
  runtime.cached.keys = () => new Promise(() => {});
  const monitor = makeMonitor(runtime, "example.com", {}, undefined, clock.delay);
  const cycle = async () => {
    let isOver = false;
    const work = monitor.cycleEnded(snapshot([known()], { atMs: runtime.now() }));
    work.then(() => isOver = true);
    const startMs = clock.now();
    for (await settle(); !isOver; await settle()) await clock.advance(1_000);
    return clock.now() - startMs;
  };
  // Ten seconds for the past, two for a save; then it is not waited for any more.
  assertEquals([await cycle(), await cycle(), await cycle()], [12_000, 0, 0]);
  assertEquals([monitor.isLoaded, monitor.history.log.query().total], [true, 1]);
});
