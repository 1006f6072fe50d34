import { assert, assertEquals, AssertionError } from "@std/assert";
import { sendTraffic, socketOf, statusOf } from "./_host.ts";
import { assertSaid, pathsOf, type SaidStatus } from "./_host_page.ts";
import { Recorder } from "./_host_recorder.ts";
import { Lab } from "./_lab.ts";
import { Program, type Settings } from "./_program.ts";
import { type Samples, takeSamples } from "./_samples.ts";
import { until } from "../_support/until.ts";

const B = "node-b.lab.test";

const FAST: Settings = {
  PEERS_INTERVAL: "1s",
  NATIVE_INTERVAL: "1h",
  RATE_LIMIT_RPS: "1000",
  RATE_LIMIT_BURST: "1000",
};

/** Peers of the largest tailnet that the program is made for. */
const MANY = 10_000;

/** The probe of a loop that no look holds up for long comes back within this many milliseconds. */
const PROMPT_MS = 100;

let lab: Lab;

Deno.test.beforeAll(async () => {
  lab = await Lab.up({ nodes: ["a", "b"] });
});

Deno.test.afterAll(async () => await lab?.[Symbol.asyncDispose]());

/** A program whose tailscaled is the lab's, unless the recorder answers in its place. */
async function start(recorder: Recorder): Promise<Program> {
  const program = await Program.start({ ...FAST, LOCALAPI_URL: recorder.url });
  await untilDirect(program);
  return program;
}

async function untilDirect(program: Program): Promise<Samples> {
  return await until("node b on a straight path on the page", async () => {
    const samples = await takeSamples(program);
    return pathsOf(samples)[B] === "direct_v4" && samples;
  });
}

/** Answers the question for the status with this, until it is called again. */
function answerWith(recorder: Recorder, status: SaidStatus | undefined): void {
  const body = status && new TextEncoder().encode(JSON.stringify(status));
  recorder.standIn = (request) => request === "GET /localapi/v0/status" ? body : undefined;
}

Deno.test("a status without peers takes their series away, and they go on counting", async () => {
  await using _traffic = sendTraffic(lab, ["b"]);
  await using recorder = new Recorder(socketOf(lab));
  await using program = await start(recorder);
  const seconds = (samples: Samples) =>
    samples.sum("tailscale_peer_path_seconds_total", { peer_name: B, state: "direct_v4" }) ?? 0;
  const before = await until("a second on that path", async () => {
    const samples = await takeSamples(program);
    return seconds(samples) > 0 && samples;
  });
  const status = { ...await statusOf(lab), Peer: null, User: null };
  answerWith(recorder, status);
  const without = await until("a page without peers", async () => {
    const samples = await takeSamples(program);
    return samples.sum("tailscale_peers") === 0 && samples;
  });
  // tailscaled is well: an empty list is what it says, and no fault.
  assertEquals(without.sum("tailscale_up"), 1);
  assertEquals(without.all("tailscale_peer_online"), []);
  answerWith(recorder, undefined);
  assert(seconds(await untilDirect(program)) >= seconds(before));
  assertEquals(program.log.matching(/ (WARN|ERROR) /), []);
});

Deno.test("a status of 10,000 peers is shown as it is, and blocks no scrape", async () => {
  await using _traffic = sendTraffic(lab, ["b"]);
  await using recorder = new Recorder(socketOf(lab));
  await using program = await start(recorder);
  const [lastKey = "", peer] = Object.entries((await statusOf(lab)).Peer ?? {})[0] ?? [];
  assert(peer !== undefined);
  /** All their bytes change with each call, so that no look is without work. */
  const manyAt = (count: number) => {
    const peers = Array.from({ length: MANY }, (_, at) => ({
      ...peer,
      ID: `many-${at}`,
      DNSName: `many-${at}.lab.test.`,
      HostName: `many-${at}`,
      RxBytes: count * MANY + at,
    }));
    return Object.fromEntries(peers.map((each, at) => [`${lastKey}-${at}`, each]));
  };
  const own = await statusOf(lab);
  const bodies = [1, 2, 3].map((count) => ({ ...own, Peer: manyAt(count) }));
  const [first = own] = bodies;
  answerWith(recorder, first);
  await until("all peers on the page", async () => {
    const samples = await takeSamples(program);
    if (samples.sum("tailscale_peers") !== MANY) return false;
    try {
      assertSaid(samples, first);
      return true;
    } catch (error) {
      // Between two looks some peers are a look older than others.
      if (!(error instanceof AssertionError && error.message.includes("handshake"))) throw error;
      return false;
    }
  });

  const texts = bodies.map((body) => new TextEncoder().encode(JSON.stringify(body)));
  let asked = 0;
  recorder.standIn = (request) =>
    request === "GET /localapi/v0/status" ? texts[asked++ % texts.length] : undefined;
  // A machine with other work may be late once; a loop that is held up is late at every look.
  await until("a look that holds nobody up", async () => {
    let worstMs = 0;
    const upTo = asked + 2;
    while (asked < upTo) {
      const startMs = performance.now();
      const response = await program.get("/livez");
      await response.body?.cancel();
      assertEquals(response.status, 200);
      worstMs = Math.max(worstMs, performance.now() - startMs);
    }
    return worstMs < PROMPT_MS;
  });
});
