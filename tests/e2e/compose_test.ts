import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { KNOWN_FORMATS } from "../../src/access/line_reader.ts";
import { loadConfig } from "../../src/config/mod.ts";
import { SETTING_ROWS } from "../../src/config/setting_table.ts";
import { IMAGE } from "../../tools/project.ts";
import { FILES, readServices, serviceOf, shownEnv } from "./_compose.ts";
import { runTool } from "./_tool.ts";

/** Everything that there is, as lines of `.env`. */
const ALL = `COMPOSE_PROFILES=monitoring,nginx\nCOMPOSE_FILE=${FILES.join(":")}\n`;

Deno.test("the compose file has profiles for monitoring and for nginx", async () => {
  const started = async (env: string) => Object.keys(await readServices(env)).sort();
  assertEquals(await started(""), ["tsmetrics"]);
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

Deno.test("the second file puts the node into a tailscaled, which the exporter logs in", async () => {
  const settings: readonly string[] = SETTING_ROWS.map(([, { variable }]) => variable);
  const services = await readServices(
    `${await shownEnv("COMPOSE_FILE=")}SCRAPE_INTERVAL=1m\nTSNET_ALLOW=tag:prometheus\n`,
  );
  const { build, environment: env = {}, image } = serviceOf(services, "tsmetrics");
  assertEquals([image, build?.target], [`${IMAGE}-host:latest`, "tsmetrics-host"]);
  const foreign = Object.keys(env).filter((name) => !settings.includes(name));
  assertEquals(foreign.sort(), ["COMPOSE_FILE", "COMPOSE_PROFILES"]);
  // The image sets ENV.
  const { config, warnings } = loadConfig({ env: { ENV: "production", ...env }, args: [] });
  assertEquals([config.oauthClientId, config.scrapeIntervalMs, config.tsAuthkey?.reveal()], [
    "k123abc",
    60_000,
    "tskey-auth-k1-x",
  ]);
  assertEquals([config.useTsnet, config.tsnetMode, config.bindHost], [true, "sidecar", "0.0.0.0"]);
  assertEquals(config.tsnetAllow, ["tag:prometheus"]);
  assertEquals(warnings.filter((warning) => !warning.includes("METRICS_TOKEN")), []);
  const { entrypoint, environment, network_mode, user } = serviceOf(services, "tailscale");
  assertEquals([environment, network_mode], [undefined, "service:tsmetrics"]);
  assertEquals(config.scrapeProxy?.url, `socks5h://${flagOf(entrypoint, "socks5-server")}`);
  assertEquals(config.localApiSocket, flagOf(entrypoint, "socket"));
  // tailscaled takes orders from its own user, which is that of the image.
  assertStringIncludes(await Deno.readTextFile("Dockerfile"), `\nUSER ${user}\n`);
  const run = serviceOf(services, "tsmetrics").volumes?.find(({ source }) =>
    source === "tailscale-run"
  );
  assertEquals(`${run?.target}/tailscaled.sock`, config.localApiSocket);
  const prepared = serviceOf(services, "tailscale-volumes");
  assertEquals(prepared.volumes, serviceOf(services, "tailscale").volumes);
  assertEquals(prepared.entrypoint, [
    ...["chown", "-R", user ?? ""],
    ...prepared.volumes?.map(({ target }) => target) ?? [],
  ]);
});

/** The value of a flag of tailscaled. */
function flagOf(words: readonly string[] | null | undefined, name: string): string | undefined {
  return words?.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);
}

Deno.test("the exporter joins by itself with USE_TSNET and the key", async () => {
  const services = await readServices(await shownEnv("USE_TSNET="));
  assertEquals(services.tailscale, undefined);
  const { environment: env = {}, image } = serviceOf(services, "tsmetrics");
  assertEquals(image, `${IMAGE}:latest`);
  const { config } = loadConfig({ env: { ENV: "production", ...env }, args: [] });
  assertEquals([config.useTsnet, config.tsAuthkey?.reveal(), config.scrapeProxy], [
    true,
    "tskey-auth-k1-x",
    undefined,
  ]);
  assertEquals([config.tsnetMode, config.bindHost], ["embedded", "0.0.0.0"]);
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
  const home = services.grafana?.environment?.GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH;
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
    assertStringIncludes(await Deno.readTextFile(`deploy/${FILES[0]}`), `${name}=${value}`);
  }
  const { warnings } = loadConfig({ env: { TEST_DEVICES: "demo", ...settings }, args: [] });
  assertEquals(warnings.filter((warning) => warning.includes("ACCESS_")), []);
});
