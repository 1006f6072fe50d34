import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Exporter } from "../src/exporter.ts";
import { openSources } from "../src/source/mod.ts";
import { testConfig } from "./_support/config.ts";
import { SIGNAL } from "./_support/exporter.ts";
import { FakeRuntime } from "./_support/fake_runtime.ts";
import { onlineDevice } from "./_support/fake_tailnet.ts";
import { fixtureText } from "./_support/fixture.ts";
import { withHost } from "./_support/host.ts";
import { until } from "./_support/until.ts";
import { readText } from "./_support/text_reader.ts";
import { listPages } from "./_support/targets.ts";

Deno.test("Host puts peers and tailscaled's own metrics on a page without any tailnet", async () => {
  await withHost(async ({ exporter }) => {
    assertEquals([exporter.isReady(), exporter.isStarted()], [false, false]);
    assertEquals(exporter.health().tailscaled, { isUp: undefined, peers: undefined });
    assertEquals(await exporter.runOnce(SIGNAL), true);
    const page = exporter.page.view().text("text");
    readText(page);
    for (
      const line of [
        "tailscale_up 1",
        'tailscale_peer_online{peer_id="2",peer_name="node-b.lab.test"} 1',
        'tailscale_peer_path{peer_id="3",peer_name="node-c.lab.test",state="direct_v4"} 1',
        'tailscaled_home_derp_region_id{device_id="1",device_name="node-a.lab.test"} 999',
      ]
    ) assertStringIncludes(page, `${line}\n`);
    assert(!page.includes("tsmetrics_api_"), "the API is on the page though there is none");
    assertEquals([exporter.isReady(), exporter.isStarted(), exporter.isAlive()], [
      true,
      true,
      true,
    ]);
    const { status, tailscaled, devicesDiscovered } = exporter.health();
    assertEquals([status, tailscaled, devicesDiscovered], [
      "healthy",
      { isUp: true, peers: 2 },
      undefined,
    ]);
    assertEquals([exporter.debug().api, [...exporter.debug().devices]], [undefined, []]);
    assertEquals(await listPages(exporter.discovery, undefined), undefined);
  });
});

Deno.test("Host reads the tailscaled of our own node at once when it changes, and no other", async () => {
  const sidecar = {
    USE_TSNET: "true",
    TSNET_MODE: "sidecar",
    SCRAPE_PROXY: "socks5h://127.0.0.1:1",
  };
  for (const [settings, isOwnNode] of [[{}, undefined], [sidecar, true]] as const) {
    await withHost(
      async ({ exporter: { host }, tailscaled }) => {
        assertEquals(host?.record.snapshot().isOwnNode, isOwnNode);
        assertEquals([host?.isOwnNode, host?.isEmbedded], [isOwnNode === true, false]);
        const stop = new AbortController();
        const run = host?.run(stop.signal);
        await until("the first cycle of each loop", () => host?.isStarted);
        tailscaled.answers.status = JSON.stringify({ BackendState: "NeedsLogin" });
        await host?.ownNodeChanged();
        assertEquals(host?.record.backend, isOwnNode === true ? "NeedsLogin" : "Running");
        stop.abort();
        await run;
      },
      settings,
      { hasTailnet: true },
    );
  }
});

Deno.test("Host says that tailscaled is down, and the program is not ready then", async () => {
  await withHost(async ({ exporter, tailscaled }) => {
    const running = tailscaled.answers.status;
    tailscaled.answers.code = 500;
    assertEquals(await exporter.runOnce(SIGNAL), true);
    assertStringIncludes(exporter.page.view().text("text"), "tailscale_up 0\n");
    assertEquals([exporter.isReady(), exporter.isStarted()], [false, true]);
    assertEquals(exporter.health().status, "unhealthy");
    assertEquals(exporter.health().reason, "tailscaled does not answer on its LocalAPI.");
    tailscaled.answers.status = JSON.stringify({ BackendState: "Stopped" });
    tailscaled.answers.code = 200;
    await exporter.runOnce(SIGNAL);
    assertEquals(exporter.health().reason, "tailscaled is not up: its state is Stopped.");
    tailscaled.answers.status = running;
    await exporter.runOnce(SIGNAL);
    assertEquals(exporter.health().status, "healthy");
  });
});

Deno.test("Host and ScrapeCollector show this host's own page once: from tailscaled itself", async () => {
  await withHost(
    async ({ exporter, tailnet }) => {
      const scraped: string[] = [];
      tailnet.answers.beforePage = () => scraped.push("page");
      tailnet.answers.devices = [
        { ...onlineDevice("11", "node-a.example.ts.net"), nodeId: "1" },
        { ...onlineDevice("12", "node-b.example.ts.net"), nodeId: "2" },
      ];
      await exporter.runOnce(SIGNAL);
      scraped.length = 0;
      await exporter.runOnce(SIGNAL);
      assertEquals(scraped, ["page"]);
      const page = exporter.page.view().text("text");
      readText(page);
      const own = 'device_id="11",device_name="node-a.example.ts.net"';
      assertStringIncludes(page, `tailscaled_home_derp_region_id{${own}} 999\n`);
      assertStringIncludes(page, `tailscaled_health_messages{device_id="12",`);
      assertStringIncludes(page, 'peer_id="2",peer_name="node-b.lab.test"');
      assertEquals(
        [...exporter.devices()].map(({ device, scrape: { state } }) => [device.id, state]),
        [
          ["11", "up"],
          ["12", "up"],
        ],
      );
    },
    {},
    { hasTailnet: true },
  );
});

Deno.test("Host gives this host's page the API's id, whether or not the API has told of it", async () => {
  await withHost(
    async ({ exporter, tailscaled, tailnet }) => {
      const scraped: string[] = [];
      const status = JSON.parse(tailscaled.answers.status);
      Object.assign(status.Self, { ID: "nABCCNTRL", NodeID: 92960230385 });
      tailscaled.answers.status = JSON.stringify(status);
      const own = { ...onlineDevice("92960230385", "node-a.lab.test"), nodeId: "nABCCNTRL" };
      tailnet.answers.apiStatus = 500;
      tailnet.answers.devices = [own];
      tailnet.answers.beforePage = () => scraped.push("page");
      for (const apiStatus of [500, 200, 200]) {
        tailnet.answers.apiStatus = apiStatus;
        await exporter.host?.runOnce(SIGNAL);
        await exporter.tailnets[0]?.loop.runOnce(SIGNAL);
        const page = exporter.page.view().text("text");
        assertEquals(page.match(/^tailscaled_home_derp_region_id.*$/gm), [
          'tailscaled_home_derp_region_id{device_id="92960230385",device_name="node-a.lab.test"} 999',
        ]);
      }
      assertEquals(scraped, []);
    },
    { API_TIMEOUT: "1s" },
    { hasTailnet: true },
  );
});

Deno.test("Host gives peers the number of their node for a device_id where no API is asked", async () => {
  await withHost(async ({ exporter }) => {
    await exporter.runOnce(SIGNAL);
    const page = exporter.page.view().text("text");
    assertStringIncludes(
      page,
      'tailscale_peer_info{peer_id="2",peer_name="node-b.lab.test",device_id="2",',
    );
    assertStringIncludes(
      page,
      'tailscale_host_info{node_id="1",node_name="node-a.lab.test",device_id="1"} 1',
    );
  });
});

Deno.test("Host keeps the device_id of peers when the API goes away that told of it", async () => {
  await withHost(
    async ({ exporter, runtime, tailscaled, tailnet }) => {
      const status = JSON.parse(tailscaled.answers.status);
      Object.assign(status.Self, { ID: "nSELFCNTRL", NodeID: 92960230385 });
      const [peer] = Object.values(status.Peer);
      Object.assign(Object(peer), { ID: "nPEERCNTRL", NodeID: 30712650017 });
      tailscaled.answers.status = JSON.stringify(status);
      tailnet.answers.devices = [
        { ...onlineDevice("92960230385", "node-a.lab.test"), nodeId: "nSELFCNTRL" },
        { ...onlineDevice("30712650017", "node-c.lab.test"), nodeId: "nPEERCNTRL" },
      ];
      const hasList: boolean[] = [];
      for (const [apiStatus, passedMs] of [[200, 0], [403, 0], [403, 900_000], [200, 0]] as const) {
        tailnet.answers.apiStatus = apiStatus;
        const elapsedMs = runtime.elapsedMs();
        runtime.elapsedMs = () => elapsedMs + passedMs;
        await exporter.tailnets[0]?.loop.runOnce(SIGNAL);
        await exporter.host?.runOnce(SIGNAL);
        hasList.push(exporter.tailnets[0]?.record.listing !== undefined);
        const page = exporter.page.view().text("text");
        const idsOf = (pattern: RegExp) => [...page.matchAll(pattern)].map(([, id]) => id);
        const own = ["92960230385"];
        const info = /^tailscale_peer_info\{peer_id="nPEERCNTRL",.*device_id="(\d+)"/gm;
        assertEquals(idsOf(info), ["30712650017"]);
        assertEquals(idsOf(/^tailscale_host_info\{.*device_id="(\d+)"/gm), own);
        assertEquals(idsOf(/^tailscaled_home_derp_region_id\{device_id="(\d+)"/gm), own);
      }
      assertEquals(hasList, [true, true, false, true], "a list is kept for a while");
    },
    {},
    { hasTailnet: true },
  );
});

Deno.test("Host shows what was last said while tailscaled is silent, and is degraded", async () => {
  await withHost(async ({ exporter, tailscaled, runtime }) => {
    await exporter.runOnce(SIGNAL);
    tailscaled.answers.code = 500;
    await exporter.runOnce(SIGNAL);
    assertEquals([exporter.isReady(), exporter.health().status], [true, "degraded"]);
    assertEquals(exporter.health().tailscaled, { isUp: false, peers: undefined });
    const elapsedMs = runtime.elapsedMs();
    runtime.elapsedMs = () => elapsedMs + 300_000;
    await exporter.runOnce(SIGNAL);
    assertEquals([exporter.isReady(), exporter.health().status], [false, "unhealthy"]);
  });
});

Deno.test("Host has the parts that are asked for, or nothing", async () => {
  await withHost(
    async ({ exporter, tailscaled }) => {
      tailscaled.answers.usermetrics = "tailscaled_x -5 what\n";
      assertEquals(await exporter.runOnce(SIGNAL), false);
      tailscaled.answers.usermetrics = "tailscaled_x 5\n";
      assertEquals(await exporter.runOnce(SIGNAL), true);
    },
    {},
    { collect: ["peers", "native"], isRepeating: false },
  );
});

Deno.test("Host asks tailscaled for its status once, however many parts look at its peers", async () => {
  await withHost(
    async ({ exporter, tailscaled }) => {
      for (let run = 0; run < 2; run++) {
        tailscaled.asked.length = 0;
        await exporter.runOnce(SIGNAL);
        assertEquals(tailscaled.asked.filter((call) => call.startsWith("status")), ["status"]);
      }
    },
    { WATCHDOG: "observe", KEEPALIVE: "on" },
  );
});

Deno.test("Host does not call a peer idle or relayed that one look cannot tell the path of", async () => {
  const statesOf = async (isRepeating: boolean) => {
    let page = "";
    await withHost(
      async ({ exporter, tailscaled }) => {
        tailscaled.answers.status = fixtureText("localapi/status-derp.json");
        await exporter.runOnce(SIGNAL);
        page = exporter.page.view().text("text");
      },
      {},
      { collect: ["peers"], isRepeating },
    );
    return [...page.matchAll(/^tailscale_peer_path\{.*state="(.+)"\} 1$/gm)].map(([, state]) =>
      state
    );
  };
  assertEquals(await statesOf(false), ["unknown", "unknown"]);
  assertEquals(await statesOf(true), ["unknown", "unknown"]);
});

Deno.test("Host collects what is asked for, and the page has nothing else", async () => {
  const collected:
    readonly (readonly [collect: "peers" | "native" | "watchdog", prefix: RegExp])[] = [
      ["peers", /^tailscale_(?!watchdog)/],
      ["native", /^tailscaled_/],
      ["watchdog", /^tailscale_watchdog_|^tsmetrics_watchdog_/],
    ];
  for (const [part, prefix] of collected) {
    await withHost(
      async ({ exporter }) => {
        assertEquals(await exporter.runOnce(SIGNAL), true);
        const names = readText(exporter.page.view().text("text")).map(({ name }) => name);
        assert(names.length > 0, part);
        assertEquals(names.filter((name) => !prefix.test(name)), [], part);
      },
      { WATCHDOG: "observe" },
      { collect: [part], isRepeating: false },
    );
  }
});

Deno.test("Host has nothing to show if only tailscaled's metrics are wanted and it is down", async () => {
  await withHost(
    async ({ exporter, tailscaled }) => {
      tailscaled.answers.code = 500;
      assertEquals(await exporter.runOnce(SIGNAL), false);
      assertEquals(exporter.page.view().sampleCount, 0);
    },
    {},
    { collect: ["native"], isRepeating: false },
  );
});

Deno.test("Host keeps the watchdog's state in the runtime's storage", async () => {
  await withHost(
    async ({ exporter, runtime }) => {
      await exporter.runOnce(SIGNAL);
      assertEquals([...runtime.texts.keys()], ["tsmetrics.watchdog"]);
    },
    { WATCHDOG: "observe" },
    { collect: ["watchdog"], isRepeating: false },
  );
});

for (
  const [settings, ms] of [
    [{}, 300_000],
    [{ PEERS_INTERVAL: "10m", NATIVE_INTERVAL: "1h" }, 1_800_000],
    [{ PEERS_INTERVAL: "1h", NATIVE_INTERVAL: "10m" }, 1_800_000],
    [{ LOCALAPI_TIMEOUT: "5m" }, 600_000],
  ] as const
) {
  const of = Object.entries(settings).join(" ") || "defaults";
  Deno.test(`Host is not alive when one of its loops hangs for ${ms} ms, of ${of}`, async () => {
    await withHost(async ({ exporter, runtime }) => {
      let nowMs = 0;
      runtime.elapsedMs = () => nowMs;
      await exporter.runOnce(SIGNAL);
      nowMs = ms - 1;
      assertEquals(exporter.isAlive(), true);
      nowMs = ms;
      assertEquals(exporter.isAlive(), false);
    }, settings);
  });
}

Deno.test("Host counts failed calls of tailscaled by cause", async () => {
  await withHost(async ({ exporter, tailscaled }) => {
    const counts = () =>
      [
        ...exporter.page.view().text("text").matchAll(
          /^tsmetrics_scrape_errors_total\{target="tailscaled",error_type="(\w+)"\} ([1-9]\d*)$/gm,
        ),
      ].map(([, type, count]) => `${type} ${count}`);
    await exporter.runOnce(SIGNAL);
    // This fake knows no settings and no regions.
    const before = counts();
    tailscaled.answers.code = 500;
    await exporter.runOnce(SIGNAL);
    assertEquals(counts(), [...before, "status 2"]);
  });
});

Deno.test("Host counts the keepalive for /livez and /health", async () => {
  await withHost(async ({ exporter, runtime }) => {
    let nowMs = 0;
    runtime.elapsedMs = () => nowMs;
    await exporter.runOnce(SIGNAL);
    // The other loops go on, and nothing runs the keepalive.
    nowMs = 300_000 - 1;
    await exporter.runOnce(SIGNAL);
    assertEquals([exporter.isAlive(), exporter.health().status], [true, "healthy"]);
    nowMs = 310_000;
    await exporter.runOnce(SIGNAL);
    assertEquals([exporter.isAlive(), exporter.health().status], [false, "degraded"]);
    assertEquals(exporter.health().reason, "Stuck: keepalive; restart the program.");
  }, { KEEPALIVE: "on" });
});

Deno.test("Host shows no history of paths where it looks once", async () => {
  const historyOf = async (isRepeating: boolean) => {
    let names: readonly string[] = [];
    await withHost(
      async ({ exporter }) => {
        await exporter.runOnce(SIGNAL);
        names = readText(exporter.page.view().text("text")).map(({ name }) => name);
      },
      {},
      { collect: ["peers"], isRepeating },
    );
    return names.filter((name) => /^tailscale_peer_path_/.test(name));
  };
  assertEquals(await historyOf(false), []);
  assertEquals(await historyOf(true), [
    "tailscale_peer_path_since_timestamp_seconds",
    "tailscale_peer_path_seconds_total",
  ]);
});

Deno.test("Host of the demo watches its peers, and keeps nothing beyond the process", async () => {
  const runtime = new FakeRuntime();
  const config = testConfig({ TEST_DEVICES: "demo:3" });
  await using sources = await openSources(config, runtime, undefined, { simulatesHost: true });
  const exporter = await Exporter.open(config, sources, runtime);
  try {
    await exporter.runOnce(SIGNAL);
    const page = exporter.page.view().text("text");
    assertStringIncludes(page, "\ntailscale_watchdog_restarts_total 0\n");
    assertStringIncludes(
      page,
      'peer_name="web-fra-01.tail-demo.ts.net",device_id="7079934530100002"',
    );
    assertEquals(runtime.texts.size, 0);
  } finally {
    exporter.close();
  }
});
