import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { Lab } from "./_lab.ts";
import type { Settings } from "./_program.ts";
import { until } from "../_support/until.ts";

/** A directory of its own: what one run keeps of its node must not be found by the next one. */
let denoDir: string;
let lab: Lab;

Deno.test.beforeAll(async () => {
  lab = await Lab.up({ nodes: ["a", "b"] });
  const info = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  const { npmCache } = JSON.parse(new TextDecoder().decode(info.stdout));
  denoDir = await Deno.makeTempDir({ prefix: "tsmetrics-node-" });
  await Deno.symlink(npmCache, `${denoDir}/npm`);
});

Deno.test.afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
  if (denoDir !== undefined) await Deno.remove(denoDir, { recursive: true });
});

/** One of the auth keys of the lab. */
async function authKey(name: "KEY_EXPORTER" | "KEY_USER"): Promise<string> {
  const keys = await Deno.readTextFile(`${lab.variable("DIR")}/hs/keys`);
  return new RegExp(`^${name}=(.*)$`, "m").exec(keys)?.[1] ?? "";
}

/** The program as a node of the lab's tailnet. */
async function settings(): Promise<Settings> {
  return {
    ...lab.innerApiSettings,
    DENO_DIR: denoDir,
    USE_TSNET: "true",
    TSNET_HOSTNAME: "embedded",
    TS_AUTHKEY: await authKey("KEY_EXPORTER"),
    TSNET_TAGS: "exporter",
    TSNET_ALLOW: "alice@example.com",
    TS_DEBUG_USE_DERP_HTTP: "1",
    SCRAPE_TAG: "",
    SCRAPE_INTERVAL: "2s",
    CLIENT_METRICS_TIMEOUT: "2s",
    PEERS_INTERVAL: "5s",
    NATIVE_INTERVAL: "5s",
    RATE_LIMIT_BURST: "1000",
    HISTORY_STORE: "off",
  };
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
 * The page, once both nodes are scraped over the tailnet and our own is listed, which the list of
 * the cycle in which it joined need not do.
 */
async function pageOnceUp(address: string): Promise<string> {
  return await until("the three nodes to be up", async () => {
    const page = await askFromB(address, "/metrics");
    const up = page?.match(/^tsmetrics_device_up\{.*"(?:embedded|node-[ab])"\} 1$/gm);
    return up?.length === 3 && page;
  });
}

// Its address: the next one after those of the two nodes.
const ADDRESS = "100.64.0.3";

Deno.test("Program joins the tailnet, scrapes over it and serves on it", async () => {
  await using _program = lab.serveOn("a", await settings());
  const page = await pageOnceUp(ADDRESS);
  assertStringIncludes(page, 'tsmetrics_tsnet_state{state="running"} 1\n');
  assertStringIncludes(page, "tailscaled_inbound_packets_total{");
  const { tailscaled, tsnet } = await until("it to be healthy", async () => {
    const health = JSON.parse(await askFromB(ADDRESS, "/health") ?? "{}");
    return health.status === "healthy" && health;
  });
  assertEquals(tsnet, { state: "running", restarts: 0 });
  assertEquals(tailscaled, { state: "up", peers: 2 });
  await until("the node to be shown as a host", async () => {
    const page = await askFromB(ADDRESS, "/metrics") ?? "";
    return HOST_SAMPLES.every((sample) => sample.test(page));
  });
  // node a has a tag, and is not alice's
  const refused = await lab.curl(`http://${ADDRESS}:9100/health`, "a").catch(String);
  assertStringIncludes(refused, "403");
  const names = (await lab.nodes()).map(({ givenName }) => givenName);
  assertEquals(names.sort(), ["embedded", "node-a", "node-b"]);
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
  assertEquals((await lab.nodes()).length, 3);
});

Deno.test("Program says that its node key has expired, and comes back when the network does", async () => {
  const askHere = async (path: string) =>
    await lab.run(["exec", "a", "curl", "-sS", `http://127.0.0.1:9100${path}`]).catch(() => "");
  const untilState = (state: string) =>
    until(
      `the node to be ${state}`,
      async () =>
        (await askHere("/metrics")).includes(`tsmetrics_tsnet_state{state="${state}"} 1\n`),
    );
  await using _program = lab.serveOn("a", await settings());
  await pageOnceUp(ADDRESS);
  await lab.run(["link", "a", "down"]);
  await until(
    "a device to be out of reach",
    async () => /^tsmetrics_device_up\{.*"node-b"\} 0$/m.test(await askHere("/metrics")),
  );
  await lab.run(["link", "a", "up"]);
  await pageOnceUp(ADDRESS);
  const own = (await lab.nodes()).find(({ givenName }) => givenName === "embedded");
  await lab.run(["hs", "nodes", "expire", "--identifier", own?.id ?? ""]);
  await untilState("key_expired");
  const { reason } = JSON.parse(await askHere("/health"));
  assertEquals(reason, "The node key of the embedded node has expired.");
});

Deno.test("Program logs in again with its key after a restart", async () => {
  await using _program = lab.serveOn("a", await settings());
  await pageOnceUp(ADDRESS);
  assertEquals((await lab.nodes()).filter(({ givenName }) => givenName === "embedded").length, 1);
});

Deno.test("EmbeddedNode comes back as the same node after a freeze and a crash", async () => {
  const script = "tests/e2e/_faulty_node.ts";
  const args = [lab.variable("CONTROL_URL"), await authKey("KEY_USER"), lab.address("b")];
  const output = await lab.run(
    ["exec", "hub", Deno.execPath(), "run", "-q", "-P", "--no-prompt", script, ...args],
    { DENO_DIR: denoDir },
  );
  const { addresses, connects, restarts } = JSON.parse(output);
  assertEquals(new Set(addresses).size, 1, output);
  assert(connects);
  assertEquals(restarts[0], "silent for 8000 ms");
  assertMatch(restarts[1], /^the Go program ended: .*panic/);
});
