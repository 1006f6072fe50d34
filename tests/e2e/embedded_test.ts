import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { askHere, authKeyOf, embeddedSettings, makeDenoDir, untilState } from "./_embedded.ts";
import { Lab } from "./_lab.ts";
import { Prometheus } from "./_prometheus.ts";
import type { Settings } from "./_program.ts";
import { until } from "../_support/until.ts";

let denoDir: string;
let lab: Lab;

Deno.test.beforeAll(async () => {
  lab = await Lab.up();
  denoDir = await makeDenoDir();
});

Deno.test.afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
  if (denoDir !== undefined) await Deno.remove(denoDir, { recursive: true });
});

/** The program as a node of the lab's tailnet. */
async function settings(): Promise<Settings> {
  return await embeddedSettings(lab, denoDir);
}

/** What the embedded node tells as a host: itself, a peer on a relay, and its own metrics. */
const HOST_SAMPLES: readonly RegExp[] = [
  /^tailscale_up 1$/m,
  /^tailscale_health_issues 0$/m,
  /^tailscale_version_info\{.*os="js".*\} 1$/m,
  /^tailscale_peer_path\{.*peer_name="node-b[^"]*",state="derp"\} 1$/m,
  /^tailscaled_inbound_bytes_total\{.*device_name="embedded",path="derp"\} [1-9]/m,
];

/** What the program answers to node b, at the address that headscale gave it. */
async function askFromB(address: string, path: string): Promise<string | undefined> {
  return await lab.curl(`http://${address}:9100${path}`, "b").catch(() => undefined);
}

/**
 * The page, once the three nodes are scraped over the tailnet and our own is listed, which the list
 * of the cycle in which it joined need not do.
 */
async function pageOnceUp(address: string): Promise<string> {
  return await until("the four nodes to be up", async () => {
    const page = await askFromB(address, "/metrics");
    const up = page?.match(/^tsmetrics_device_up\{.*"(?:embedded|node-[abc])"\} 1$/gm);
    return up?.length === 4 && page;
  });
}

// Its address: the next one after those of the three nodes.
const ADDRESS = "100.64.0.4";

Deno.test("Program joins the tailnet, scrapes over it and serves on it", async () => {
  await using program = lab.serveOn("a", { ...await settings(), LOG_LEVEL: "debug" });
  const page = await pageOnceUp(ADDRESS);
  await using prometheus = await Prometheus.start({
    target: `${ADDRESS}:9100`,
    intervalSeconds: 5,
    within: lab.within("b"),
    access: { proxy_url: "http://127.0.0.1:1055" },
  });
  assertStringIncludes(page, 'tsmetrics_tsnet_state{state="running"} 1\n');
  assertStringIncludes(page, "tailscaled_inbound_packets_total{");
  const { tailscaled, tsnet } = await until("it to be healthy", async () => {
    const health = JSON.parse(await askFromB(ADDRESS, "/health") ?? "{}");
    return health.status === "healthy" && health;
  });
  assertEquals(tsnet, { state: "running", restarts: 0 });
  assertEquals(tailscaled, { state: "up", peers: 3 });
  await until("the node to be shown as a host", async () => {
    const page = await askFromB(ADDRESS, "/metrics") ?? "";
    return HOST_SAMPLES.every((sample) => sample.test(page));
  });
  // By this other hosts know that only a relay leads to it.
  const { Peer } = JSON.parse(await lab.run(["ts", "b", "status", "--json"]));
  const systems = Object.values<{ HostName: string; OS: string }>(Peer)
    .map(({ HostName, OS }) => [HostName, OS]);
  assertEquals(systems.find(([name]) => name === "embedded"), ["embedded", "js"]);
  // node a has a tag, and is not alice's
  const refused = await lab.curl(`http://${ADDRESS}:9100/health`, "a").catch(String);
  assertStringIncludes(refused, "403");
  const names = (await lab.nodes()).map(({ givenName }) => givenName);
  assertEquals(names.sort(), ["embedded", "node-a", "node-b", "node-c"]);
  assertMatch(await lab.run(["ts", "b", "status"]), /^100\.64\.0\.4 +embedded /m);
  const requests = () =>
    program.log.matching(/ DEBUG tsnet Request from node-b \(alice@example\.com\)/).length;
  // From here on Prometheus alone asks from there.
  const before = requests();
  await until("four scrapes by Prometheus", async () => {
    const [count] = await prometheus.query("count_over_time(up[10m])");
    return count !== undefined && count.value >= 4;
  });
  const [least] = await prometheus.query("min_over_time(up[10m])");
  assertEquals(least?.value, 1);
  await until("the owner of the scraper in the log", () => requests() > before);
});

Deno.test("Program keeps its node over a restart, from storage and from a backup, for one process", async () => {
  const own = await settings();
  const { stdout } = await lab.runProgramOn("a", ["tailnet", "state"], own);
  assertMatch(stdout, /^[A-Za-z0-9+/=]{500,}\n$/);
  const { TS_AUTHKEY: _, ...withoutKey } = own;
  {
    await using _program = lab.serveOn("a", withoutKey);
    await until("the same address", () => askFromB(ADDRESS, "/health"));
    const second = await lab.runProgramOn("a", ["once"], withoutKey);
    assertEquals(second.code, 2, second.stderr);
    assertStringIncludes(second.stderr, "which another process is using");
  }
  const empty = await Deno.makeTempDir({ dir: denoDir });
  await Deno.symlink(`${denoDir}/npm`, `${empty}/npm`);
  const elsewhere = { ...withoutKey, DENO_DIR: empty };
  const restored = await lab.runProgramOn("a", ["tailnet", "restore"], {
    ...elsewhere,
    TSNET_STATE: stdout.trim(),
  });
  assertEquals(restored.code, 0, restored.stderr);
  await using _program = lab.serveOn("a", elsewhere);
  await until("the same address", () => askFromB(ADDRESS, "/health"));
  assertEquals((await lab.nodes()).length, 4);
});

Deno.test("Program says that its node key has expired", async () => {
  await using program = lab.serveOn("a", await settings());
  await pageOnceUp(ADDRESS);
  const own = (await lab.nodes()).find(({ givenName }) => givenName === "embedded");
  await lab.run(["hs", "nodes", "expire", "--identifier", own?.id ?? ""]);
  await untilState(lab, "key_expired");
  const { reason } = JSON.parse(await askHere(lab, "/health"));
  assertEquals(reason, "The node key of the embedded node has expired.");
  assertEquals(program.log.matching(/ ERROR tsnet /).length, 1, program.log.text);
});

Deno.test("Program logs in again with its key after a restart", async () => {
  await using _program = lab.serveOn("a", await settings());
  await pageOnceUp(ADDRESS);
  assertEquals((await lab.nodes()).filter(({ givenName }) => givenName === "embedded").length, 1);
});

Deno.test("EmbeddedNode comes back as the same node after a freeze and a crash, repeats a dial that hangs, and loses nothing at a close", async () => {
  const port = "5300";
  const deaf = lab.run(["exec", "b", Deno.execPath(), "run", "-A", "--no-check"].concat(
    "tests/e2e/_deaf_server.ts",
    port,
  ));
  const script = "tests/e2e/_faulty_node.ts";
  const key = await authKeyOf(lab, "KEY_USER");
  const args = [lab.variable("CONTROL_URL"), key, lab.address("b"), port];
  const [output, server] = await Promise.all([
    lab.run(
      ["exec", "hub", Deno.execPath(), "run", "-q", "-P", "--no-prompt", script, ...args],
      { DENO_DIR: denoDir },
    ),
    deaf,
  ]);
  const { addresses, last, restarts } = JSON.parse(output);
  assertEquals(new Set(addresses).size, 1, output);
  assertEquals(restarts[0], "no heartbeat for 8 s");
  assertMatch(restarts[1], /^the Go program ended: .*panic/);
  assertEquals(last, "stuck", "a Worker that spins ends the program");
  // Both attempts got through in the end; the one that was too late was closed.
  assertEquals(JSON.parse(server), { attempts: 2, received: [0, 2_000_000] });
});
