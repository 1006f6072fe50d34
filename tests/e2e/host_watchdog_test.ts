import { assert, assertEquals, assertMatch } from "@std/assert";
import { countOf, makeDenoDir, sendTraffic, socketOf, statusOf } from "./_host.ts";
import { pathsOf } from "./_host_page.ts";
import { Recorder } from "./_host_recorder.ts";
import { Lab } from "./_lab.ts";
import { Program, type Settings } from "./_program.ts";
import { takeSamples } from "./_samples.ts";
import { until } from "../_support/until.ts";

const B = "node-b.lab.test";

/**
 * Looks that follow each other fast. A rebind is due after 20 s on a relay; that leaves 10 s for
 * the way back before tailscaled would be taken down and up.
 */
const WATCHFUL: Settings = {
  WATCHDOG: "heal",
  WATCHDOG_INTERVAL: "1s",
  WATCHDOG_THRESHOLD: "40s",
  WATCHDOG_MAX_RESTARTS: "0",
  PEERS_INTERVAL: "1s",
  RATE_LIMIT_RPS: "1000",
  RATE_LIMIT_BURST: "1000",
};

let lab: Lab;
let denoDir: Awaited<ReturnType<typeof makeDenoDir>>;

Deno.test.beforeAll(async () => {
  denoDir = await makeDenoDir();
  lab = await Lab.up({ nodes: ["a", "b"] });
  await using _traffic = sendTraffic(lab, ["b"]);
  await untilStraight();
});

Deno.test.afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
  await denoDir?.[Symbol.asyncDispose]();
});

async function untilStraight(): Promise<void> {
  await until("a straight way to node b", async () => {
    const [peer] = Object.values((await statusOf(lab)).Peer ?? {});
    return peer?.Online === true && peer.CurAddr !== "";
  });
}

/** What the watchdog said, without time and level. */
function linesOf(program: Program): readonly string[] {
  return program.log.matching(/ watchdog [A-Z]+: /)
    .map((line) => line.replace(/^.* watchdog /, ""));
}

Deno.test("a cut path is derp on the page, and the watchdog follows it to its end", async () => {
  await using _traffic = sendTraffic(lab, ["b"]);
  await using recorder = new Recorder(socketOf(lab));
  const counts = async () => [
    await countOf(lab, "magicsock_rebind_calls"),
    await countOf(lab, "magicsock_restun_calls"),
  ];
  await using program = await Program.start({
    ...WATCHFUL,
    LOCALAPI_URL: recorder.url,
    DENO_DIR: denoDir.path,
  });
  await until("a straight way on the page", async () => {
    return pathsOf(await takeSamples(program))[B] === "direct_v4";
  });
  const [rebinds = NaN, restuns = NaN] = await counts();
  await lab.run(["path", "relay"]);
  try {
    const labels = { peer_name: B };
    const relayed = await until("derp on the page", async () => {
      const samples = await takeSamples(program);
      // The watchdog shows a peer from its own look on.
      const isWatched = samples.sum("tailscale_watchdog_peer_state", labels) === 1;
      return pathsOf(samples)[B] === "derp" && isWatched && samples;
    });
    assertEquals(relayed.sum("tailscale_peer_direct", labels), 0);
    assertEquals(relayed.sum("tailscale_watchdog_peer_state", labels), 1);
    await program.untilLogged(/ watchdog The rebind is done /);
    const [rebindsAfter = NaN, restunsAfter = NaN] = await counts();
    assert(rebindsAfter > rebinds, `${rebinds} rebinds before, ${rebindsAfter} after`);
    assert(restunsAfter > restuns, `${restuns} re-STUNs before, ${restunsAfter} after`);
  } finally {
    await lab.run(["path", "direct"]);
  }
  await program.untilLogged(/ watchdog RECOVERED: /);

  const lines = linesOf(program);
  const words = lines.map((line) => line.split(":")[0]).join(" ");
  assertMatch(words, /^DETECTED( WAITING)+ HEAL( WAITING)* RECOVERED$/);
  assertEquals(lines[0], "DETECTED: node-b transitioned to relay");
  for (const line of lines.filter((each) => each.startsWith("WAITING"))) {
    assertMatch(line, /^WAITING: node-b on relay for \d+s \(threshold: 40s\)$/);
  }
  assertMatch(
    lines.find((line) => line.startsWith("HEAL")) ?? "",
    /^HEAL: node-b on relay for \d+s, asking tailscaled to re-STUN and rebind$/,
  );
  assertEquals(lines.at(-1), "RECOVERED: node-b back to direct");

  // peers and watchdog render in turn
  const samples = await until("the way back on the page", async () => {
    const samples = await takeSamples(program);
    const isCounted = samples.sum("tailscale_watchdog_recoveries_total") === 1;
    return isCounted && pathsOf(samples)[B] === "direct_v4" && samples;
  });
  const counted = Object.entries({
    restarts_total: 0,
    relay_detections_total: 1,
    recoveries_total: 1,
    peer_state: 0,
    peer_relay_duration_seconds: 0,
  });
  for (const [name, value] of counted) {
    assertEquals(samples.sum(`tailscale_watchdog_${name}`), value, name);
  }
  const rebind = { action: "rebind", outcome: "done" };
  assertEquals(samples.sum("tailscale_watchdog_actions_total", rebind), 1);
  const back = { peer_name: B, from: "derp", to: "direct_v4" };
  assertEquals(samples.sum("tailscale_peer_path_transitions_total", back), 1);
  assert((samples.sum("tailscale_peer_path_seconds_total", { state: "derp" }) ?? 0) > 0);
  // Nothing but what the log tells was done to tailscaled.
  const done = recorder.exchanges.map(({ request }) => request)
    .filter((request) => !/^GET |\/ping\?/.test(request));
  assertEquals(done, [
    "POST /localapi/v0/debug?action=restun",
    "POST /localapi/v0/debug?action=rebind",
  ]);
});
