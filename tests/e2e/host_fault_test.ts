import { assert, assertEquals } from "@std/assert";
import { freeze, hostFlavour, sendTraffic, SOCKET_SETTINGS, socketOf, statusOf } from "./_host.ts";
import { pathsOf } from "./_host_page.ts";
import { Lab } from "./_lab.ts";
import { Program, type Settings } from "./_program.ts";
import { type Samples, takeSamples } from "./_samples.ts";
import { until } from "../_support/until.ts";
import { Watch } from "./_watch.ts";

/** The host is one with a user: headscale lets no tagged node in again that was logged out. */
const HOST = "b";

/** What the host calls its only peer. */
const PEER = "node-a.lab.test";

/** Looks that follow each other fast, and are given up fast, though not by a busy machine. */
const FAST: Settings = {
  PEERS_INTERVAL: "1s",
  NATIVE_INTERVAL: "1s",
  LOCALAPI_TIMEOUT: "2s",
  RATE_LIMIT_RPS: "1000",
  RATE_LIMIT_BURST: "1000",
};

let lab: Lab;

Deno.test.beforeAll(async () => {
  lab = await Lab.up({ nodes: ["a", "b"] });
});

Deno.test.afterAll(async () => await lab?.[Symbol.asyncDispose]());

/** The program at the socket, once it has seen the peer on a straight path. */
async function startWell(): Promise<Program> {
  await until("the host to be well", async () => {
    const { BackendState, Peer } = await statusOf(lab, HOST);
    const [peer] = Object.values(Peer ?? {});
    return BackendState === "Running" && peer?.Online === true && peer.CurAddr !== "";
  });
  const settings = { ...SOCKET_SETTINGS, ...FAST };
  const program = await Program.start(settings, [], hostFlavour(socketOf(lab, HOST)));
  await untilWell(program);
  return program;
}

async function untilWell(program: Program): Promise<Samples> {
  return await until("the peer on a straight path on the page", async () => {
    const samples = await takeSamples(program);
    return samples.sum("tailscale_up") === 1 && pathsOf(samples)[PEER] === "direct_v4" &&
      (samples.sum("tailscale_peer_tx_bytes_total") ?? 0) > 0 &&
      samples.sum("tailscaled_home_derp_region_id") === 999 && samples;
  });
}

/** Waits for a number of further looks to end, whatever came of them. */
async function untilLooked(program: Program, count: number): Promise<void> {
  const looks = async () =>
    (await takeSamples(program)).sum("tsmetrics_scrape_duration_seconds_count", {
      target: "peers",
    }) ?? 0;
  const before = await looks();
  await until(`${count} looks`, async () => await looks() >= before + count);
}

/** The page once tailscaled is not up any more, some looks later. */
async function pageWithout(program: Program): Promise<Samples> {
  await until("tailscale_up 0", async () => {
    return (await takeSamples(program)).sum("tailscale_up") === 0;
  });
  await untilLooked(program, 3);
  return await takeSamples(program);
}

/**
 * Fails unless the page says of the peer what it said last, that its path is unknown, and nothing
 * that is true only now.
 */
function assertLastFacts(samples: Samples, last: Samples): void {
  assertEquals(samples.sum("tailscale_up"), 0);
  assertEquals(pathsOf(samples), { [PEER]: "unknown" });
  for (const name of ["peer_info", "peers"]) {
    const said = last.all(`tailscale_${name}`);
    assert(said.length > 0);
    assertEquals(samples.all(`tailscale_${name}`), said, name);
  }
  for (const name of ["peer_online", "peer_active", "peer_direct", "exit_node_in_use"]) {
    assertEquals(samples.all(`tailscale_${name}`), [], name);
  }
  const bytes = (page: Samples) =>
    page.sum("tailscale_peer_tx_bytes_total", { peer_name: PEER }) ?? 0;
  assert(bytes(samples) >= bytes(last) && bytes(last) > 0);
  assert((samples.sum("tailscale_last_status_timestamp_seconds") ?? 0) > 0);
}

/** Scrapes all the time: no page may be wrong, lose the peer or count backwards. */
function watch(program: Program): Watch {
  let transitions = 0;
  return new Watch(program.origin, (samples) => {
    const peer = { peer_name: PEER };
    assertEquals(samples.all("tailscale_peer_info", peer).length, 1, "the peer is not there");
    assert((samples.sum("tailscale_peer_rx_bytes_total", peer) ?? -1) >= 0, "bytes below 0");
    const now = samples.sum("tailscale_peer_path_transitions_total", peer) ?? 0;
    assert(now >= transitions, `${transitions} transitions, then ${now}`);
    transitions = now;
  });
}

/** What the probes say: whether it lives, and whether it has facts. */
async function statesOf(program: Program): Promise<readonly number[]> {
  return await Promise.all(["/livez", "/readyz"].map(async (path) => {
    const response = await program.get(path);
    await response.body?.cancel();
    return response.status;
  }));
}

/** How many lines of the log match. */
function countOf(program: Program, pattern: RegExp): number {
  return program.log.matching(pattern).length;
}

const BACK =
  / INFO (?:peers tailscaled answers|native The metrics of tailscaled can be read) again$/;

Deno.test("a tailscaled that stops leaves its last facts, and counters begin anew", async () => {
  await using _traffic = sendTraffic(lab, ["a"], HOST);
  await using program = await startWell();
  const last = await takeSamples(program);
  const scrapes = watch(program);
  try {
    await lab.run(["kill", HOST]);
    const without = await pageWithout(program);
    assertLastFacts(without, last);
    assertEquals(without.all("tailscale_backend_state"), []);
    // A frozen counter would look like a host without traffic.
    assertEquals(without.all("tailscaled_inbound_bytes_total"), []);
    assertEquals(await statesOf(program), [200, 200]);
  } finally {
    await lab.run(["start", HOST]);
  }
  const again = await untilWell(program);
  await scrapes[Symbol.asyncDispose]();
  assertEquals(scrapes.faults, []);
  // One line for one dead tailscaled, whichever part meets it first.
  assertEquals(countOf(program, / WARN .*: Connection refused \(os error 111\); check that /), 1);
  assertEquals(countOf(program, BACK), 1);
  // tailscaled counts from 0 again, and its path began anew; our own counters went on.
  const ways = again.all("tailscale_peer_path_transitions_total", { peer_name: PEER });
  const byWay = ways.map(({ labels: { from, to }, value }) => `${from} ${to} ${value}`);
  assert(byWay.includes("direct_v4 unknown 1"), byWay.join());
});

Deno.test("a tailscaled that accepts and never answers is given up in time", async () => {
  await using _traffic = sendTraffic(lab, ["a"], HOST);
  await using program = await startWell();
  const last = await takeSamples(program);
  const scrapes = watch(program);
  const pid = await freeze(lab, HOST);
  try {
    assertLastFacts(await pageWithout(program), last);
    assertEquals(await statesOf(program), [200, 200]);
  } finally {
    Deno.kill(pid, "SIGCONT");
  }
  await untilWell(program);
  await scrapes[Symbol.asyncDispose]();
  assertEquals(scrapes.faults, []);
  // Whatever was asked first tells it: the status, the metrics or the names of the DERP regions.
  const late = / WARN .*: no whole answer from \S+ within 2 s; tailscaled is stuck or very busy;/;
  assertEquals(countOf(program, late), 1);
  assertEquals(countOf(program, BACK), 1);
});

Deno.test("a tailscaled that is logged out and in again is told apart from one that is gone", async () => {
  await using _traffic = sendTraffic(lab, ["a"], HOST);
  await using program = await startWell();
  const last = await takeSamples(program);
  const scrapes = watch(program);
  await lab.run(["ts", HOST, "logout"]);
  const without = await pageWithout(program);
  assertLastFacts(without, last);
  assertEquals(without.sum("tailscale_backend_state", { state: "NeedsLogin" }), 1);
  await lab.run(["join", HOST]);
  await until("the peer on the page of a host that is up", async () => {
    const samples = await takeSamples(program);
    // This tailscaled takes the peer for idle from now on, though packets go to it straight.
    return samples.sum("tailscale_up") === 1 && pathsOf(samples)[PEER] === "idle";
  });
  await scrapes[Symbol.asyncDispose]();
  assertEquals(scrapes.faults, []);
  const line =
    / WARN peers tailscaled is not up \(NeedsLogin\): it is logged out; run `tailscale up`$/;
  assertEquals(countOf(program, line), 1);
  assertEquals(countOf(program, / INFO peers tailscaled is up again$/), 1);
});
