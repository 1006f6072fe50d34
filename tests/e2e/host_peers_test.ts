import { assert, assertEquals, assertMatch } from "@std/assert";
import { freePort } from "../_support/free_port.ts";
import {
  askLocal,
  hostFlavour,
  run,
  sendTraffic,
  SOCKET_SETTINGS,
  socketOf,
  statusOf,
} from "./_host.ts";
import { assertSaid, pathsOf, type SaidStatus } from "./_host_page.ts";
import { Recorder } from "./_host_recorder.ts";
import { Lab } from "./_lab.ts";
import { Program, runProgram } from "./_program.ts";
import { Samples, takeSamples } from "./_samples.ts";
import { until } from "../_support/until.ts";
import { Watch } from "./_watch.ts";

/** So that a page stays as it is after the first look. */
const ONE_LOOK = { PEERS_INTERVAL: "1h", NATIVE_INTERVAL: "1h" };

/** So that a page may be asked for again and again. */
const OFTEN = { RATE_LIMIT_RPS: "1000", RATE_LIMIT_BURST: "1000" };

const STATUS = /^GET \/localapi\/v0\/status$/;

let lab: Lab;

Deno.test.beforeAll(async () => {
  lab = await Lab.up();
  await using _traffic = useNodeB();
  await until("a straight way to node b", async () => {
    const { Peer } = await statusOf(lab);
    const peers = Object.values(Peer ?? {});
    return peers.length === 2 && peers.every(({ Relay }) => Relay === "lab") &&
      peers.some(({ CurAddr, RxBytes }) => CurAddr !== "" && RxBytes > 0);
  });
});

Deno.test.afterAll(async () => await lab?.[Symbol.asyncDispose]());

/** The last status that tailscaled gave through a recorder. */
async function lastStatus(recorder: Recorder): Promise<SaidStatus> {
  const last = await until("the status to be recorded", () => recorder.answers(STATUS).at(-1));
  assertEquals(last.status, 200);
  return JSON.parse(last.body);
}

/** Packets to one of the two peers, so that there is one with a path and one without. */
function useNodeB(): AsyncDisposable {
  return sendTraffic(lab, ["b"]);
}

/** Fails unless a page shows the two peers of the host as the answer says, b on a straight path. */
async function assertPage(page: string, recorder: Recorder): Promise<void> {
  const samples = new Samples(page);
  const status = await lastStatus(recorder);
  assertSaid(samples, status);
  assertEquals(samples.sum("tailscale_peers"), 2);
  assertEquals(pathsOf(samples), { "node-b.lab.test": "direct_v4", "node-c.lab.test": "idle" });
}

Deno.test("once shows what tailscaled answered over a TCP forward", async () => {
  await using _traffic = useNodeB();
  await using recorder = new Recorder(socketOf(lab));
  const { code, stdout, stderr } = await runProgram(["once", "--collect", "peers"], {
    LOCALAPI_URL: recorder.url,
  });
  assertEquals([code, stderr], [0, ""]);
  await assertPage(stdout, recorder);
  for (const { headers } of recorder.exchanges) {
    assertEquals(headers.get("host"), "local-tailscaled.sock");
    assert(!headers.has("origin") && !headers.has("referer"));
  }
});

Deno.test("tsmetrics-host shows what tailscaled answered over its socket", async () => {
  await using _traffic = useNodeB();
  const folder = await Deno.makeTempDir({ prefix: "tsm-host-" });
  try {
    await using recorder = new Recorder(socketOf(lab), `${folder}/ts.sock`);
    const [command = "", ...launch] = hostFlavour(`${folder}/ts.sock`);
    const args = [...launch, "once", "--collect", "peers"];
    const { code, stdout, stderr } = await run(command, args, SOCKET_SETTINGS);
    assertEquals([code, stderr], [0, ""]);
    await assertPage(stdout, recorder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("BRIDGE_URL shows what tailscaled answered to the bridge of another process", async () => {
  await using _traffic = useNodeB();
  await using recorder = new Recorder(socketOf(lab));
  const bridgePort = freePort();
  await using host = await Program.start({
    ...ONE_LOOK,
    LOCALAPI_URL: recorder.url,
    BRIDGE: `127.0.0.1:${bridgePort}`,
  });
  await host.untilStarted();
  const before = recorder.answers(STATUS).length;
  const settings = { BRIDGE_URL: `http://127.0.0.1:${bridgePort}` };
  const { code, stdout, stderr } = await runProgram(["once", "--collect", "peers"], settings);
  assertEquals([code, stderr], [0, ""]);
  await until("the bridge's own question", () => recorder.answers(STATUS).length > before);
  await assertPage(stdout, recorder);
  const own = new Samples(await host.text("/metrics"));
  assertSaid(own, JSON.parse(recorder.answers(STATUS)[0]?.body ?? ""));
});

Deno.test("the bridge names the node behind an address, and asks once for a flood of requests", async () => {
  await using recorder = new Recorder(socketOf(lab));
  const bridgePort = freePort();
  await using _host = await Program.start({
    ...ONE_LOOK,
    LOCALAPI_URL: recorder.url,
    BRIDGE: `127.0.0.1:${bridgePort}`,
  });
  const ask = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${bridgePort}${path}`);
    return { status: response.status, body: await response.text() };
  };
  const { status, body } = await ask(`/whois/${lab.address("b")}`);
  assertEquals(status, 200);
  const { Node, UserProfile } = JSON.parse(body);
  assertEquals([Node.ComputedName, UserProfile.LoginName], ["node-b", "alice@example.com"]);
  // The same words as the command line's own question gets.
  const said = JSON.parse(await askLocal(lab, `whois?addr=${lab.address("b")}`));
  assertEquals([Node.ID, Node.Key], [said.Node.ID, said.Node.Key]);
  const unknown = await ask("/whois/100.127.9.9");
  assertEquals([unknown.status, JSON.parse(unknown.body).error], [
    404,
    "no match for this address",
  ]);
  assertMatch((await ask("/usermetrics")).body, /^tailscaled_home_derp_region_id 999$/m);

  const whois = /^GET \/localapi\/v0\/whois\?/;
  const asked = recorder.answers(whois).length;
  const startMs = performance.now();
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => ask(`/whois/${lab.address("c")}`)),
  );
  assertEquals(new Set(answers.map((answer) => answer.status)), new Set([200]));
  // An answer is noted when its connection has ended, which is after the client has it.
  const more = await until("the recorder to note an answer", () => {
    const count = recorder.answers(whois).length - asked;
    return count > 0 && count;
  });
  // One a second, for as long as the flood lasts.
  const most = 2 + (performance.now() - startMs) / 1000;
  assert(more <= most, `tailscaled was asked ${more} times, wanted ${most} at most`);
});

Deno.test("keepalive times pings that take the direct path to every peer", async () => {
  await using recorder = new Recorder(socketOf(lab));
  await using program = await Program.start({
    LOCALAPI_URL: recorder.url,
    PEERS_INTERVAL: "1s",
    KEEPALIVE: "on",
    KEEPALIVE_INTERVAL: "1s",
    ...OFTEN,
  });
  const look = async () => {
    const samples = await takeSamples(program);
    return ["node-b.lab.test", "node-c.lab.test"].map((peer_name) => ({
      sent: samples.sum("tailscale_keepalive_pings_total", { peer_name }) ?? 0,
      straight: samples.sum("tailscale_keepalive_rtt_seconds_count", {
        peer_name,
        path: "direct_v4",
      }) ?? 0,
      seconds: samples.sum("tailscale_keepalive_rtt_seconds_sum", {
        peer_name,
        path: "direct_v4",
      }) ?? 0,
      isStraight: samples.sum("tailscale_keepalive_path", { peer_name, path: "direct_v4" }) === 1,
      path: pathsOf(samples)[peer_name],
    }));
  };
  // There is no other traffic: the pings alone open the paths.
  const first = await until("both peers to be pinged straight", async () => {
    const peers = await look();
    return peers.every(({ straight, isStraight, path }) =>
      straight > 0 && isStraight && path === "direct_v4"
    ) && peers;
  });
  const later = await until("three more answers of each", async () => {
    const peers = await look();
    return peers.every(({ straight }, at) => straight >= (first[at]?.straight ?? 0) + 3) && peers;
  });
  for (const { sent, straight, seconds } of later) {
    assert(sent >= straight);
    assert(seconds > 0 && seconds / straight < 1, `${seconds} s for ${straight} answers`);
  }
  assertEquals(program.log.matching(/ (WARN|ERROR) /), []);
});

/** The last one, because node b does not log in again. */
Deno.test("a peer that is killed and one whose key expires are never on a relay", async () => {
  const [b, c] = ["node-b.lab.test", "node-c.lab.test"];
  await using recorder = new Recorder(socketOf(lab));
  await using program = await Program.start({
    LOCALAPI_URL: recorder.url,
    PEERS_INTERVAL: "1s",
    KEEPALIVE: "on",
    KEEPALIVE_INTERVAL: "1s",
    WATCHDOG: "observe",
    WATCHDOG_INTERVAL: "1s",
    ...OFTEN,
  });
  const untilPaths = async (paths: Readonly<Record<string, string>>) =>
    await until(`the paths ${JSON.stringify(paths)}`, async () => {
      const samples = await takeSamples(program);
      const found = pathsOf(samples);
      return Object.entries(paths).every(([name, path]) => found[name] === path) && samples;
    });
  await untilPaths({ [b]: "direct_v4", [c]: "direct_v4" });
  await using scrapes = new Watch(program.origin, (samples) => {
    assertEquals(Object.values(pathsOf(samples)).includes("derp"), false, "on a relay");
    assertEquals(samples.sum("tailscale_watchdog_peer_state") ?? 0, 0, "on a relay");
  });
  await lab.run(["kill", "c"]);
  await lab.run(["hs", "nodes", "expire", "--identifier", "2"]);
  const samples = await untilPaths({ [b]: "expired", [c]: "offline" });
  // The host goes on sending to node c, so tailscaled calls that active.
  for (const name of ["online", "active", "direct"]) {
    assertEquals(samples.sum(`tailscale_peer_${name}`, { peer_name: b }), 0, name);
  }
  assertEquals(samples.sum("tailscale_peer_online", { peer_name: c }), 0);
  await scrapes[Symbol.asyncDispose]();
  assertEquals(scrapes.faults, []);
  assertEquals(program.log.matching(/ watchdog DETECTED: /), []);
});
