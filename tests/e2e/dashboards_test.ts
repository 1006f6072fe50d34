/**
 * Every query of every dashboard, rule and document, asked of a real Prometheus that has scraped
 * the demo tailnet and a simulated host.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { FakeTailscaled } from "../_support/fake_tailscaled.ts";
import { Program } from "./_program.ts";
import { Prometheus } from "./_prometheus.ts";
import { until } from "../_support/until.ts";

/** A query, and where it stands. */
interface Query {
  readonly where: string;
  readonly expr: string;
}

/** Queries without an answer here, and why. */
const EMPTY: Readonly<Record<string, string>> = {
  [
    `docs/metrics.md: topk by (device_id) (1, max by (device_id, device_name) (tailscale_device_online == 1))
  * on (device_id) group_right (device_name)
    instance_device:tailscale_peer_path:state{state=~"derp|peer_relay|offline"}`
  ]: "the simulated host is in another tailnet",
  "docs/metrics.md: tsmetrics_api_up == 0 or tsmetrics_collection_age_seconds > 300":
    "the API answers",
  "tsmetrics-paths: Lost pings": "the simulated peers answer",
  "tsmetrics-exporter: Last saved": "the demo is never kept",
  "tsmetrics-exporter: Notifications": "no receiver is configured",
  "tsmetrics-exporter: Own node": "USE_TSNET is off",
  "tsmetrics-exporter: Own node restarts": "USE_TSNET is off",
  "tsmetrics-exporter: Points for the database": "INFLUX_URL is not set",
  "tsmetrics-exporter: Points that wait": "INFLUX_URL is not set",
};

interface Panel {
  readonly type: string;
  readonly title: string;
  readonly panels?: readonly Panel[];
  readonly targets?: readonly { readonly expr: string }[];
}

async function dashboardQueries(): Promise<readonly Query[]> {
  const queries: Query[] = [];
  for await (const { name } of Deno.readDir("deploy/grafana")) {
    if (!name.startsWith("tsmetrics-")) continue;
    const { uid, panels } = JSON.parse(await Deno.readTextFile(`deploy/grafana/${name}`)) as {
      readonly uid: string;
      readonly panels: readonly Panel[];
    };
    const flat = panels.flatMap((panel) => [panel, ...panel.panels ?? []]);
    for (const { title, targets = [] } of flat) {
      targets.forEach(({ expr }, index) => {
        const number = targets.length > 1 ? ` ${index + 1}` : "";
        queries.push({ where: `${uid}: ${title}${number}`, expr });
      });
    }
  }
  return queries;
}

async function documentQueries(): Promise<readonly Query[]> {
  const queries: Query[] = [];
  for (const file of ["README.md", "docs/metrics.md", "docs/migrating.md", "docs/cardinality.md"]) {
    const text = await Deno.readTextFile(file);
    for (const [, block = ""] of text.matchAll(/```promql\n([\s\S]*?)```/g)) {
      const plain = block.replace(/^#.*$/gm, "");
      for (const expr of plain.split(/\n\s*\n/)) {
        if (expr.trim() !== "") queries.push({ where: `${file}: ${expr.trim()}`, expr });
      }
    }
  }
  return queries;
}

/** What Grafana puts in place of its variables. */
function expand(expr: string): string {
  return expr.replaceAll("$__rate_interval", "15s").replaceAll("$__range", "30s")
    .replaceAll('="$device"', '=~".+"').replaceAll("$device", ".*").replaceAll("$host", ".*")
    .replaceAll("$service", ".*");
}

/** The part of a peer that is looked at here. */
interface FakePeer {
  readonly HostName: string;
  readonly TailscaleIPs: readonly string[];
}

/** A status in which a peer has other values. */
function withPeer(text: string, name: string, values: Readonly<Record<string, unknown>>): string {
  const status = JSON.parse(text);
  for (const peer of Object.values(status.Peer) as (FakePeer & object)[]) {
    if (peer.HostName === name) Object.assign(peer, values);
  }
  return JSON.stringify(status);
}

/** Number of recording and alerting rules in a file. */
async function countRules(path: string): Promise<number> {
  return [...(await Deno.readTextFile(path)).matchAll(/^ *- (?:alert|record): /gm)].length;
}

/** Waits until a number of scrapes, at most one a second, have been stored. */
async function past(prometheus: Prometheus, scrapes: number): Promise<void> {
  await until(`${scrapes} scrapes`, async () => {
    const [samples] = await prometheus.query("count_over_time(tsmetrics_api_up[10m])");
    return (samples?.value ?? 0) >= scrapes;
  });
}

/** How often what has no answer is asked for. */
const MOST_ROUNDS = 4;

async function hasAnswer(prometheus: Prometheus, { where, expr }: Query): Promise<boolean> {
  try {
    return (await prometheus.query(expand(expr))).length > 0;
  } catch (error) {
    throw new Error(`${where}: ${expr}`, { cause: error });
  }
}

/** Sends lines of an access log, as a web server's shipper does. */
async function sendLines(program: Program): Promise<void> {
  const lines = [200, 304, 404, 500].map((status, index) =>
    JSON.stringify({
      time_iso8601: new Date().toISOString(),
      remote_addr: `100.64.0.${index + 1}`,
      request_method: "GET",
      request_uri: "/orders",
      status,
      body_bytes_sent: 512,
      request_time: 0.02,
    })
  );
  const response = await fetch(`${program.origin}/analytics/ingest?service=shop`, {
    method: "POST",
    body: `${lines.join("\n")}\n`,
  });
  const { counted } = await response.json();
  assertEquals([response.status, counted], [200, lines.length]);
}

Deno.test("every query of dashboards and documents has an answer from the demo", async () => {
  await using tailscaled = new FakeTailscaled();
  // In use and without an address: on a relay.
  const { answers } = tailscaled;
  answers.status = withPeer(answers.status, "node-b", { CurAddr: "", Active: true });
  answers.relayed = Object.values(JSON.parse(answers.status).Peer as Record<string, FakePeer>)
    .filter(({ HostName }) => HostName === "node-b").flatMap(({ TailscaleIPs }) => TailscaleIPs);
  await using program = await Program.start({
    ...tailscaled.env,
    TEST_DEVICES: "demo",
    SCRAPE_INTERVAL: "2s",
    PEERS_INTERVAL: "1s",
    KEEPALIVE: "on",
    KEEPALIVE_INTERVAL: "1s",
    WATCHDOG: "observe",
    WATCHDOG_INTERVAL: "2s",
    WATCHDOG_THRESHOLD: "5s",
    HEALTH_INTERVAL: "10s",
    CRITICAL_INTERVAL: "10s",
    REPORT_INTERVAL: "10s",
    ACCESS_INGEST: "true",
    ACCESS_LABELS: "all",
  });
  const ruleFiles = ["recording", "alerts"].map((name) =>
    `${Deno.cwd()}/deploy/prometheus/${name}.rules.yml`
  );
  const counts = await Promise.all(ruleFiles.map(countRules));
  assert(counts.every((count) => count > 0), counts.join());
  const target = `127.0.0.1:${program.port}`;
  await using prometheus = await Prometheus.start({ target, intervalSeconds: 1, ruleFiles });
  // Rates over 15 s need as much of a past, and a path counts as a relay after 10 s.
  let scrapes = 25;
  await past(prometheus, scrapes);
  const wanted = counts.reduce((sum, count) => sum + count, 0);
  const rules = await until(`${wanted} rules to be evaluated`, async () => {
    const rules = await prometheus.rules();
    return rules.size === wanted && rules;
  });
  assertEquals([...rules].filter(([, error]) => error !== ""), []);
  let open: readonly Query[] = [...await dashboardQueries(), ...await documentQueries()];
  const queried = open.map(({ where }) => where);
  assertEquals(Object.keys(EMPTY).filter((where) => !queried.includes(where)), []);
  // Where a scrape takes a second, as on a busy machine, nothing has an answer until the next one.
  for (let round = 0; round < MOST_ROUNDS && open.length > 0; round++) {
    // A counter that appears with its first change has no increase before the second.
    for (const isOnline of [false, true, false, true]) {
      answers.status = withPeer(answers.status, "node-c", { Online: isOnline });
      await sendLines(program);
      await past(prometheus, scrapes += 3);
    }
    const found = await Promise.all(open.map((query) => hasAnswer(prometheus, query)));
    const answered = open.filter((_, at) => found[at]).map(({ where }) => where);
    assertEquals(answered.filter((where) => Object.hasOwn(EMPTY, where)), []);
    open = open.filter(({ where }, at) => !found[at] && !Object.hasOwn(EMPTY, where));
  }
  assertEquals(open.map(({ where }) => where), []);
});
