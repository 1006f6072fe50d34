import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { assertSameSamples } from "../_support/same_samples.ts";
import { assertErased, assertShown, assertWhoUsedWhat, assertWritten } from "./_access_case.ts";
import { freeze, hostFlavour, SOCKET_SETTINGS, socketOf } from "./_host.ts";
import { hasTunDevice, Lab, type LabNode } from "./_lab.ts";
import { Program, runProgram, type Settings, UNLIMITED } from "./_program.ts";
import { assertRelayed, declaredFamilies } from "./_relayed.ts";
import { Samples, takeSamples } from "./_samples.ts";
import { until } from "../_support/until.ts";
import { DATABASE_SETTINGS, serveDatabase } from "./_web_server.ts";

const OPEN_METRICS = { accept: "application/openmetrics-text; version=1.0.0" };

/** The nodes and the ids that headscale gives them: they join one after the other. */
const NODES: readonly (readonly [LabNode, string])[] = [["a", "1"], ["b", "2"], ["c", "3"]];

/** So that a page stays as it is after the first cycle. */
const ONE_CYCLE: Settings = { SCRAPE_INTERVAL: "1h", SCRAPE_TAG: "" };

/** A cycle that is short, and long enough for a busy machine. */
const FAST: Settings = { SCRAPE_INTERVAL: "2s", CLIENT_METRICS_TIMEOUT: "2s", SCRAPE_TAG: "" };

/** What tailscaled 1.102.3 has; a relay server has the last three of them. */
const FAMILY_COUNT = 15;

const hasTun = hasTunDevice();

let lab: Lab;

Deno.test.beforeAll(async () => {
  lab = await Lab.up({ tun: hasTun ? ["c"] : [] });
  await lab.run(["ts", "c", "set", "--relay-server-port=40000"]);
  // A node may need some seconds to find the way to one that has just joined.
  await until("the way to all pages", async () => {
    return await pagesOfNodes().catch((error) => void (error as Error));
  });
});

Deno.test.afterAll(async () => await lab?.[Symbol.asyncDispose]());

/** The pages of all nodes as they are. */
async function pagesOfNodes(): Promise<readonly string[]> {
  return await Promise.all(NODES.map(([node]) => lab.page(node)));
}

/** Fails unless our page relays what all nodes said between these two moments. */
function assertAllRelayed(
  samples: Samples,
  before: readonly string[],
  after: readonly string[],
): void {
  const relayed = new Set<string>();
  for (const [index, [, id]] of NODES.entries()) {
    const pages = { before: before[index] ?? "", after: after[index] ?? "" };
    for (const name of assertRelayed(samples.families, id, pages)) relayed.add(name);
  }
  const declared = new Set(before.flatMap(declaredFamilies));
  assertEquals(declared.size, FAMILY_COUNT);
  const empty = [...declared].filter((name) => !relayed.has(name));
  // Nothing was dropped on its way in and nothing is served here: these have no sample anywhere.
  for (const name of empty) assertMatch(name, /_dropped_packets_total$|^tailscaled_serve_/);
}

/** The states of all devices, by name, as `check --json` says them. */
function statesOf(stdout: string): Readonly<Record<string, string>> {
  const { devices } = JSON.parse(stdout) as { readonly devices: readonly CheckedDevice[] };
  return Object.fromEntries(devices.map(({ name, state }) => [name, state]).sort());
}

interface CheckedDevice {
  readonly name: string;
  readonly state: string;
  readonly reason: string | null;
}

for (const scheme of ["socks5h", "http"]) {
  Deno.test(`Program relays real pages through a node's ${scheme} proxy`, async () => {
    const before = await pagesOfNodes();
    await using program = await Program.start({
      ...lab.apiSettings,
      ...ONE_CYCLE,
      SCRAPE_PROXY: `${scheme}://${lab.proxy("a")}`,
    });
    const samples = await until("all devices to be up", async () => {
      const samples = await takeSamples(program);
      return samples.sum("tsmetrics_device_up") === NODES.length && samples;
    });
    assertAllRelayed(samples, before, await pagesOfNodes());
    // Numbers about the process change with the second.
    await until("both formats within one second", async () => {
      const [text, openMetrics] = await Promise.all([
        program.text("/metrics"),
        program.text("/metrics", OPEN_METRICS),
      ]);
      try {
        return assertSameSamples(text, openMetrics);
      } catch (error) {
        if (error instanceof SyntaxError) throw error;
        return false;
      }
    });
    await assertPromtool(await program.text("/metrics"));
    assertEquals(program.log.matching(/ (WARN|ERROR) /), []);
  });
}

/** The one complaint of `promtool check metrics`: a name that is older than the rules. */
const COMPLAINT =
  'tailscale_device_count non-histogram and non-summary metrics should not have "_count" suffix\n';

async function assertPromtool(page: string): Promise<void> {
  const promtool = new Deno.Command("promtool", {
    args: ["check", "metrics"],
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [output] = await Promise.all([
    promtool.output(),
    new Blob([page]).stream().pipeTo(promtool.stdin),
  ]);
  assertEquals(new TextDecoder().decode(output.stderr), COMPLAINT);
}

const noTun = hasTun ? "" : " (not run: no /dev/net/tun)";

Deno.test({
  name: `Program in the network of a TUN node needs no proxy${noTun}`,
  ignore: !hasTun,
  async fn() {
    const before = await pagesOfNodes();
    await using _server = lab.serveOn("c", {
      ...lab.innerApiSettings,
      ...ONE_CYCLE,
      BIND_HOST: "0.0.0.0",
      PORT: "9100",
    });
    const url = `http://${lab.address("c")}:9100/metrics`;
    // Asked as another node would ask it: by its Tailscale address, through the tailnet.
    const samples = await until("all devices to be up", async () => {
      const page = await lab.curl(url, "a").catch(() => "");
      const samples = new Samples(page);
      return samples.sum("tsmetrics_device_up") === NODES.length && samples;
    });
    assertAllRelayed(samples, before, await pagesOfNodes());
  },
});

Deno.test("Program scrapes only the node with the tag exporter by default", async () => {
  const settings = { ...lab.apiSettings, SCRAPE_PROXY: `socks5h://${lab.proxy("a")}` };
  const check = await runProgram(["check", "--json"], settings);
  assertEquals(check.code, 0, check.stderr);
  const wanted = { "node-a": "up", "node-b": "untagged", "node-c": "untagged" };
  assertEquals(statesOf(check.stdout), wanted);
  await using program = await Program.start(settings);
  const samples = await until("node-a to be up", async () => {
    const samples = await takeSamples(program);
    return samples.sum("tsmetrics_device_up") === 1 && samples;
  });
  assertEquals(idsWith(samples, "tsmetrics_device_up"), ["1"]);
  assertEquals(idsWith(samples, "tailscaled_home_derp_region_id"), ["1"]);
  assertEquals(idsWith(samples, "tailscale_device_online"), ["1", "2", "3"]);
  assertEquals(samples.sum("tsmetrics_devices", { state: "untagged" }), 2);
  const { devices } = JSON.parse(await program.text("/debug"));
  assertEquals(
    devices.map((device: DebuggedDevice) => [device.name, device.scrape.state]).sort(),
    Object.entries(wanted),
  );
});

interface DebuggedDevice {
  readonly name: string;
  readonly scrape: { readonly state: string };
}

/** The ids of the devices that have samples of a name. */
function idsWith(samples: Samples, name: string): readonly string[] {
  return [...new Set(samples.all(name).map(({ labels }) => labels["device_id"] ?? ""))].sort();
}

/** What `check` says of node b; nothing else may be wrong. */
function reasonOfB(stdout: string): string {
  const { devices } = JSON.parse(stdout) as { readonly devices: readonly CheckedDevice[] };
  assertEquals(devices.filter(({ state }) => state !== "up").map(({ name }) => name), ["node-b"]);
  return devices.find(({ name }) => name === "node-b")?.reason ?? "";
}

const MENDING = "run `tailscale set --webclient` on the device";

Deno.test("Program says how to mend a node whose web client is off", async () => {
  const proxied = {
    ...lab.apiSettings,
    SCRAPE_TAG: "",
    SCRAPE_PROXY: `socks5h://${lab.proxy("a")}`,
  };
  await lab.run(["ts", "b", "set", "--webclient=false"]);
  try {
    const json = await runProgram(["check", "--json"], proxied);
    assertEquals(json.code, 1);
    const reason = reasonOfB(json.stdout);
    assertStringIncludes(reason, 'the proxy says "General SOCKS server failure"');
    assertStringIncludes(reason, MENDING);
    const { stdout } = await runProgram(["check"], proxied);
    assertMatch(stdout, /^node-a {2}yes {5}up$/m);
    assertMatch(stdout, /^node-b {2}yes {5}down {5}Cannot fetch http:\/\/100\.64\.0\.2:5252\//m);
    assertMatch(stdout, /^2 up, 1 failing, 0 skipped \(of 3\)\.$/m);
    if (hasTun) {
      const settings = { ...lab.innerApiSettings, SCRAPE_TAG: "" };
      const inner = await lab.runProgramOn("c", ["check", "--json"], settings);
      assertMatch(reasonOfB(inner.stdout), /Connection refused .*nothing listens on port 5252/);
      assertStringIncludes(reasonOfB(inner.stdout), MENDING);
    }
  } finally {
    await lab.run(["ts", "b", "set", "--webclient"]);
  }
});

Deno.test("Program says how to mend a port that an HTTP proxy cannot reach", async () => {
  const { code, stdout } = await runProgram(["check", "--json"], {
    ...lab.apiSettings,
    CLIENT_METRICS_PORT: "5253",
    SCRAPE_PROXY: `http://${lab.proxy("a")}`,
  });
  assertEquals(code, 1);
  const { devices } = JSON.parse(stdout) as { readonly devices: readonly CheckedDevice[] };
  const reason = devices.find(({ name }) => name === "node-a")?.reason ?? "";
  assertStringIncludes(reason, "the proxy answered 502: it cannot reach the device");
  assertStringIncludes(reason, "hosts have their metrics on 5252 (`tailscale set --webclient`)");
});

for (const source of ["device list", "tailscaled"] as const) {
  Deno.test({
    name: `Program says who used what behind a real nginx and a real Caddy, by the ${source}`,
    // Without TUN all requests come from the node's own loopback.
    ignore: !hasTun,
    fn: async () => {
      const settings = { ...ONE_CYCLE, ACCESS_LISTEN: "127.0.0.1:5514" };
      if (source === "tailscaled") {
        await using _program = lab.startOn("c", hostFlavour(socketOf(lab, "c")), {
          settings: { ...UNLIMITED, ...SOCKET_SETTINGS, ...settings, HISTORY_STORE: "off" },
        });
        return await assertWhoUsedWhat(lab, "c", ".lab.test");
      }
      await using _database = await serveDatabase(lab, "c");
      const all = {
        ...lab.innerApiSettings,
        ...settings,
        ...DATABASE_SETTINGS,
        BIND_HOST: "0.0.0.0",
      };
      {
        await using _program = lab.serveOn("c", all);
        await assertWhoUsedWhat(lab, "c", "", assertShown);
        await assertWritten(lab, "c");
      }
      await using _program = lab.serveOn("c", all);
      await assertErased(lab, "c");
    },
  });
}

/** What our page says of node b at a moment. */
interface MomentOfB {
  readonly isOnline: number | undefined;
  readonly isUp: number | undefined;
  /** How many samples of its own page we relay. */
  readonly relayed: number;
}

async function lookAtB(program: Program): Promise<MomentOfB> {
  const samples = await takeSamples(program);
  const labels = { device_id: "2" };
  return {
    isOnline: samples.sum("tailscale_device_online", labels),
    isUp: samples.sum("tsmetrics_device_up", labels),
    relayed: samples.families.filter(({ name }) => name.startsWith("tailscaled_"))
      .flatMap((family) => family.samples)
      .filter((sample) => sample.labels["device_id"] === "2").length,
  };
}

/** Waits for a moment at which all that is wanted is so. */
async function untilB(program: Program, wanted: Partial<MomentOfB>): Promise<MomentOfB> {
  return await until(`node b to be ${JSON.stringify(wanted)}`, async () => {
    const moment = await lookAtB(program);
    const isSo = Object.entries(wanted)
      .every(([key, value]) => moment[key as keyof MomentOfB] === value);
    return isSo && moment;
  }, 120_000);
}

async function startFollowing(settings: Settings): Promise<Program> {
  return await Program.start({
    ...settings,
    ...FAST,
    SCRAPE_PROXY: `socks5h://${lab.proxy("a")}`,
    RATE_LIMIT_RPS: "1000",
    RATE_LIMIT_BURST: "1000",
  });
}

Deno.test("Program follows a node that is killed and started again", async () => {
  await using program = await startFollowing(lab.apiSettings);
  const { relayed } = await untilB(program, { isUp: 1, isOnline: 1 });
  assert(relayed > 0);
  // Its connections stay open, so that headscale believes it to be online.
  await freeze(lab, "b");
  try {
    // Its page is gone as soon as it fails.
    assertEquals(await untilB(program, { isUp: 0 }), { isOnline: 1, isUp: 0, relayed: 0 });
    await lab.run(["kill", "b"]);
    assertEquals(await untilB(program, { isOnline: 0, isUp: undefined }), {
      isOnline: 0,
      isUp: undefined,
      relayed: 0,
    });
    // states are counted at the end of the cycle, a moment later
    const samples = await until("node b to be counted as offline", async () => {
      const samples = await takeSamples(program);
      return samples.sum("tsmetrics_devices", { state: "offline" }) === 1 && samples;
    });
    assertEquals(idsWith(samples, "tsmetrics_device_up"), ["1", "3"]);
  } finally {
    await lab.run(["kill", "b"]);
    await lab.run(["start", "b"]);
  }
  assert((await untilB(program, { isUp: 1, isOnline: 1 })).relayed > 0);
  // A cable that was cut is worth one line for each turn of its story, not one a cycle. How many
  // turns there are is the network's: an address may be unreachable first and silent then.
  const lines = await program.untilLogged(/ device .*node-b/);
  const said = lines.map((line) => line.slice(line.indexOf(" device ")));
  assert(said.some((line) => line.includes("Cannot scrape node-b")));
  assertEquals(said.filter((line, index) => line === said[index - 1]), []);
  assert(lines.length < 8, lines.join("\n"));
});

// The last one: afterwards the lab has two nodes.
Deno.test("Program forgets a node whose key is deleted", async () => {
  await using program = await startFollowing(lab.apiSettings);
  await untilB(program, { isUp: 1, isOnline: 1 });
  await lab.run(["hs", "nodes", "delete", "--force", "--identifier", "2"]);
  const page = await until("two devices", async () => {
    const page = await program.text("/metrics");
    return !page.includes("tailscale_device_count 3") && page;
  });
  assertStringIncludes(page, "tailscale_device_count 2");
  assertEquals(idsWith(new Samples(page), "tailscale_device_online"), ["1", "3"]);
  // Its own page goes in the same cycle, a moment later.
  await until("no sample of node b", async () => {
    const page = await program.text("/metrics");
    return !page.includes("node-b") && !page.includes('device_id="2"');
  });
});
