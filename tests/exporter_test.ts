import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { Exporter } from "../src/exporter.ts";
import { openSources } from "../src/source/mod.ts";
import { testConfig } from "./_support/config.ts";
import { FakeRuntime } from "./_support/fake_runtime.ts";
import { FakeTailnet, onlineDevice } from "./_support/fake_tailnet.ts";
import { apiErrorOf, scrapesOf, SIGNAL, turn, withExporter } from "./_support/exporter.ts";
import { skipTime } from "./_support/exporter.ts";
import { readText } from "./_support/text_reader.ts";
import { listDevices, listPages } from "./_support/targets.ts";

Deno.test("Exporter.runOnce() puts API facts, pages and its own state on one page", async () => {
  await withExporter(async (exporter, _tailnet, clock, runtime) => {
    clock.offsetMs = 60_000;
    assertEquals(await exporter.runOnce(SIGNAL), true);
    const page = exporter.page.view().text("text");
    readText(page);
    const labels = 'device_id="1",device_name="node-a.example.ts.net"';
    for (
      const line of [
        "tailscale_device_count 1",
        `tailscale_device_online{${labels}} 1`,
        `tailscaled_health_messages{${labels},type="warning"} 0`,
        `tsmetrics_device_up{${labels}} 1`,
        "tsmetrics_api_up 1",
        'tsmetrics_api_requests_total{endpoint="devices",code="200"} 1',
        "process_cpu_seconds_total 1.5",
        `process_start_time_seconds ${runtime.startedAtMs / 1000}`,
      ]
    ) assertStringIncludes(page, `${line}\n`);
    assertEquals(exporter.health().status, "healthy");
    assertEquals(exporter.health().devicesScraped, 1);
    assertEquals([exporter.isStarted(), exporter.isReady()], [true, true]);
  });
});

Deno.test("Exporter keeps facts through a failed call until they are stale", async () => {
  await withExporter(async (exporter, tailnet, clock) => {
    await exporter.runOnce(SIGNAL);
    tailnet.answers.apiStatus = 403;
    assertEquals(await exporter.runOnce(SIGNAL), true);
    assertEquals(exporter.health().status, "degraded");
    assertEquals(
      exporter.health().reason,
      "The Tailscale API refuses the device list: the credential lacks a scope. " +
        "The last device list is shown.",
    );
    assertEquals(apiErrorOf(exporter)?.failure, "forbidden");
    assertStringIncludes(exporter.page.view().text("text"), "tailscale_device_count 1\n");
    clock.offsetMs = 300_001 + 1_000;
    assertEquals(await exporter.runOnce(SIGNAL), false);
    assertEquals(exporter.health().status, "unhealthy");
    assertStringIncludes(exporter.health().reason ?? "", "lacks a scope");
    assertEquals(exporter.isReady(), false);
    const page = exporter.page.view().text("text");
    assert(!/^tailscaled?_/m.test(page), "stale facts on the page");
    assertStringIncludes(page, "tsmetrics_api_up 0\n");
    tailnet.answers.apiStatus = 200;
    assertEquals(await exporter.runOnce(SIGNAL), true);
    assertEquals(apiErrorOf(exporter), undefined);
    assertEquals([exporter.health().status, exporter.health().reason], ["healthy", undefined]);
  });
});

Deno.test("Exporter drops the page of a device that fails and keeps the API's facts", async () => {
  await withExporter(async (exporter, tailnet) => {
    await exporter.runOnce(SIGNAL);
    tailnet.answers.pageStatus = 500;
    await exporter.runOnce(SIGNAL);
    const page = exporter.page.view().text("text");
    assert(!page.includes("tailscaled_"), "a frozen page");
    assertStringIncludes(page, "tailscale_device_count 1\n");
    assertStringIncludes(page, 'device_name="node-a.example.ts.net"} 0\n');
    assertEquals(scrapesOf(exporter).map(({ state, failure }) => [state, failure]), [
      ["down", "status"],
    ]);
  });
});

Deno.test("Exporter forgets a device that left in the same cycle", async () => {
  await withExporter(async (exporter, tailnet) => {
    tailnet.answers.devices = [onlineDevice("1", "a.example"), onlineDevice("2", "b.example")];
    await exporter.runOnce(SIGNAL);
    tailnet.answers.devices = [onlineDevice("2", "b.example")];
    await exporter.runOnce(SIGNAL);
    const page = exporter.page.view().text("text");
    assert(!page.includes("a.example"));
    assertStringIncludes(page, "tailscale_device_count 1\n");
  });
});

Deno.test("Exporter.isAlive() does not care how the clock is set", async () => {
  await withExporter(async (exporter, _tailnet, clock, runtime) => {
    await exporter.runOnce(SIGNAL);
    const elapsedMs = runtime.elapsedMs();
    for (const ms of [-86_400_000, 365 * 86_400_000]) {
      clock.offsetMs = ms;
      runtime.elapsedMs = () => elapsedMs + 1_000;
      assertEquals([exporter.isAlive(), exporter.isReady()], [true, true]);
      assertEquals(Math.round(exporter.health().uptimeMs - elapsedMs), 1000);
      // and a loop that hangs is seen with any clock
      runtime.elapsedMs = () => elapsedMs + 301_000;
      assertEquals([exporter.isAlive(), exporter.isReady()], [false, false]);
    }
  });
});

Deno.test("Exporter.isAlive() gives requests and waits their whole time, however long", async () => {
  await withExporter(async (exporter, _tailnet, _clock, runtime) => {
    await exporter.runOnce(SIGNAL);
    const elapsedMs = runtime.elapsedMs();
    runtime.elapsedMs = () => elapsedMs + 1_190_000;
    assertEquals(exporter.isAlive(), true);
    runtime.elapsedMs = () => elapsedMs + 1_201_000;
    assertEquals(exporter.isAlive(), false);
  }, { API_TIMEOUT: "10m" });
});

Deno.test("Exporter.isAlive() takes a slow fleet for a loop that moves", async () => {
  await withExporter(async (exporter, tailnet, _clock, runtime) => {
    tailnet.answers.devices = ["1", "2", "3"].map((id) => onlineDevice(id, `node-${id}.example`));
    await exporter.runOnce(SIGNAL);
    const skip = skipTime(runtime);
    const alive: boolean[] = [];
    tailnet.answers.beforePage = () => {
      // each device takes four minutes to fail, and five without a move are a loop that hangs
      skip(240_000);
      alive.push(exporter.isAlive());
    };
    tailnet.answers.pageStatus = 500;
    await exporter.runOnce(SIGNAL);
    assertEquals([skip(0), ...alive], [720_000, true, true, true]);
  }, { MAX_CONCURRENT_SCRAPES: "1" });
});

Deno.test("Exporter leaves slow newcomers for the next cycle, if there is one", async () => {
  for (const isRepeating of [true, false]) {
    await withExporter(
      async (exporter, tailnet, _clock, runtime) => {
        tailnet.answers.devices = ["1", "2", "3"].map((id) => onlineDevice(id, `${id}.example`));
        const skip = skipTime(runtime);
        tailnet.answers.beforePage = () => void skip(40_000);
        await exporter.runOnce(SIGNAL);
        const waiting = scrapesOf(exporter).filter(({ state }) => state === "pending");
        assertEquals(waiting.length > 0, isRepeating);
      },
      { MAX_CONCURRENT_SCRAPES: "1", SCRAPE_INTERVAL: "30s" },
      { isRepeating },
    );
  }
});

Deno.test("Exporter closes the connection to a device that left", async () => {
  await withExporter(async (exporter, tailnet, _clock, runtime) => {
    const open = new Set<number>();
    runtime.connect = async (options) => {
      const connection = await Deno.connect(options);
      const { port } = connection.localAddr;
      open.add(port);
      const close = connection.close.bind(connection);
      connection.close = () => {
        open.delete(port);
        close();
      };
      return connection;
    };
    tailnet.answers.devices = [onlineDevice("1", "a.example"), onlineDevice("2", "b.example")];
    await exporter.runOnce(SIGNAL);
    assertEquals(open.size, 2);
    tailnet.answers.devices = [onlineDevice("2", "b.example")];
    await exporter.runOnce(SIGNAL);
    assertEquals(open.size, 1);
  });
});

Deno.test("Exporter hides the login that the proxy to the devices echoes", async () => {
  await withExporter(async (exporter, tailnet) => {
    tailnet.answers.pageType = `text/html; for="canary-user:canary-word"`;
    await exporter.runOnce(SIGNAL);
    const [reason = ""] = scrapesOf(exporter).map((scrape) => scrape.reason);
    assertStringIncludes(reason, '"text/html; for="[redacted]:[redacted]""');
  }, { SCRAPE_PROXY: "http://canary-user:canary-word@127.0.0.1:PORT" });
});

Deno.test("Exporter knows a proxy's answer from that of a device", async () => {
  for (const [settings, failure] of [[{}, "status"], [PROXIED, "proxy"]] as const) {
    await withExporter(async (exporter, tailnet) => {
      tailnet.answers.pageStatus = 502;
      await exporter.runOnce(SIGNAL);
      assertEquals(scrapesOf(exporter).map((scrape) => scrape.failure), [failure]);
    }, settings);
  }
});

const PROXIED = { SCRAPE_PROXY: "http://127.0.0.1:PORT" } as const;

Deno.test("Exporter hides the login of the environment's proxy that an API echoes", async () => {
  await withExporter(
    async (exporter, tailnet) => {
      tailnet.answers.apiStatus = 403;
      tailnet.answers.apiMessage = "canary-user canary-word";
      await exporter.runOnce(SIGNAL);
      assertStringIncludes(apiErrorOf(exporter)?.message ?? "", "[redacted] [redacted]");
    },
    {},
    { variables: { HTTPS_PROXY: "http://canary-user:canary-word@127.0.0.1:3128" } },
  );
});

Deno.test("Exporter sends one request to see whether an API works again", async () => {
  await withExporter(async (exporter, tailnet, clock) => {
    tailnet.answers.apiStatus = 403;
    for (let count = 0; count < 3; count++) await exporter.runOnce(SIGNAL);
    tailnet.answers.apiStatus = 503;
    clock.offsetMs = 60_000;
    await exporter.runOnce(SIGNAL);
    const page = exporter.page.view().text("text");
    assertStringIncludes(page, 'tsmetrics_api_requests_total{endpoint="devices",code="503"} 1\n');
  });
});

Deno.test("Exporter.isAlive() fails when the loop has not moved for long", async () => {
  await withExporter(async (exporter, _tailnet, clock) => {
    await exporter.runOnce(SIGNAL);
    clock.offsetMs = 290_000;
    assertEquals(exporter.isAlive(), true);
    clock.offsetMs = 301_000;
    assertEquals(exporter.isAlive(), false);
  });
});

/** One exporter for each of these settings, all over the same devices, each after one cycle. */
async function withFleet(
  deviceCount: number,
  settings: readonly Readonly<Record<string, string>>[],
  body: (...exporters: readonly Exporter[]) => void | Promise<void>,
): Promise<void> {
  await using tailnet = new FakeTailnet();
  tailnet.answers.devices = Array.from({ length: deviceCount }, (_, at) => ({
    ...onlineDevice(String(at + 1), `node-${at + 1}.example.ts.net`),
    tags: at % 2 === 0 ? ["tag:exporter"] : [],
  }));
  await using ends = new AsyncDisposableStack();
  const exporters: Exporter[] = [];
  for (const each of settings) {
    const config = testConfig({ ...tailnet.env, ...each });
    const runtime = new FakeRuntime();
    const sources = ends.use(await openSources(config, runtime));
    const exporter = await Exporter.open(config, sources, runtime);
    ends.defer(() => exporter.close());
    await exporter.runOnce(SIGNAL);
    exporters.push(exporter);
  }
  await body(...exporters);
}

/** Every sample of a valid page, but for what grows while one looks. */
function samplesOf(page: string): readonly string[] {
  return readText(page).flatMap(({ type, samples }) =>
    samples.map(({ name, labels, value }) =>
      JSON.stringify([type, name, labels, name.endsWith("_age_seconds") ? 0 : value])
    )
  );
}

/** Label sets, without values. */
function seriesOf(exporter: Exporter): readonly string[] {
  return readText(exporter.page.view().text("text")).flatMap(({ samples }) =>
    samples.map(({ name, labels }) => JSON.stringify([name, labels]))
  );
}

function devicesOf(exporter: Exporter): readonly string[] {
  return [...exporter.devices()].map(({ device }) => device.id);
}

Deno.test("Exporter.page shows each sample in exactly one shard", async () => {
  await withFleet(80, [{}], (exporter) => {
    assert(exporter !== undefined);
    const whole = samplesOf(exporter.page.view().text("text")).toSorted();
    for (const count of [1, 2, 3, 8, 100, 1000]) {
      const parts = Array.from(
        { length: count },
        (_, index) => samplesOf(exporter.page.view({ index, count }).text("text")),
      );
      assertEquals(parts.flat().toSorted(), whole, `${count} shards`);
    }
  });
});

Deno.test("Exporter.page shows what is about no device on the first shard only", async () => {
  await withFleet(40, [{}], (exporter) => {
    const [first = "", second = ""] = [0, 1].map((index) =>
      exporter?.page.view({ index, count: 2 }).text("text")
    );
    for (
      const name of ["tailscale_device_count", "tsmetrics_api_up", "process_start_time_seconds"]
    ) {
      assertStringIncludes(first, `\n${name} `);
    }
    assertStringIncludes(first, "tailscale_device_count 40\n");
    const bare = samplesOf(second).filter((sample) => !sample.includes("device_id"));
    assertEquals(bare, []);
    assertStringIncludes(second, "tsmetrics_device_up{");
  });
});

Deno.test("Exporter with a shard looks after that part of the fleet only", async () => {
  const settings = [{}, { SHARD: "0/2" }, { SHARD: "1/2" }];
  await withFleet(40, settings, async (all, first, second) => {
    assert(all !== undefined && first !== undefined && second !== undefined);
    assertEquals([...devicesOf(first), ...devicesOf(second)].length, 40);
    assertEquals(
      [...devicesOf(first), ...devicesOf(second)].toSorted(),
      devicesOf(all).toSorted(),
    );
    // the same parts as those of one process that is asked for them
    for (const [index, exporter] of [first, second].entries()) {
      const isAboutDevice = (sample: string) =>
        sample.includes("device_id") && !/_(?:duration|timestamp)_seconds"/.test(sample);
      assertEquals(
        samplesOf(exporter.page.view().text("text")).filter(isAboutDevice),
        samplesOf(all.page.view({ index, count: 2 }).text("text")).filter(isAboutDevice),
      );
      assertEquals(exporter.health().shard, { index, count: 2 });
      assertEquals(exporter.health().devicesDiscovered, devicesOf(exporter).length);
      assertEquals(exporter.debug().config.shard, `${index}/2`);
      assertStringIncludes(exporter.page.view().text("text"), "tsmetrics_api_up 1\n");
    }
    const counts = [all, first, second].map((exporter) =>
      /^tailscale_device_count .*$/m.exec(exporter.page.view().text("text"))?.[0]
    );
    assertEquals(counts, ["tailscale_device_count 40", "tailscale_device_count 40", undefined]);
    assertEquals((await listDevices(second.discovery, EVERY_DEVICE))?.length, 40);
    assertEquals((await listPages(second.discovery, true))?.length, 20);
  });
});

const EVERY_DEVICE = { tags: [], port: 9100, isOnline: undefined, address: "any" } as const;

Deno.test("Exporter shows the same series as its replica, with the same labels", async () => {
  await withFleet(40, [{}, {}], (one, other) => {
    assert(one !== undefined && other !== undefined);
    assertEquals(seriesOf(other), seriesOf(one));
  });
});

Deno.test("Exporter.discovery lists nothing before the first cycle, then what may be asked", async () => {
  await withExporter(async (exporter, tailnet) => {
    assertEquals(await listDevices(exporter.discovery, EVERY_DEVICE), undefined);
    tailnet.answers.devices = [
      onlineDevice("1", "a.example"),
      { ...onlineDevice("2", "b.example"), addresses: ["169.254.169.254"] },
    ];
    await exporter.runOnce(SIGNAL);
    const groups = await listDevices(exporter.discovery, EVERY_DEVICE);
    assertEquals(groups?.map(({ targets }) => targets), [["127.0.0.1:9100"]]);
    const labels = JSON.parse(groups?.[0]?.labels ?? "{}");
    assertEquals(labels.__meta_tailscale_api, `127.0.0.1:${tailnet.port}`);
    assertEquals(labels.__meta_tailscale_tailnet, "-");
    assertEquals((await listPages(exporter.discovery, true))?.map(({ targets }) => targets), [
      [`127.0.0.1:${tailnet.port}`],
    ]);
  });
});

Deno.test("Exporter goes on without an API that is slow, and shows its late answer at once", async () => {
  await withExporter(async (exporter, tailnet) => {
    tailnet.answers.devices = [onlineDevice("1", "a.example"), onlineDevice("2", "b.example")];
    await exporter.runOnce(SIGNAL);
    assertEquals(devicesOnPage(exporter), ["1", "2"]);
    const slow = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    tailnet.answers.beforeList = () => {
      asked.resolve();
      return slow.promise;
    };
    // half of the interval is its patience
    await exporter.runOnce(SIGNAL);
    await asked.promise;
    assertEquals(devicesOnPage(exporter), ["1", "2"]);
    const before = exporter.page.view().generation;
    tailnet.answers.devices = [onlineDevice("2", "b.example")];
    slow.resolve();
    for (let left = 1000; left > 0 && exporter.page.view().generation === before; left--) {
      await turn();
    }
    assertEquals(devicesOnPage(exporter), ["2"]);
    assert(!exporter.page.view().text("text").includes("a.example"), "a frozen page");
  }, { SCRAPE_INTERVAL: "1s", API_TIMEOUT: "2s" });
});

/** Devices with relayed samples. */
function devicesOnPage(exporter: Exporter): readonly string[] {
  const page = exporter.page.view().text("text");
  return [...page.matchAll(/^tailscaled_health_messages{device_id="(.*?)"/gm)]
    .map(([, id = ""]) => id);
}
