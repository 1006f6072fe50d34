import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Exporter } from "../src/exporter.ts";
import { tailnetChanges } from "../src/facts/mod.ts";
import { configureLogging } from "../src/log/log.ts";
import { openSource, type Source } from "../src/source/mod.ts";
import { testConfig } from "./_support/config.ts";
import { SIGNAL, withExporter } from "./_support/exporter.ts";
import { FakeRuntime } from "./_support/fake_runtime.ts";
import { FakeTailnet, onlineDevice } from "./_support/fake_tailnet.ts";
import { TimerWatch } from "./_support/timer_watch.ts";
import { listPages } from "./_support/targets.ts";

Deno.test("openTailnet() has facts and targets after a cycle", async () => {
  await withExporter(async ({ tailnets: [fleet] }, tailnet) => {
    tailnet.answers.devices = [onlineDevice("1", "a.example"), onlineDevice("2", "b.example")];
    assertEquals([fleet?.facts().isFresh, fleet?.isAlive, fleet?.record.api.error], [
      false,
      true,
      undefined,
    ]);
    await fleet?.loop.runOnce(SIGNAL);
    assertEquals([fleet?.facts().isFresh, fleet?.loop.cycleCount], [true, 1]);
    assertEquals(fleet && (await listPages(fleet.discovery, undefined))?.length, 2);
    assertEquals(fleet?.record.counts.up, 2);
  });
});

Deno.test("openTailnet() opens two tailnets on one page, whose devices have the same id", async () => {
  await using one = new FakeTailnet();
  await using two = new FakeTailnet();
  one.answers.devices = [onlineDevice("1", "a.one.example"), onlineDevice("2", "b.one.example")];
  two.answers.devices = [onlineDevice("1", "a.two.example")];
  const runtime = new FakeRuntime();
  const [config, other] = [one, two].map((tailnet, at) =>
    testConfig({ ...tailnet.env, CLIENT_METRICS_PORT: `${one.port}`, TAILNET_NAME: `t${at}` })
  );
  assert(config !== undefined && other !== undefined);
  await using first = await openSource(config, runtime);
  await using second = await openSource(other, runtime);
  const exporter = new Exporter(
    config,
    { tailnets: [first, second], here: undefined },
    runtime,
    {},
  );
  try {
    assertEquals(await exporter.runOnce(SIGNAL), true);
    const named = (name: string) =>
      exporter.page.view().text("text").split("\n")
        .filter((line) => line.startsWith(`${name}{`))
        .map((line) => line.replace(/.*device_id="(\d)",device_name="([^"]*)".*/, "$1 $2"))
        .toSorted();
    const both = ["1 a.one.example", "1 a.two.example", "2 b.one.example"];
    assertEquals(named("tailscale_device_online"), both);
    assertEquals(named("tsmetrics_device_up"), both);
    assertEquals(named("tailscaled_health_messages"), both);
    assertEquals([...exporter.devices()].map(({ key, scrape }) => `${key} ${scrape.state}`), [
      "t0/1 up",
      "t0/2 up",
      "t1/1 up",
    ]);
    const count = () =>
      /^tailscale_device_count (\d+)$/m.exec(exporter.page.view().text("text"))?.[1];
    assertEquals(count(), "3");

    // What happens to a device of one is nothing to its namesake.
    const before = exporter.tailnets.map((tailnet) => tailnet.facts());
    two.answers.devices = [];
    await exporter.runOnce(SIGNAL);
    assertEquals(named("tailscaled_health_messages"), ["1 a.one.example", "2 b.one.example"]);
    assertEquals([count(), exporter.tailnets.map(({ record }) => record.counts.up)], ["2", [2, 0]]);
    const changes: string[] = [];
    for (const [at, tailnet] of exporter.tailnets.entries()) {
      const facts = before[at];
      if (facts === undefined) continue;
      const told = await tailnetChanges(facts, tailnet.facts());
      changes.push(...told.map(({ kind, key }) => `${kind} ${key}`));
    }
    assertEquals(changes, ["device_left t1/1"]);
  } finally {
    exporter.close();
  }
});

Deno.test("openTailnet() remembers why the API failed until it works", async () => {
  await withExporter(async ({ tailnets: [fleet] }, tailnet) => {
    tailnet.answers.apiStatus = 403;
    await fleet?.loop.runOnce(SIGNAL);
    assertEquals(fleet?.facts().isFresh, false);
    assertStringIncludes(fleet?.record.api.error?.message ?? "", "answered 403");
    tailnet.answers.apiStatus = 200;
    await fleet?.loop.runOnce(SIGNAL);
    assertEquals([fleet?.facts().isFresh, fleet?.record.api.error], [true, undefined]);
  });
});

Deno.test("openTailnet() says once how the first cycle went, where more will follow", async () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  await configureLogging({ level: "info", format: "json", secrets: [], write });
  for (const isRepeating of [true, false]) {
    await withExporter(
      async ({ tailnets: [fleet] }, tailnet) => {
        tailnet.answers.devices = [onlineDevice("1", "a.example"), onlineDevice("2", "b.example")];
        await fleet?.loop.runOnce(SIGNAL);
        await fleet?.loop.runOnce(SIGNAL);
      },
      {},
      { isRepeating },
    );
  }
  await withExporter(async ({ tailnets: [fleet] }, tailnet) => {
    tailnet.answers.apiStatus = 403;
    await fleet?.loop.runOnce(SIGNAL);
  });
  const infos = lines.map((line) => JSON.parse(line)).filter(({ level }) => level === "info");
  assertEquals(infos.map(({ message }) => message.replace(/[\d.]+ s:/, "N s:")), [
    "First collection took N s: 2 devices, 2 scraped",
  ]);
});

Deno.test("openTailnet() advises a sidecar once, where an embedded node has more than 200 devices", async () => {
  await using tailnet = new FakeTailnet();
  const [lines, runtime] = [[] as string[], new FakeRuntime()];
  await configureLogging({
    level: "warn",
    format: "journal",
    secrets: [],
    write: (line) => lines.push(line),
  });
  const config = testConfig({ ...tailnet.env, CLIENT_METRICS_PORT: `${tailnet.port}` });
  await using system = await openSource(config, runtime);
  const connect = (to: Parameters<FakeRuntime["connect"]>[0]) => runtime.connect(to);
  const fleet = (size: number) =>
    Array.from({ length: size }, (_, at) => onlineDevice(`${at}`, `d${at}.example`));
  const open = (source: Source) =>
    new Exporter(config, { tailnets: [source], here: undefined }, runtime, {});
  // The demo has connections of its own, too, and no node.
  const demo = open({ ...system, connect, isDemo: true });
  tailnet.answers.devices = fleet(201);
  await demo.runOnce(SIGNAL);
  assertEquals([demo.tailnets[0]?.record.counts.up, lines], [201, []]);
  demo.close();
  const exporter = open({ ...system, connect, usesEmbeddedNode: true });
  tailnet.answers.devices = fleet(200);
  await exporter.runOnce(SIGNAL);
  assertEquals(lines, []);
  tailnet.answers.devices = fleet(201);
  await exporter.runOnce(SIGNAL);
  await exporter.runOnce(SIGNAL);
  exporter.close();
  assertEquals(lines, [
    "<4>201 devices are scraped through the embedded node, which is advised up to 200: " +
    "TSNET_MODE=sidecar costs less CPU",
  ]);
});

Deno.test("openTailnet() asks the API at once when our own node reaches the control plane again", async () => {
  await using tailnet = new FakeTailnet();
  const runtime = new FakeRuntime();
  const config = testConfig({ ...tailnet.env, CLIENT_METRICS_PORT: `${tailnet.port}` });
  await using system = await openSource(config, runtime);
  const listeners: (() => void)[] = [];
  const source: Source = { ...system, onReturn: (listener) => listeners.push(listener) };
  const exporter = new Exporter(config, { tailnets: [source], here: undefined }, runtime, {});
  tailnet.answers.apiStatus = 403;
  for (let count = 0; count < 3; count++) await exporter.runOnce(SIGNAL);
  tailnet.answers.apiStatus = 200;
  await exporter.runOnce(SIGNAL);
  assertEquals(exporter.tailnets[0]?.circuit.state, "open");
  for (const listener of listeners) listener();
  await exporter.runOnce(SIGNAL);
  assertEquals(exporter.tailnets[0]?.circuit.state, "closed");
  exporter.close();
});

Deno.test("openTailnet() warns once about a filter entry that matches no device", async () => {
  const lines: string[] = [];
  const write = (line: string) => void lines.push(line);
  await configureLogging({ level: "info", format: "json", secrets: [], write });
  await withExporter(
    async ({ tailnets: [fleet] }) => {
      await fleet?.loop.runOnce(SIGNAL);
      await fleet?.loop.runOnce(SIGNAL);
    },
    { TARGET_DEVICES: "node-*,late-*" },
    { isRepeating: false },
  );
  const told = lines.map((line) => JSON.parse(line))
    .map(({ level, message }) => `${level} ${message}`)
    .filter((line) => line.includes("late-*"));
  assertEquals(told, [
    'warn No device matches "late-*" of TARGET_DEVICES',
  ]);
});

Deno.test("openTailnet() asks a headscale for devices, targets and the reason of a failure", async () => {
  await withExporter(
    async (exporter, tailnet) => {
      const { tailnets: [fleet] } = exporter;
      await fleet?.loop.runOnce(SIGNAL);
      assertEquals([fleet?.record.counts.up, fleet?.warnings], [1, []]);
      const [target] = fleet === undefined ? [] : await listPages(fleet.discovery, undefined) ?? [];
      assertEquals(JSON.parse(target?.labels ?? ""), {
        __meta_tailscale_api: `127.0.0.1:${tailnet.port}`,
        __meta_tailscale_device_authorized: "true",
        __meta_tailscale_device_id: "1",
        __meta_tailscale_device_name: "node-a",
        __meta_tailscale_device_online: "true",
        __meta_tailscale_device_tag_exporter: "1",
        __meta_tailscale_device_tags: ",exporter,",
        __metrics_path__: "/metrics",
        device_id: "1",
        device_name: "node-a",
      });
      tailnet.answers.apiStatus = 401;
      await fleet?.loop.runOnce(SIGNAL);
      assertEquals(
        exporter.health().reason,
        "The headscale API rejects the credential: it is wrong, expired or revoked. The last " +
          "device list is shown.",
      );
    },
    {},
    { isHeadscale: true },
  );
});

Deno.test("openTailnet() sends a request to the API three times at most", async () => {
  let requestCount = 0;
  const { random } = Math;
  // The waits between are random, from nothing.
  Math.random = () => 0;
  try {
    await withExporter(async ({ tailnets: [fleet] }, tailnet) => {
      tailnet.answers.beforeList = () => void requestCount++;
      tailnet.answers.apiStatus = 500;
      await fleet?.loop.runOnce(SIGNAL);
    });
  } finally {
    Math.random = random;
  }
  assertEquals(requestCount, 3);
});

Deno.test("openTailnet() knows why its first list is late while it waits to ask again", async () => {
  const { random } = Math;
  Math.random = () => 0;
  const reasons: (string | undefined)[] = [];
  const lines: string[] = [];
  await configureLogging({
    level: "warn",
    format: "journal",
    secrets: [],
    write: (line) => lines.push(line),
  });
  try {
    await withExporter(async (exporter, tailnet) => {
      const { status, reason } = exporter.health();
      assertEquals([status, reason], ["starting", "The first device list has not arrived yet."]);
      tailnet.answers.apiStatus = 429;
      tailnet.answers.beforeList = () => {
        const health = exporter.health();
        reasons.push(`${health.status}: ${health.reason}`);
        if (reasons.length % 3 === 0) tailnet.answers.apiStatus = 200;
      };
      await exporter.runOnce(SIGNAL);
      assertEquals(exporter.health().status, "healthy");
      // With a list a short wait is no news.
      tailnet.answers.apiStatus = 429;
      await exporter.runOnce(SIGNAL);
      assertEquals(
        lines.map((line) => line.replace(String(tailnet.port), "PORT")),
        ["<4>The Tailscale API at 127.0.0.1:PORT answered 429: asking again in 1 s"],
      );
    });
  } finally {
    Math.random = random;
  }
  const limited = "starting: The Tailscale API is called too often (429).";
  assertEquals(reasons.slice(0, 3), [
    "starting: The first device list has not arrived yet.",
    limited,
    limited,
  ]);
  assertEquals(reasons.slice(3).every((reason) => reason === "healthy: undefined"), true);
});

for (const [interval, waitMs] of [["19s", 9_500], ["20s", 10_000], ["1h", 10_000]] as const) {
  Deno.test(`openTailnet() with facts waits ${waitMs} ms for an API that hangs, of ${interval}`, async () => {
    await withExporter(async ({ tailnets: [fleet] }, tailnet) => {
      await fleet?.loop.runOnce(SIGNAL);
      const asked = Promise.withResolvers<void>();
      const hang = Promise.withResolvers<void>();
      tailnet.answers.beforeList = () => {
        asked.resolve();
        return hang.promise;
      };
      using watch = new TimerWatch();
      const cycle = fleet?.loop.runOnce(SIGNAL);
      await asked.promise;
      // The other is the deadline of the call itself.
      const waits = watch.timers.filter(({ ms }) => ms >= 1_000);
      const ended = waits.filter(({ ms }) => ms === waitMs);
      for (const { end } of ended) end();
      if (ended.length === 0) hang.resolve();
      await cycle;
      hang.resolve();
      assertEquals(waits.map(({ ms }) => ms).toSorted((a, b) => a - b), [waitMs, 30_000]);
      assertEquals([fleet?.loop.cycleCount, fleet?.facts().isFresh], [2, true]);
      await fleet?.loop.runOnce(SIGNAL);
    }, { SCRAPE_INTERVAL: interval });
  });
}

for (
  const [settings, ms] of [
    [{ SCRAPE_INTERVAL: "30s" }, 300_000],
    [{ SCRAPE_INTERVAL: "10m" }, 1_800_000],
  ] as const
) {
  Deno.test(`openTailnet() keeps facts for ${ms} ms, of ${settings.SCRAPE_INTERVAL}`, async () => {
    await withExporter(async ({ tailnets: [fleet] }, _tailnet, _clock, runtime) => {
      let nowMs = 0;
      runtime.elapsedMs = () => nowMs;
      await fleet?.loop.runOnce(SIGNAL);
      nowMs = ms;
      assertEquals(fleet?.facts().isFresh, true);
      nowMs = ms + 1;
      assertEquals(fleet?.facts().isFresh, false);
    }, settings);
  });
}

for (
  const [settings, ms] of [
    [{ SCRAPE_INTERVAL: "30s" }, 300_000],
    [{ SCRAPE_INTERVAL: "10m" }, 1_800_000],
    // One request that waits for its deadline is no hanging loop.
    [{ SCRAPE_INTERVAL: "30s", API_TIMEOUT: "10m" }, 1_200_000],
    [{ SCRAPE_INTERVAL: "30s", CLIENT_METRICS_TIMEOUT: "5m" }, 600_000],
  ] as const
) {
  Deno.test(`openTailnet() is alive for ${ms} ms of silence, of ${Object.values(settings)}`, async () => {
    await withExporter(async ({ tailnets: [fleet] }, _tailnet, _clock, runtime) => {
      let nowMs = 0;
      runtime.elapsedMs = () => nowMs;
      await fleet?.loop.runOnce(SIGNAL);
      nowMs = ms - 1;
      assertEquals(fleet?.isAlive, true);
      nowMs = ms;
      assertEquals(fleet?.isAlive, false);
    }, settings);
  });
}
