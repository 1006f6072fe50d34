import { assert, assertEquals } from "@std/assert";
import { sendTraffic, socketOf, statusOf } from "./_host.ts";
import { pathsOf } from "./_host_page.ts";
import { Recorder } from "./_host_recorder.ts";
import { Lab } from "./_lab.ts";
import { Program, type Settings } from "./_program.ts";
import { type Samples, takeSamples } from "./_samples.ts";
import { until } from "../_support/until.ts";

const B = "node-b.lab.test";

const FAST: Settings = {
  SCRAPE_INTERVAL: "2s",
  CLIENT_METRICS_TIMEOUT: "2s",
  SCRAPE_TAG: "",
  PEERS_INTERVAL: "1s",
  NATIVE_INTERVAL: "1s",
  RATE_LIMIT_RPS: "1000",
  RATE_LIMIT_BURST: "1000",
};

let lab: Lab;

Deno.test.beforeAll(async () => {
  lab = await Lab.up();
});

Deno.test.afterAll(async () => await lab?.[Symbol.asyncDispose]());

/** The program that looks at the tailnet by the API, and at the host from its tailscaled. */
async function start(recorder: Recorder): Promise<Program> {
  return await Program.start({
    ...lab.apiSettings,
    ...FAST,
    SCRAPE_PROXY: `socks5h://${lab.proxy("a")}`,
    LOCALAPI_URL: recorder.url,
  });
}

/** The ids of the devices that have samples of a name, each as often as it has one. */
function idsWith(samples: Samples, name: string): readonly string[] {
  return samples.all(name).map(({ labels }) => labels["device_id"] ?? "").sort();
}

const HOME = "tailscaled_home_derp_region_id";

/** Waits until these devices, and no others, have a page of their own on ours. */
async function untilPagesOf(program: Program, ids: readonly string[]): Promise<Samples> {
  return await until(`pages of the devices ${ids.join(" and ")}`, async () => {
    const samples = await takeSamples(program);
    return idsWith(samples, HOME).join() === ids.join() && samples;
  });
}

Deno.test("the host's own page comes from its tailscaled, and once", async () => {
  // Asked over the tailnet, this host has nothing to say.
  await lab.run(["ts", "a", "set", "--webclient=false"]);
  await using recorder = new Recorder(socketOf(lab));
  await using program = await start(recorder);
  const samples = await untilPagesOf(program, ["1", "2", "3"]);
  const names = samples.families.map(({ name }) => name)
    .filter((name) => name.startsWith("tailscaled_"));
  assert(names.length > 5);
  for (const name of names) {
    // Each series of the host stands there as often as node c's: once.
    const [own, other] = ["1", "3"].map((id) =>
      idsWith(samples, name).filter((each) => each === id).length
    );
    if (name !== "tailscaled_outbound_dropped_packets_total") assertEquals(own, other, name);
  }
  // Two more cycles: the host is not asked over the tailnet, where nothing would answer.
  const cycles = (page: Samples) =>
    page.sum("tsmetrics_scrape_duration_seconds_count", { target: "tailscale" }) ?? 0;
  await until(
    "two more cycles",
    async () => cycles(await takeSamples(program)) >= cycles(samples) + 2,
  );
  // The first cycle may begin before tailscaled was asked; what fails is said once.
  const failures = program.log.matching(/Cannot scrape node-a/);
  assert(failures.length <= 1, failures.join("\n"));
  const later = await takeSamples(program);
  assertEquals(idsWith(later, HOME), ["1", "2", "3"]);
  assertEquals(later.sum("tsmetrics_device_up", { device_id: "1" }), 1);
  // By now it is called what the API calls it.
  const own = later.all(HOME, { device_id: "1" })[0]?.labels;
  assertEquals(own, { device_id: "1", device_name: "node-a" });

  // LocalAPI is gone: now the page comes over the tailnet, as soon as something answers there.
  await lab.run(["ts", "a", "set", "--webclient"]);
  await recorder[Symbol.asyncDispose]();
  // All that ask tailscaled share the cause: the first of them tells it.
  await program.untilLogged(/ WARN \w+ Cannot read .* of tailscaled: no answer/);
  await untilPagesOf(program, ["1", "2", "3"]);
});

Deno.test("what control says stands beside what the host sees, of a killed node too", async () => {
  await using _traffic = sendTraffic(lab, ["b"]);
  await using recorder = new Recorder(socketOf(lab));
  await using program = await start(recorder);
  // LocalAPI calls a node by the number that headscale gave it.
  const nodeIds = new Map((await lab.nodes()).map(({ id }) => [id, id]));
  const joined = await until("all peers with the ids of their devices", async () => {
    const samples = await takeSamples(program);
    const ids = idsWith(samples, "tailscale_peer_info");
    return ids.join() === "2,3" && pathsOf(samples)[B] === "direct_v4" && samples;
  });
  for (const { ID, HostName } of Object.values((await statusOf(lab)).Peer ?? {})) {
    const [info] = joined.all("tailscale_peer_info", { peer_id: ID });
    assertEquals(info?.labels["device_id"], nodeIds.get(ID));
    assertEquals(info?.labels["hostname"], HostName);
  }

  await lab.run(["kill", "b"]);
  try {
    const isOnline = (samples: Samples) => [
      samples.sum("tailscale_device_online", { device_id: "2" }),
      samples.sum("tailscale_peer_online", { peer_name: B }),
    ];
    const both = await until("node b to be offline for both", async () => {
      const samples = await takeSamples(program);
      return isOnline(samples).join() === "0,0" && samples;
    });
    assertEquals(pathsOf(both)[B], "offline");
    assertEquals(both.sum("tailscale_up"), 1);
    // Its own page goes with the first scrape that fails, or with the list.
    await untilPagesOf(program, ["1", "3"]);
  } finally {
    await lab.run(["start", "b"]);
  }
  await until("node b to be back for both", async () => {
    const samples = await takeSamples(program);
    return samples.sum("tailscale_device_online", { device_id: "2" }) === 1 &&
      pathsOf(samples)[B] === "direct_v4" && idsWith(samples, HOME).join() === "1,2,3";
  });
});
