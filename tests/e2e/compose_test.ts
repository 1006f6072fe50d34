import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { KNOWN_FORMATS } from "../../src/access/line_reader.ts";
import { loadConfig } from "../../src/config/mod.ts";
import { SETTING_ROWS } from "../../src/config/setting_table.ts";
import { ConfigError } from "../../src/errors.ts";
import { IMAGE } from "../../tools/project.ts";
import { runTool, versionOf } from "./_tool.ts";

const FILE = "deploy/docker-compose.yaml";

/** A service as Docker Compose reads it. */
interface Service {
  readonly image: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly network_mode?: string;
  readonly ports?: readonly { readonly host_ip?: string; readonly target: number }[];
  readonly volumes?: readonly {
    readonly type: string;
    readonly source: string;
    readonly target: string;
  }[];
}

type Services = Readonly<Record<string, Service>>;

/** The `.env` that docs/deployment.md shows with this setting, with a key in place of each `…`. */
async function shownEnv(setting: string): Promise<string> {
  const page = (await Deno.readTextFile("docs/deployment.md")).split("\n## Docker Compose\n")[1];
  const blocks = [...(page ?? "").matchAll(/```sh\n([^]*?)```/g)].map(([, text = ""]) => text);
  const found = blocks.filter((text) => text.split("\n").some((each) => each.startsWith(setting)));
  assertEquals(found.length, 1, `docs/deployment.md shows ${setting} in ${found.length} blocks`);
  return (found[0] ?? "").replaceAll("…", "k1-x");
}

/** All profiles, as a line of `.env`. */
const ALL = "COMPOSE_PROFILES=monitoring,tailscale,nginx\n";

/**
 * The services that `docker compose up` starts, as compose-go reads them.
 *
 * @param env The content of the `.env` beside the file.
 */
async function readServices(
  env: string,
  change: (text: string) => string = (text) => text,
): Promise<Services> {
  const folder = await Deno.makeTempDir({ prefix: "tsm-compose-" });
  try {
    const path = `${folder}/docker-compose.yaml`;
    await Deno.writeTextFile(path, change(await Deno.readTextFile(FILE)));
    await Deno.writeTextFile(`${folder}/.env`, env);
    const output = await runTool(`${await versionOf("COMPOSE_DIR")}/compose`, [path]);
    const project: { readonly services: Services } = JSON.parse(
      output.replaceAll(folder, "deploy"),
    );
    return project.services;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("the compose file has profiles for monitoring, for tailscaled and for nginx", async () => {
  const started = async (env: string) => Object.keys(await readServices(env)).sort();
  assertEquals(await started(""), ["tsmetrics"]);
  assertEquals(await started("COMPOSE_PROFILES=tailscale"), ["tailscale", "tsmetrics"]);
  assertEquals(await started("COMPOSE_PROFILES=nginx"), ["nginx", "tsmetrics"]);
  assertEquals(await started("COMPOSE_PROFILES=monitoring"), [
    "alertmanager",
    "grafana",
    "prometheus",
    "tsmetrics",
  ]);
});

Deno.test("compose-go refuses a key that it does not know", async () => {
  const message = await readServices("", (text) => text.replace("mem_limit:", "mem_limt:"))
    .then(() => "", (error: Error) => error.message);
  assertStringIncludes(message, "mem_limt");
});

Deno.test("the exporter gets the settings of .env, and not tailscaled's key", async () => {
  const settings: readonly string[] = SETTING_ROWS.map(([, { variable }]) => variable);
  const services = await readServices(`${await shownEnv("SCRAPE_PROXY=")}SCRAPE_INTERVAL=1m\n`);
  const { environment: env = {}, image } = services.tsmetrics ?? {};
  assertEquals(image, `${IMAGE}:latest`);
  assertEquals(env.COMPOSE_PROFILES, "monitoring,tailscale");
  const foreign = Object.keys(env).filter((name) => !settings.includes(name));
  assertEquals(foreign.sort(), ["COMPOSE_PROFILES"]);
  // The image sets ENV.
  const { config, warnings } = loadConfig({ env: { ENV: "production", ...env }, args: [] });
  assertEquals([config.oauthClientId, config.scrapeIntervalMs, config.tsAuthkey], [
    "k123abc",
    60_000,
    undefined,
  ]);
  assertEquals(warnings.filter((warning) => !warning.includes("METRICS_TOKEN")), []);
  const { environment, network_mode } = services.tailscale ?? {};
  assertEquals([environment?.TS_AUTHKEY, network_mode], ["tskey-auth-k1-x", "service:tsmetrics"]);
  assertEquals(config.scrapeProxy?.url, `socks5h://${environment?.TS_SOCKS5_SERVER}`);
});

Deno.test("the exporter joins by itself with USE_TSNET and the key", async () => {
  const services = await readServices(await shownEnv("USE_TSNET="));
  assertEquals(services.tailscale, undefined);
  const { environment: env = {} } = services.tsmetrics ?? {};
  const { config } = loadConfig({ env: { ENV: "production", ...env }, args: [] });
  assertEquals([config.useTsnet, config.tsAuthkey?.reveal(), config.scrapeProxy], [
    true,
    "tskey-auth-k1-x",
    undefined,
  ]);
  assertEquals([config.tsnetMode, config.bindHost], ["embedded", "0.0.0.0"]);
});

Deno.test("the compose file leaves it to the program to refuse two nodes at once", async () => {
  const both = await readServices(`${await shownEnv("SCRAPE_PROXY=")}USE_TSNET=true\n`);
  const env = { ENV: "production", ...both.tsmetrics?.environment };
  const { message } = assertThrows(() => loadConfig({ env, args: [] }), ConfigError);
  assertStringIncludes(message, "Cannot choose a way to devices: got USE_TSNET and SCRAPE_PROXY");
});

Deno.test("the exporter has no proxy without a key, and starts on the demo", async () => {
  const { environment: env = {} } = (await readServices("TEST_DEVICES=demo\n")).tsmetrics ?? {};
  const { config } = loadConfig({ env, args: [] });
  assertEquals([config.scrapeProxy, config.testDevices !== undefined], [undefined, true]);
});

Deno.test("the services are open to this machine only, and mount files that are there", async () => {
  const services = await readServices(ALL);
  const mounted = new Set<string>();
  for (const [name, { ports = [], volumes = [] }] of Object.entries(services)) {
    for (const { host_ip } of ports) assertEquals(host_ip, "127.0.0.1", name);
    for (const { type, source } of volumes) {
      if (type !== "bind") continue;
      await Deno.stat(source);
      mounted.add(source);
    }
  }
  assertEquals(services.tsmetrics?.ports?.[0]?.target, 9100);
  for await (const { name } of Deno.readDir("deploy/grafana")) {
    if (!name.startsWith("tsmetrics-")) continue;
    assert(mounted.has(`deploy/grafana/${name}`), `Grafana does not get ${name}`);
  }
});

Deno.test("Prometheus and Grafana find each other, rules, dashboards and the exporter", async () => {
  const services = await readServices(ALL);
  const said = await runTool("promtool", ["check", "config", "deploy/prometheus/prometheus.yml"]);
  assertStringIncludes(said, "2 rule files found");
  const prometheus = await Deno.readTextFile("deploy/prometheus/prometheus.yml");
  const sources = await Promise.all(
    ["prometheus", "alertmanager"].map((name) =>
      Deno.readTextFile(`deploy/grafana/provisioning/datasources/${name}.yml`)
    ),
  );
  const named = [...[prometheus, ...sources].join("\n").matchAll(/["/](\w+):(\d+)/g)]
    .map(([, name = "", port]) => [name, Number(port)] as const);
  assertEquals(named.map(([name]) => name), [
    "alertmanager",
    "tsmetrics",
    "prometheus",
    "alertmanager",
  ]);
  for (const [name, port] of named) assertEquals(services[name]?.ports?.[0]?.target, port, name);
  const provider = await Deno.readTextFile("deploy/grafana/provisioning/dashboards/tsmetrics.yml");
  const folder = /path: (\S+)/.exec(provider)?.[1];
  for (const { source: from, target } of services.grafana?.volumes ?? []) {
    if (!from.endsWith(".json")) continue;
    assertEquals(target, `${folder}/${from.slice(from.lastIndexOf("/") + 1)}`);
  }
  const home = services.grafana?.environment.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH;
  assertEquals(home, `${folder}/tsmetrics-overview.json`);
});

Deno.test("nginx takes its configuration, and tsmetrics what nginx logs", async () => {
  const { nginx } = await readServices(ALL);
  assertEquals(nginx?.network_mode, "service:tsmetrics");
  const path = "deploy/nginx/nginx.conf";
  const mounted = nginx?.volumes?.map(({ source, target }) => [source, target]);
  assertEquals(mounted, [[path, "/etc/nginx/nginx.conf"]]);
  const text = await Deno.readTextFile(path);
  const folder = await Deno.makeTempDir({ prefix: "tsm-nginx-" });
  try {
    // It makes its directories even for that.
    await Deno.writeTextFile(`${folder}/nginx.conf`, text.replaceAll(" /tmp/", ` ${folder}/`));
    await runTool("nginx", ["-t", "-q", "-c", `${folder}/nginx.conf`]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
  assertStringIncludes(text, `'${KNOWN_FORMATS.main_time}'`);
  const settings = { ACCESS_LISTEN: "127.0.0.1:5514", ACCESS_TRUSTED_PROXIES: "127.0.0.1" };
  assertStringIncludes(text, `syslog:server=${settings.ACCESS_LISTEN},`);
  for (const [name, value] of Object.entries(settings)) {
    assertStringIncludes(await Deno.readTextFile(FILE), `${name}=${value}`);
  }
  const { warnings } = loadConfig({ env: { TEST_DEVICES: "demo", ...settings }, args: [] });
  assertEquals(warnings.filter((warning) => warning.includes("ACCESS_")), []);
});
