import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import fc from "fast-check";
import { MetricDrop } from "../../../src/collectors/_metric_drop.ts";
import { parseDropPattern } from "../../../src/cardinality.ts";
import { fixtureText } from "../../_support/fixture.ts";
import { readText } from "../../_support/text_reader.ts";
import { odd } from "../../tailscale/local/_odd.ts";
import { assertGolden, pageText } from "../_golden.ts";
import { recordedStatus, statusFrom, statusWith } from "./_local.ts";
import { HostPageRig } from "./_page_rig.ts";
import { DIRECT, DOWN, makeCollector, NEVER, samplesOf } from "./_peers_rig.ts";

Deno.test("PeersCollector says how many peers there are when all of them are shown", async () => {
  const seen: string[] = [];
  let elapsedMs = 0;
  const { collector, cycle } = makeCollector({
    // So slow that it is others' turn again and again.
    elapsed: () => elapsedMs += 50,
    pause: () => {
      seen.push(pageText(collector.section));
      return Promise.resolve();
    },
  });
  const peers = Array.from({ length: 600 }, (_, at) => ({ ...DIRECT, ID: `n${at}` }));
  for (const count of [300, 600]) await cycle(statusWith(peers.slice(0, count)));
  const told = new Set<string>();
  for (const page of seen) {
    const [, count = "none"] = /^tailscale_peers (\d+)$/m.exec(page) ?? [];
    told.add(count);
    const shown = page.match(/^tailscale_peer_info\{/gm)?.length ?? 0;
    assertEquals(count === "none" || shown >= Number(count), true, `${shown} of ${count}`);
  }
  assertEquals([...told].slice(0, 2), ["none", "300"]);
});

for (
  const name of ["status-derp", "status-peer-relay", "status-node-c-offline", "status-cut-off"]
) {
  Deno.test(`PeersCollector shows what was recorded as ${name}, half a minute later`, async () => {
    const { clock, collector, cycle } = makeCollector();
    await cycle(recordedStatus("status"));
    await clock.advance(30_000);
    await cycle(recordedStatus(name));
    assertGolden(
      `peers_${name.slice("status-".length).replaceAll("-", "_")}.prom`,
      collector.section,
    );
  });
}

Deno.test("PeersCollector shows each look of the poll, whichever part it is for", async () => {
  const usual = { state: "Running", hasControl: true, ping: { outcome: "lost" } } as const;
  for (const part of ["peers", "watchdog", "keepalive"] as const) {
    const rig = new HostPageRig();
    await rig.play({ ...usual, ms: 0, peer: {}, parts: ["peers"] }, () => {});
    assertEquals([rig.facts().paths, rig.facts().direct], [["direct_v4"], 1]);
    const idle = { currentAddress: undefined, isActive: false };
    await rig.play({ ...usual, ms: 45_000, peer: idle, parts: [part] }, () => {});
    assertEquals([rig.facts().paths, rig.facts().direct], [["idle"], 0], part);
  }
});

Deno.test("PeersCollector follows a path: seconds in each state, and each change", async () => {
  const { clock, cycle } = makeCollector();
  const looks = [{}, { CurAddr: "" }, { CurAddr: "" }, {
    PeerRelay: "192.0.2.9:1:vni:1",
    CurAddr: "",
  }];
  const pages: string[] = [];
  for (const look of looks) {
    pages.push(await cycle(statusWith([{ ...DIRECT, ...look }])));
    await clock.advance(30_000);
  }
  assertEquals(pages.flatMap((page) => samplesOf(page, "peer_path{")), [
    'peer_path{peer_id="n1",state="direct_v4"} 1',
    'peer_path{peer_id="n1",state="unknown"} 1',
    'peer_path{peer_id="n1",state="derp"} 1',
    'peer_path{peer_id="n1",state="peer_relay"} 1',
  ]);
  assertEquals(samplesOf(pages[3] ?? "", "peer_path_seconds", "peer_path_transitions"), [
    'peer_path_seconds_total{peer_id="n1",state="direct_v4"} 30',
    'peer_path_seconds_total{peer_id="n1",state="derp"} 30',
    'peer_path_seconds_total{peer_id="n1",state="unknown"} 30',
    'peer_path_transitions_total{peer_id="n1",from="direct_v4",to="unknown"} 1',
    'peer_path_transitions_total{peer_id="n1",from="unknown",to="derp"} 1',
    'peer_path_transitions_total{peer_id="n1",from="derp",to="peer_relay"} 1',
  ]);
});

Deno.test("PeersCollector keeps the last facts while tailscaled is silent, until they are stale", async () => {
  const { clock, collector, cycle, log, peers, told } = makeCollector();
  await cycle(statusWith([DIRECT]));
  await clock.advance(30_000);
  const silent = await cycle(DOWN);
  assertEquals(
    samplesOf(silent, "up", "backend", "peers", "peer_online", "peer_rx", "peer_path{"),
    [
      "peers 1",
      'peer_rx_bytes_total{peer_id="n1"} 500',
      'peer_path{peer_id="n1",state="unknown"} 1',
    ],
  );
  assertStringIncludes(silent, "tailscale_up 0\n");
  assertEquals([collector.status(), await peers()], [undefined, undefined]);
  await clock.advance(269_000);
  assertStringIncludes(await cycle(DOWN), "tailscale_peer_rx");
  await clock.advance(1_000);
  assertEquals(
    await cycle(DOWN),
    "# HELP tailscale_up 1 if Running, 0 otherwise\n" +
      "# TYPE tailscale_up gauge\ntailscale_up 0\n",
  );
  assertEquals(log.take(), ["warning Cannot read the status: refused; check tailscaled"]);
  const back = await cycle(statusWith([DIRECT]));
  assertEquals(samplesOf(back, "up", "peer_path_seconds", "peer_path_transitions"), [
    "up 1",
    'peer_path_seconds_total{peer_id="n1",state="unknown"} 270',
    'peer_path_seconds_total{peer_id="n1",state="direct_v4"} 30',
    'peer_path_transitions_total{peer_id="n1",from="direct_v4",to="unknown"} 1',
    'peer_path_transitions_total{peer_id="n1",from="unknown",to="direct_v4"} 1',
  ]);
  assertEquals(log.take(), ["info tailscaled answers again"]);
  assertEquals(told, ["Running", undefined, undefined, undefined, "Running"]);
});

const MOMENTARY = ["peer_online", "peer_active", "peer_direct", "peer_last", "exit_node", "health"];

Deno.test("PeersCollector shows what is true only now no longer than tailscaled is up", async () => {
  const exit = { ...DIRECT, ExitNode: true, LastHandshake: "2026-11-21T04:29:00Z" };
  const fields = { ExitNodeStatus: { ID: "n1", Online: true }, Health: ["bad"] };
  const up = () => statusWith([exit], fields);
  const ways = [
    () => DOWN,
    ...["Stopped", "NeedsLogin", "Starting"].map((BackendState) => () =>
      statusWith([], { BackendState, Peer: null, Self: null })
    ),
  ];
  for (const next of ways) {
    const { clock, cycle } = makeCollector();
    const shown = samplesOf(await cycle(up()), ...MOMENTARY);
    assertEquals(shown.length, 8);
    await clock.advance(30_000);
    const page = await cycle(next());
    assertEquals(page.match(/^tailscale_(?:peer_(?:online|active|direct|last)|exit).*$/gm), null);
    assertEquals(samplesOf(page, "health"), []);
    assertEquals(samplesOf(page, "peer_rx", "peer_info").length, 2);
    // Back as soon as it is up, though no peer has changed.
    assertEquals(samplesOf(await cycle(up()), ...MOMENTARY).length, 8);
  }
});

Deno.test("PeersCollector keeps facts for three intervals where that is longer", async () => {
  const { clock, cycle } = makeCollector({ intervalMs: 120_000 });
  await cycle(statusWith([DIRECT]));
  await clock.advance(359_000);
  assertStringIncludes(await cycle(DOWN), "tailscale_peer_rx");
  await clock.advance(1_000);
  assertEquals(samplesOf(await cycle(DOWN), "peer"), []);
});

Deno.test("PeersCollector says of each state that is not Running what mends it, once", async () => {
  const cases = [
    ["NeedsLogin", "it is logged out; run `tailscale up`"],
    ["NeedsMachineAuth", "an admin of the tailnet has to approve this machine"],
    ["Stopped", "it was stopped with `tailscale down`; run `tailscale up` if that is not meant"],
    ["Starting", "it is starting, which takes some seconds"],
    ["NoState", "it has just started, which takes some seconds"],
    ["InUseOtherUser", "another user of this machine uses it"],
  ] as const;
  for (const [state, advice] of cases) {
    const { collector, cycle, log, peers } = makeCollector();
    await cycle(statusWith([DIRECT]));
    const fields = { BackendState: state, Peer: null, Self: null };
    await cycle(statusWith([], fields));
    const page = await cycle(statusWith([], fields));
    assertEquals(samplesOf(page, "up", "backend", "peer_online", "peer_path{"), [
      `backend_state{state="${state}"} 1`,
      'peer_path{peer_id="n1",state="unknown"} 1',
    ]);
    assertEquals([collector.status()?.backendState, await peers()], [state, undefined]);
    await cycle(statusWith([DIRECT]));
    assertEquals(log.take(), [
      `warning tailscaled is not up (${state}): ${advice}`,
      "info tailscaled is up again",
    ]);
  }
});

Deno.test("PeersCollector takes a list without peers for a tailnet without others", async () => {
  const { cycle, log } = makeCollector();
  const nobody = statusWith([], { Peer: null });
  assertEquals(samplesOf(await cycle(nobody), "up", "peer"), ["up 1"]);
  assertEquals(log.lines, []);
});

Deno.test("PeersCollector believes that all peers left once that was said for ten seconds", async () => {
  const { clock, cycle, peers } = makeCollector();
  const nobody = statusWith([], { Peer: null });
  const isShown = async () => samplesOf(await cycle(nobody), "peer_rx").length > 0;
  await cycle(statusWith([DIRECT]));
  assertEquals(await isShown(), true);
  assertEquals(await peers(), undefined);
  await clock.advance(9_999);
  const page = await cycle(nobody);
  assertEquals(samplesOf(page, "up", "peers", "peer_online", "peer_path{"), [
    "up 1",
    "peers 1",
    'peer_path{peer_id="n1",state="unknown"} 1',
  ]);
  await clock.advance(1);
  assertEquals(await isShown(), false);
  // those who come back in time were never away, and the next time begins anew
  for (let turn = 0; turn < 2; turn++) {
    await cycle(statusWith([DIRECT]));
    assertEquals(await peers(), ["n1"]);
    await clock.advance(60_000);
    assertEquals(await isShown(), true);
  }
  await cycle(DOWN);
  await clock.advance(60_000);
  assertEquals(await isShown(), true);
});

Deno.test("PeersCollector hands a restart's byte counts on as they are", async () => {
  const { clock, cycle } = makeCollector();
  const pages: string[] = [];
  for (const bytes of [500, 700, 3, -5]) {
    pages.push(await cycle(statusWith([{ ...DIRECT, RxBytes: bytes, TxBytes: 1 }])));
    await clock.advance(30_000);
  }
  assertEquals(pages.flatMap((page) => samplesOf(page, "peer_rx")), [
    'peer_rx_bytes_total{peer_id="n1"} 500',
    'peer_rx_bytes_total{peer_id="n1"} 700',
    'peer_rx_bytes_total{peer_id="n1"} 3',
  ]);
});

Deno.test("PeersCollector shows no peer that left, and one that is new, in the same cycle", async () => {
  const { cycle, peers } = makeCollector();
  await cycle(statusWith([DIRECT, { ...DIRECT, ID: "n2" }]));
  const page = await cycle(statusWith([{ ...DIRECT, ID: "n2" }, { ...DIRECT, ID: "n3" }]));
  assertEquals(samplesOf(page, "peer_online"), [
    'peer_online{peer_id="n2"} 1',
    'peer_online{peer_id="n3"} 1',
  ]);
  assertEquals(await peers(), ["n2", "n3"]);
});

Deno.test("PeersCollector counts the peers beyond its limit, and says so once", async () => {
  const { cycle, log } = makeCollector({ maxPeers: 1 });
  const many = () => statusWith([DIRECT, { ID: "n2" }, { ID: "n3" }, null, {}]);
  await cycle(many());
  assertEquals(samplesOf(await cycle(many()), "peers", "peer_online"), [
    "peers 5",
    "peers_left_out 2",
    "peers_rejected 2",
    'peer_online{peer_id="n1"} 1',
  ]);
  assertEquals(log.take(), [
    "warning Cannot read 2 peers of the status: No peer: wanted an object",
    "warning Left out peers of the status: 1 may be shown",
  ]);
  await cycle(statusWith([DIRECT]));
  assertEquals(log.take(), [
    "info All peers of the status can be read again",
    "info All peers are shown again",
  ]);
});

Deno.test("PeersCollector shows 20,000 peers by default", async () => {
  const one = await statusWith([DIRECT]);
  const peers = one.peers.flatMap((peer) =>
    Array.from({ length: 20_001 }, (_, at) => ({ ...peer, id: `n${at}` }))
  );
  const pattern = parseDropPattern("tailscale_*");
  const { collector, log, peers: seen } = makeCollector({
    // Who is shown matters here, not the page.
    drops: new MetricDrop(pattern === undefined ? [] : [pattern]),
  }, { status: () => Promise.resolve({ ...one, peers }) });
  await collector.collect(NEVER);
  assertEquals((await seen())?.length, 20_000);
  assertEquals(log.take(), ["warning Left out peers of the status: 20000 may be shown"]);
});

Deno.test("PeersCollector leaves unwanted families out, tailscale_up never", async () => {
  const pattern = parseDropPattern("tailscale_*");
  const drops = new MetricDrop(pattern === undefined ? [] : [pattern]);
  const page = await makeCollector({ drops }).cycle(recordedStatus("status"));
  assertEquals(page.match(/^[^#].*$/gm), ["tailscale_up 1"]);
});

Deno.test("PeersCollector.collect() throws what is no failure of tailscaled, and shows it is down", async () => {
  const { collector, cycle } = makeCollector();
  await cycle(statusWith([DIRECT]));
  await assertRejects(() => cycle(new Error("bug")), Error, "bug");
  assertStringIncludes(pageText(collector.section), "tailscale_up 0\n");
  const stopped = AbortSignal.abort(new Error("end"));
  await assertRejects(() => collector.collect(stopped), Error, "end");
});

Deno.test("PeersCollector makes of any statuses a page that a server takes", async () => {
  const names = ["status", "status-derp", "status-peer-relay", "status-cut-off"];
  const looks = fc.oneof(
    ...names.map((name) => odd(fixtureText(`localapi/${name}.json`))),
    fc.constant(undefined),
  );
  await fc.assert(fc.asyncProperty(fc.array(looks, { maxLength: 6 }), async (texts) => {
    const { clock, cycle } = makeCollector();
    for (const text of texts) {
      const status = text === undefined ? DOWN : await statusFrom(text).catch(() => DOWN);
      const families = readText(await cycle(status));
      const path = families.find(({ name }) => name === "tailscale_peer_path");
      const samples = path?.samples ?? [];
      assertEquals(samples.reduce((sum, { value }) => sum + value, 0), samples.length / 8);
      await clock.advance(30_000);
    }
  }));
});

Deno.test("PeersCollector tells the embedded node by the label os while it says nothing", async () => {
  const { clock, cycle } = makeCollector({}, { isEmbedded: true });
  const infoOf = (page: string) => page.match(/^tailscale_version_info.*$/m)?.[0];
  assertEquals(infoOf(await cycle(DOWN)), 'tailscale_version_info{os="js"} 1');
  const out = { BackendState: "NeedsLogin", Self: { HostName: "here" }, Version: "1.2.3" };
  const shown = 'tailscale_version_info{version="1.2.3",os="js"} 1';
  assertEquals(infoOf(await cycle(statusWith([], out))), shown);
  await clock.advance(3_600_000);
  assertEquals(infoOf(await cycle(DOWN)), 'tailscale_version_info{os="js"} 1');
});

Deno.test("PeersCollector keeps the label os while tailscaled is logged out", async () => {
  const { cycle } = makeCollector();
  const self = { ID: "n9", HostName: "here", OS: "linux" };
  const infoOf = (page: string) => page.match(/^tailscale_version_info.*$/m)?.[0];
  const shown = 'tailscale_version_info{version="1.2.3",os="linux"} 1';
  assertEquals(infoOf(await cycle(statusWith([], { Self: self, Version: "1.2.3" }))), shown);
  const out = { BackendState: "NeedsLogin", Self: { HostName: "here" }, Version: "1.2.3" };
  assertEquals(infoOf(await cycle(statusWith([], out))), shown);
});
