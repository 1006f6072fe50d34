/**
 * The pod of the chart, read by the program's own table of settings, and the program started with
 * its environment.
 *
 * @module
 */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { loadConfig } from "../../src/config/mod.ts";
import { CASES, renderAll, SEEDS } from "./_chart_case.ts";
import { UNHURRIED_DEMO } from "./_demo.ts";
import { only, render, type Values } from "./_kubernetes.ts";
import { Program, runProgram } from "./_program.ts";
import { containerOf, environmentOf, podOf, secretsOf, workloadOf } from "./_workload.ts";

/** What users' secrets have in these tests. */
const FOREIGN_SECRETS = {
  "my-tailscale-secrets": { OAUTH_CLIENT_ID: "k1", OAUTH_CLIENT_SECRET: "tskey-client-a-b" },
  mine: { OAUTH_TOKEN: "tskey-api-a-b", METRICS_TOKEN: "0123456789abcdef" },
  more: {},
};

Deno.test("the program takes the environment of the pod, and no setting is lost", async () => {
  for (const [name, objects] of Object.entries(await renderAll(3))) {
    const secrets = { ...FOREIGN_SECRETS, ...secretsOf(objects) };
    const container = containerOf(objects);
    const env = environmentOf(container, {
      ...secrets,
      "tsmetrics-tls": { "tls.crt": "", "tls.key": "", "ca.crt": "" },
    });
    if (name === "no values") Object.assign(env, { OAUTH_TOKEN: "tskey-api-a-b" });
    const { config, warnings } = loadConfig({ env, args: ["serve"] });
    const accessPort = config.accessListen?.port;
    const ports = [
      { name: "metrics", containerPort: config.port, protocol: "TCP" },
      ...(accessPort === undefined ? [] : ["UDP", "TCP"].map((protocol) => ({
        name: `access-${protocol.toLowerCase()}`,
        containerPort: accessPort,
        protocol,
      }))),
    ];
    assertEquals(container.ports as unknown, ports, name);
    assert(config.bindHost === "0.0.0.0" || config.bindHost === "::", name);
    assertEquals(
      // The case of secret settings has no bridge.
      warnings.filter((warning) =>
        !/METRICS_TOKEN|simulated|ACCESS_LISTEN|BRIDGE_TOKEN/.test(warning)
      ),
      [],
      name,
    );
    assertEquals(env.XDG_DATA_HOME, container.volumeMounts?.[0]?.mountPath);
  }
});

Deno.test("values become the settings that they stand for", async () => {
  const objects = await render(CASES.settings);
  const env = environmentOf(containerOf(objects), secretsOf(objects));
  assertEquals(env, {
    BIND_HOST: "::",
    BRIDGE_TOKEN: "0123456789abcdef",
    ENV: "production",
    LIMIT_SERIES: "2000000",
    OAUTH_CLIENT_ID: "k123abc",
    OAUTH_CLIENT_SECRET: "tskey-client-a-b",
    PORT: "9200",
    RATE_LIMIT_RPS: "0.5",
    REQUIRE_EXPORTER_TAG: "true",
    SCRAPE_ALLOW_CIDRS: "10.0.0.0/8, fd00::1, 192.0.2.7",
    SCRAPE_INTERVAL: "15s",
    SCRAPE_PORTS: "tag:k8s=9002,proxy-*=9003",
    XDG_DATA_HOME: "/var/lib/tsmetrics",
  });
});

Deno.test("values of history, alerts, access logs and database become settings", async () => {
  const objects = await render(CASES["history, alerts, access logs and a database"]);
  const env = environmentOf(containerOf(objects), secretsOf(objects));
  const { config } = loadConfig({ env, args: ["serve"] });
  assertEquals([env.HISTORY_KEEP, env.ALERTMANAGER_URL, env.ALERT_WEBHOOK_FORMAT], [
    "7d",
    "http://alertmanager:9093",
    "slack",
  ]);
  assertEquals([env.ALERT_WEBHOOK_URL, env.INFLUX_TOKEN], [
    "https://hooks.example.com/services/a",
    "t",
  ]);
  assertEquals([env.INFLUX_URL, env.INFLUX_ORG, env.INFLUX_BUCKET], [
    "https://influxdb:8086",
    "company",
    "tailnet",
  ]);
  assertEquals([config.accessListen, config.history, config.alerts], [
    { hostname: "0.0.0.0", port: 5514 },
    "on",
    "on",
  ]);
  const off = await render(CASES["neither history nor alerts"]);
  const without = environmentOf(containerOf(off), secretsOf(off));
  assertEquals([without.HISTORY, without.ALERTS], ["off", "off"]);
});

Deno.test("the seeds' values give a node of the tailnet, a volume, and a secret of one's own", async () => {
  const objects = await render(SEEDS);
  assertEquals(objects.filter(({ kind }) => kind === "Secret"), []);
  assertEquals(workloadOf(objects).kind, "StatefulSet");
  const env = environmentOf(containerOf(objects), FOREIGN_SECRETS);
  assertEquals([env.OAUTH_CLIENT_ID, env.TAILNET_NAME], ["k1", "company.ts.net"]);
  assertEquals(env.TS_AUTHKEY, "tskey-client-a-b?ephemeral=false&preauthorized=true");
  assertEquals([env.USE_TSNET, env.TSNET_HOSTNAME, env.TSNET_TAGS, env.BIND_HOST], [
    "true",
    "tsmetrics",
    "exporter",
    "0.0.0.0",
  ]);
  assertEquals(containerOf(objects).image, "ghcr.io/tsmetrics/tsmetrics:v1.0.0");
  assertEquals(containerOf(objects).resources?.limits, { cpu: "1000m", memory: "1Gi" });
});

Deno.test("the same values with mode sidecar give a tailscaled in the pod", async () => {
  const { tailscale } = SEEDS as { readonly tailscale: { readonly tsnet: Values } };
  const tsnet = { ...tailscale.tsnet, mode: "sidecar" };
  const objects = await render({ ...SEEDS, tailscale: { ...tailscale, tsnet } });
  const embedded = environmentOf(containerOf(await render(SEEDS)), FOREIGN_SECRETS);
  const container = containerOf(objects);
  const env = environmentOf(container, FOREIGN_SECRETS);
  const { LOCALAPI_SOCKET, SCRAPE_PROXY, TSNET_MODE, ...others } = env;
  assertEquals(others, embedded);
  const { command, env: nodeEnv, volumeMounts } = containerOf(objects, "tailscale");
  assertEquals([TSNET_MODE, nodeEnv], ["sidecar", undefined]);
  const proxy = SCRAPE_PROXY?.replace("socks5h://", "");
  for (const flag of [`--socks5-server=${proxy}`, `--socket=${LOCALAPI_SOCKET}`]) {
    assert(command?.includes(flag), flag);
  }
  const mounts = [container.volumeMounts, volumeMounts].map((all) =>
    all?.find(({ mountPath }) => `${mountPath}/tailscaled.sock` === LOCALAPI_SOCKET)
  );
  assertEquals(mounts[0], mounts[1]);
  assertEquals(mounts[0]?.name, "tailscale-run");
  assertEquals(container.image, "ghcr.io/tsmetrics/tsmetrics-host:v1.0.0");
});

Deno.test("the image of mode sidecar can be named, and follows the other's repository", async () => {
  const imageOf = async (image: Values) => {
    const tailscale = { oauthToken: "t", authKey: "k", tsnet: { enabled: true, mode: "sidecar" } };
    return containerOf(await render({ image, tailscale })).image;
  };
  assertEquals(
    await imageOf({ repository: "r.example.com/a", tag: "v1" }),
    "r.example.com/a-host:v1",
  );
  assertEquals(
    await imageOf({ hostRepository: "r.example.com/b", digest: `sha256:${"0".repeat(64)}` }),
    `r.example.com/b@sha256:${"0".repeat(64)}`,
  );
});

Deno.test("of several pods each is a node with the name of its pod", async () => {
  const names = ["shards with volumes", "replicas", "an autoscaler"]
    .concat("an embedded node with an auth key");
  const hostnames = await Promise.all(names.map(async (name) => {
    const objects = await render(CASES[name]);
    const env = environmentOf(containerOf(objects), secretsOf(objects));
    return [env.POD_NAME, loadConfig({ env, args: ["serve"] }).config.tsnetHostname];
  }));
  const several = ["tsmetrics-0", "tsmetrics-0"];
  assertEquals(hostnames, [several, several, several, [undefined, "tsmetrics"]]);
  const { env = [] } = containerOf(await render(CASES["shards with volumes"]));
  const pod = env.find(({ name }) => name === "POD_NAME");
  assertEquals(pod?.valueFrom, { fieldRef: { fieldPath: "metadata.name" } });
});

Deno.test("each shard is a pod that is told its number, and a target of its own", async () => {
  const objects = await render(CASES.shards);
  const { config } = loadConfig({
    env: environmentOf(containerOf(objects), secretsOf(objects)),
    args: ["serve"],
  });
  assertEquals(config.shard, { index: 0, count: 3 });
  assertEquals(workloadOf(objects).spec?.replicas, 3);
  assertEquals(only(objects, "PodMonitor").spec?.podMetricsEndpoints !== undefined, true);
});

Deno.test("a changed secret rolls the pod, and the same one does not", async () => {
  const checksum = async (secret: string) => {
    const tailscale = { oauthClientId: "k", oauthClientSecret: secret };
    return podOf(await render({ tailscale })).metadata.annotations["checksum/secret"];
  };
  const [first, same, other] = await Promise.all(["a", "a", "b"].map(checksum));
  assertMatch(first ?? "", /^[0-9a-f]{64}$/);
  assertEquals([same === first, other === first], [true, false]);
});

Deno.test("the program, started as the pod starts it, answers its probes and the test pod", async () => {
  const values: Values = {
    settings: UNHURRIED_DEMO,
    metricsToken: { enabled: true, value: "0123456789abcdef" },
  };
  const objects = await render(values);
  const container = containerOf(objects);
  const env = environmentOf(container, secretsOf(objects));
  // The tests stay on this machine and take a free port.
  const here = { BIND_HOST: "127.0.0.1" };
  await using program = await Program.start({ ...env, ...here, PORT: "0", XDG_DATA_HOME: "" });
  await program.untilStarted();
  for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"] as const) {
    const { path, port } = container[probe]?.httpGet ?? { path: "", port: "" };
    const response = await program.get(path);
    assertEquals([path, response.status, port], [path, 200, "metrics"], await response.text());
  }
  const annotations = only(objects, "Service").metadata.annotations ?? {};
  const page = await program.text(annotations["prometheus.io/path"] ?? "", {
    authorization: `Bearer ${env.METRICS_TOKEN}`,
  });
  assertStringIncludes(page, "\ntsmetrics_device_up");
  const test = (only(objects, "Pod").spec as ReturnType<typeof podOf>["spec"]).containers[0];
  assert(test !== undefined);
  const asked = environmentOf(test, secretsOf(objects));
  assertEquals([asked.BIND_HOST, asked.PORT], ["tsmetrics", "9100"]);
  const { code, stderr } = await runProgram(test.args ?? [], {
    ...asked,
    ...here,
    PORT: String(program.port),
  });
  assertEquals(code, 0, stderr);
});
