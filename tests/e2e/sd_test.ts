import { assert, assertEquals } from "@std/assert";
import { startDemo } from "../../src/demo/mod.ts";
import { listenLoopback } from "../../src/http/loopback.ts";
import { shardOf } from "../../src/shard.ts";
import { freePort } from "../_support/free_port.ts";
import { FakeTailnet } from "./_fake_tailnet.ts";
import { Program, runProgram } from "./_program.ts";
import { Prometheus } from "./_prometheus.ts";
import { Samples } from "./_samples.ts";
import { until } from "../_support/until.ts";

const FLEET = 5_000;
const SHARDS = 8;
const TOKEN = "canary-of-service-discovery";
// Prometheus 2.42 completes the type for scrapes, but not for service discovery.
const AUTHORIZATION = { type: "Bearer", credentials: TOKEN };

/** A target as the server's API shows it. */
interface ActiveTarget {
  readonly scrapePool: string;
  readonly scrapeUrl: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly discoveredLabels: Readonly<Record<string, string>>;
}

/** A list as the program gives it. */
interface Group {
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

/** The three lists as a server is told to use them; it keeps few series, so that it stays small. */
function configOf(origin: string, proxyUrl: string): unknown {
  const discover = (path: string) => [{
    url: `${origin}${path}`,
    refresh_interval: "10s",
    authorization: AUTHORIZATION,
  }];
  const keep = (names: string) => ({
    source_labels: ["__name__"],
    regex: names,
    action: "keep",
  });
  return {
    global: { scrape_interval: "15s", scrape_timeout: "15s" },
    scrape_configs: [
      {
        job_name: "shards",
        authorization: AUTHORIZATION,
        http_sd_configs: discover(`/sd/shards?shards=${SHARDS}`),
        metric_relabel_configs: [
          keep("tailscale_device_(online|count)|process_start_time_seconds"),
          // A device keeps its series when the number of shards changes.
          { regex: "shard", action: "labeldrop" },
        ],
      },
      {
        job_name: "pages",
        scrape_interval: "30s",
        proxy_url: proxyUrl,
        http_sd_configs: discover("/sd/pages"),
        metric_relabel_configs: [keep("tailscaled_advertised_routes")],
      },
      {
        job_name: "node",
        scrape_interval: "10m",
        proxy_url: proxyUrl,
        http_sd_configs: discover("/sd/devices?tag=server&tag=infra:9200&port=9100&online=all"),
        relabel_configs: [
          { source_labels: ["__meta_tailscale_device_name"], target_label: "instance" },
          { source_labels: ["__meta_tailscale_device_os"], target_label: "os" },
        ],
      },
    ],
  };
}

async function startPrometheus(config: unknown): Promise<[Prometheus, string]> {
  const directory = await Deno.makeTempDir({ prefix: "tsmetrics-sd-" });
  await Deno.writeTextFile(`${directory}/prometheus.yml`, JSON.stringify(config));
  const port = freePort();
  return [new Prometheus(directory, port), `http://127.0.0.1:${port}`];
}

Deno.test("Prometheus follows shards, pages and devices of a fleet of 5,000", async () => {
  const demo = await startDemo({ devices: [`demo:${FLEET}`], listen: listenLoopback });
  await using _ = { [Symbol.asyncDispose]: () => demo.shutdown() };
  await using program = await Program.start({
    OAUTH_CLIENT_ID: demo.clientId,
    OAUTH_CLIENT_SECRET: demo.clientSecret.reveal(),
    TAILSCALE_API_URL: demo.apiUrl.href,
    SCRAPE_PROXY: demo.proxyUrl,
    // one cycle, so that the fleet stands still while it is looked at
    SCRAPE_INTERVAL: "10m",
    CLIENT_METRICS_TIMEOUT: "5s",
    MAX_CONCURRENT_SCRAPES: "100",
    RATE_LIMIT_RPS: "1000",
    RATE_LIMIT_BURST: "1000",
    METRICS_TOKEN: TOKEN,
  });
  const headers = { authorization: `Bearer ${TOKEN}` };
  const list = async (path: string): Promise<readonly Group[]> =>
    await (await program.get(path, headers)).json();

  const statusOf = async (path: string, sent: HeadersInit = headers) => {
    const response = await program.get(path, sent);
    await response.body?.cancel();
    return response.status;
  };
  const etagOf = async (path: string) => {
    const response = await program.get(path, headers);
    await response.body?.cancel();
    return response.headers.get("etag") ?? "";
  };
  assertEquals(await statusOf("/sd/shards?shards=8", {}), 401);
  await program.untilStarted();
  assertEquals(await statusOf("/sd/pages"), 200);
  for (const path of ["/sd/shards?shards=8", "/sd/pages", "/sd/devices?port=9100"]) {
    assertEquals(await statusOf(path, {}), 401, path);
    const etag = await etagOf(path);
    assertEquals(await statusOf(path, { ...headers, "if-none-match": etag }), 304, path);
    assertEquals(await statusOf(path, { ...headers, "if-none-match": '"another"' }), 200, path);
    assertEquals(await statusOf(path, { "if-none-match": etag }), 401, path);
  }
  const [prometheus, url] = await startPrometheus(configOf(program.origin, demo.proxyUrl));
  await using _server = prometheus;
  const targetsOf = async (pool: string): Promise<readonly ActiveTarget[]> => {
    const path = `/api/v1/targets?state=active&scrapePool=${pool}`;
    const { data } = await (await fetch(url + path, { signal: AbortSignal.timeout(30_000) }))
      .json();
    return data.activeTargets.filter((target: ActiveTarget) => target.scrapePool === pool);
  };
  const one = async (query: string) => (await prometheus.query(query))[0]?.value;
  await until("Prometheus to be ready", () => isReady(url));

  // shards: every device once, what is about the tailnet and the process once
  await until(
    "a scrape of each shard",
    async () => await one('sum(up{job="shards"})') === SHARDS,
    90_000,
  );
  assertEquals(await one("count(tailscale_device_online)"), FLEET);
  assertEquals(await one("max(count by (device_id) (tailscale_device_online))"), 1);
  assertEquals(await one("count(tailscale_device_count)"), 1);
  assertEquals(await one("tailscale_device_count"), FLEET);
  assertEquals(await one('count(process_start_time_seconds{job="shards"})'), 1);
  assertEquals(await one("count(tailscale_device_online{shard!=''})"), undefined);
  const up = await prometheus.query('up{job="shards"}');
  assertEquals(
    up.map(({ metric }) => metric.shard).toSorted(),
    ["0", "1", "2", "3", "4", "5"]
      .concat("6", "7"),
  );
  const sizes = await prometheus.query('scrape_samples_scraped{job="shards"}');
  const [least, most] = [Math.min, Math.max].map((of) => of(...sizes.map(({ value }) => value)));
  assert((most ?? Infinity) < 1.25 * (least ?? 0), `shards of ${least} to ${most} samples`);

  // the part of a device is what the documented rule says
  const some = (await program.text(`/metrics?shard=3&shards=${SHARDS}`, headers))
    .matchAll(/^tailscale_device_online{device_id="(\d+)"/gm);
  const ids = [...some].map(([, id = ""]) => id);
  assert(ids.length > FLEET / SHARDS / 2);
  assertEquals(ids.filter((id) => shardOf(id, SHARDS) !== 3), []);

  // pages: the devices that the program would scrape, under the same labels
  const pages = await list("/sd/pages");
  assert(pages.length > FLEET / 2 && pages.length < FLEET, `${pages.length} pages`);
  await until("all pages to be targets", async () => {
    return (await targetsOf("pages")).length === pages.length;
  });
  await until(
    "pages that answer",
    async () => (await one('count(up{job="pages"} == 1)') ?? 0) > 0.9 * pages.length,
    90_000,
  );
  const [page] = await prometheus.query("tailscaled_advertised_routes");
  const device = pages.find(({ labels }) => labels.device_id === page?.metric.device_id);
  assertEquals(page?.metric.device_name, device?.labels.device_name);
  assertEquals(page?.metric.instance, device?.targets[0]);

  // devices: those with the tags, each tag with its port, by the labels that rules go by
  const devices = await list("/sd/devices?tag=server&tag=infra:9200&port=9100&online=all");
  const nodes = await until("the list of devices", async () => {
    const nodes = await targetsOf("node");
    return nodes.length > 0 && nodes;
  });
  assertEquals(
    nodes.map(({ scrapeUrl }) => scrapeUrl).toSorted(),
    devices.flatMap(({ targets }) => targets).map((each) => `http://${each}/metrics`).toSorted(),
  );
  assertEquals(new Set(nodes.map(({ scrapeUrl }) => new URL(scrapeUrl).port)).size, 2);
  for (const { labels, discoveredLabels } of nodes.slice(0, 10)) {
    assertEquals(labels.instance, discoveredLabels.__meta_tailscale_device_name);
    assertEquals(labels.os, discoveredLabels.__meta_tailscale_device_os);
  }
  assertEquals(prometheus.log.matching(/level=(?:warn|error) .*discovery/i), []);

  // a list that cannot be had is kept
  assertEquals((await program.stop()).code, 0);
  await until(
    "a refresh that fails",
    () => prometheus.log.matching(/Unable to refresh target groups/).length > 2,
  );
  assertEquals((await targetsOf("node")).length, nodes.length);
});

Deno.test("Program with a SHARD asks the devices of its part only, and both parts are the whole", async () => {
  const names = Array.from({ length: 24 }, (_, at) => `node-${at}`);
  await using tailnet = new FakeTailnet({ devices: names });
  const once = async (settings: Readonly<Record<string, string>>) => {
    tailnet.seen.length = 0;
    const { code, stdout, stderr } = await runProgram(["once"], {
      ...tailnet.settings,
      SCRAPE_INTERVAL: "10s",
      CLIENT_METRICS_TIMEOUT: "10s",
      ...settings,
    });
    assertEquals([code, stderr], [0, ""]);
    const samples = new Samples(stdout);
    return {
      asked: names.filter((name) => tailnet.tries(name) > 0),
      lists: tailnet.seen.filter(({ url }) => url.includes("/devices")).length,
      series: samples.families.flatMap(({ name, samples }) =>
        samples.filter(({ labels }) => labels.device_id !== undefined)
          .map((sample) => JSON.stringify([name, sample.name, sample.labels]))
      ),
      samples,
    };
  };
  const whole = await once({});
  const series = whole.series.toSorted();
  const parts = [await once({ SHARD: "0/2" }), await once({ SHARD: "1/2" })];
  assertEquals(whole.asked, names);
  for (const [index, { asked, lists, samples }] of parts.entries()) {
    assertEquals(asked, names.filter((name) => shardOf(`id-of-${name}`, 2) === index));
    assert(asked.length > 0 && lists === 1);
    // the tailnet is counted once, the exporter on each page: it is another one
    assertEquals(samples.sum("tailscale_device_count"), index === 0 ? names.length : undefined);
    assertEquals(samples.all("tsmetrics_build_info").length, 1);
  }
  assertEquals(parts.flatMap((part) => part.series).toSorted(), series);
  // and a replica shows the very same series, in the order in which devices answered it
  assertEquals((await once({})).series.toSorted(), series);
});

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/-/ready`, { signal: AbortSignal.timeout(10_000) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false;
  }
}
