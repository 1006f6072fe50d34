import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  KeepaliveCollector,
  type KeepaliveCollectorOptions,
} from "../../../src/collectors/host/keepalive_collector.ts";
import { createSelector } from "../../../src/selector.ts";
import type { LocalPeer } from "../../../src/tailscale/local/mod.ts";
import { FakeClock, settle } from "../../_support/fake_clock.ts";
import { makeEndlessSlice, makeSpentSlice } from "../../_support/time_slice.ts";
import { assertGolden, KeptLog, pageText } from "../_golden.ts";
import { machines, mullvadPeers } from "./_foreign.ts";
import { FakeLocal, makeLocalPeer } from "./_heal_local.ts";
import { statusWith } from "./_local.ts";
import { makePoll } from "./_poll.ts";

const NEVER = new AbortController().signal;

/** A peer without traffic of its own, so that any path that a ping finds fits. */
function makeIdlePeer(fields: Partial<LocalPeer> = {}): LocalPeer {
  return makeLocalPeer({ currentAddress: undefined, isActive: false, ...fields });
}

const FILTER = () => true;

function makeRig(options: Partial<KeepaliveCollectorOptions> = {}) {
  const clock = new FakeClock();
  const local = new FakeLocal();
  const log = new KeptLog();
  local.peers = [makeIdlePeer()];
  const poll = makePoll(local, clock);
  const keepalive = new KeepaliveCollector({
    local,
    poll,
    filter: FILTER,
    intervalMs: 10_000,
    elapsed: clock.elapsed,
    delay: clock.delay,
    random: () => 0,
    log,
    slice: makeEndlessSlice(),
    ...options,
  });
  /** One round, to its end and to the end of its interval. */
  async function round(peers: readonly LocalPeer[] = local.peers): Promise<string> {
    local.peers = peers;
    await poll.look(NEVER, 0);
    const endMs = clock.elapsed() + 10_000;
    let isOver = false;
    const over = keepalive.runRound(NEVER).finally(() => isOver = true);
    for (await settle(); !isOver; await settle()) await clock.advance(clock.nextMs ?? 0);
    await over;
    await clock.advance(endMs - clock.elapsed());
    return pageText(keepalive.section);
  }
  return { clock, local, log, poll, keepalive, round };
}

Deno.test("KeepaliveCollector shows time, loss and path of each peer", async () => {
  const { local, round, keepalive } = makeRig();
  const odd = makeIdlePeer({ id: "n2", name: 'odd "näme"\\\n', addresses: ["100.64.0.3"] });
  const dead = makeIdlePeer({ id: "n3", name: "dead", addresses: ["100.64.0.4"] });
  const off = makeIdlePeer({ id: "n4", isOnline: false });
  local.results.set("100.64.0.2", {
    outcome: "answered",
    latencySeconds: 0.002,
    endpoint: "[2001:db8::1]:41641",
  });
  local.results.set("100.64.0.4", { outcome: "lost" });
  await round([makeIdlePeer(), odd, dead, off]);
  local.results.set("100.64.0.2", { outcome: "answered", latencySeconds: 5, derpRegionId: 1 });
  await round();
  assertGolden("keepalive.prom", keepalive.section);
  assertEquals(local.take().length, 18);
});

Deno.test("KeepaliveCollector.rttMs() tells the last answer's time, until three pings are lost", async () => {
  const { keepalive, local, round } = makeRig();
  const times: (number | undefined)[] = [keepalive.rttMs("n1")];
  for (const latencySeconds of [0.00234, 0.0346]) {
    local.results.set("100.64.0.2", { outcome: "answered", latencySeconds, derpRegionId: 1 });
    await round();
    times.push(keepalive.rttMs("n1"));
  }
  // A round repeats a lost ping.
  local.results.set("100.64.0.2", { outcome: "lost" });
  await round();
  times.push(keepalive.rttMs("n1"));
  assertEquals(times, [undefined, 2.3, 35, undefined]);
});

Deno.test("KeepaliveCollector takes the series of a peer away that has left", async () => {
  const { round, clock } = makeRig();
  const pings = 'tailscale_keepalive_pings_total{peer_id="n1",peer_name="hostname"}';
  assert((await round()).includes(`${pings} 3\n`));
  assertEquals((await round([])).includes("peer_id"), false);
  // It comes back soon, under another name, and goes on counting.
  assert(
    (await round([makeIdlePeer({ name: "renamed" })]))
      .includes('pings_total{peer_id="n1",peer_name="renamed"} 6\n'),
  );
  await round([]);
  await clock.advance(3_600_000);
  await round([]);
  assert((await round([makeIdlePeer()])).includes(`${pings} 3\n`));
});

Deno.test("KeepaliveCollector knows no path of a peer that does not answer, or is offline", async () => {
  const { local, round } = makeRig();
  const path = 'keepalive_path{peer_id="n1",peer_name="hostname",path="derp"} 1\n';
  assert((await round()).includes(path));
  local.results.set("100.64.0.2", { outcome: "lost" });
  assertEquals((await round()).includes("keepalive_path{"), false);
  local.results.clear();
  assert((await round()).includes(path));
  const page = await round([makeIdlePeer({ isOnline: false })]);
  assertEquals(page.includes("keepalive_path{"), false);
  // What was counted stays.
  assert(page.includes('pings_total{peer_id="n1",peer_name="hostname"} 9\n'));
});

Deno.test("KeepaliveCollector shows no path that the last look at the peer contradicts", async () => {
  const { clock, local, poll, keepalive, round } = makeRig();
  const derp = 'keepalive_path{peer_id="n1",peer_name="hostname",path="derp"} 1\n';
  const shows = () => pageText(keepalive.section).includes(derp);
  await round([makeLocalPeer()]);
  // The look is the older one: what the ping found is shown once another look agrees.
  assertEquals(shows(), false);
  const look = async (fields: Partial<LocalPeer>) => {
    local.peers = [makeLocalPeer(fields)];
    await clock.advance(11_000);
    await poll.look(NEVER, 0);
  };
  await round([makeLocalPeer({ currentAddress: undefined })]);
  await look({ currentAddress: undefined });
  assertEquals(shows(), true);
  assertEquals(poll.track("n1")?.state, "derp");
  for (const isExpired of [true, false]) {
    await look({ isExpired });
    assertEquals(shows(), false);
  }
  // What was forgotten stays so until the next ping.
  await look({ currentAddress: undefined });
  assertEquals(shows(), false);
});

Deno.test("KeepaliveCollector forgets no path that a ping found after the look began", async () => {
  const clock = new FakeClock();
  const local = new FakeLocal();
  const slice = makeSpentSlice(() => clock.advance(100));
  const poll = makePoll(local, clock, { slice });
  const { keepalive } = makeRig({ poll, local, elapsed: clock.elapsed, delay: clock.delay });
  const page = () => pageText(keepalive.section);
  const derp = 'keepalive_path{peer_id="n1",peer_name="hostname",path="derp"} 1\n';
  const look = async (fields: Partial<LocalPeer>) => {
    local.peers = [makeLocalPeer(fields)];
    await poll.look(NEVER, 0);
  };
  await look({});
  const round = keepalive.runRound(NEVER);
  await clock.advance(1_600);
  // The last ping of the round is answered while this look is taken in.
  await look({});
  await clock.advance(100);
  await round;
  assertEquals([page().includes("pings_total"), page().includes(derp)], [true, false]);
  await clock.advance(20_000);
  await look({ currentAddress: undefined });
  await clock.advance(11_000);
  await look({ currentAddress: undefined });
  assertEquals([poll.track("n1")?.state, page().includes(derp)], ["derp", true] as never);
});

Deno.test("KeepaliveCollector gives turns while it goes over peers, and shows the same page", async () => {
  const peers = Array.from(
    { length: 60 },
    (_, at) => makeLocalPeer({ id: `n${at}`, name: `p${at}`, addresses: [`100.64.1.${at}`] }),
  );
  const isOdd = (at: number) => at % 2 === 1;
  const looks: readonly (readonly LocalPeer[])[] = [
    peers,
    peers.map((peer, at) => isOdd(at) ? { ...peer, currentAddress: undefined } : peer),
    peers.filter((_, at) => isOdd(at)),
    [],
    peers,
  ];
  let turns = 0;
  const fast = { maxPerSecond: 1_000, maxAtOnce: 100 };
  const [whole, sliced] = [
    makeRig(fast),
    makeRig({ ...fast, slice: makeSpentSlice(() => void turns++) }),
  ];
  for (const look of looks) {
    turns = 0;
    const counts: number = sliced.keepalive.section.size;
    assertEquals(await sliced.round(look), await whole.round(look));
    // For each peer that is taken in, each that was known, and each ping.
    assert(turns >= 2 * look.length + counts, `${turns}`);
  }
});

for (const type of ["disco", "TSMP", "ICMP"] as const) {
  Deno.test(`KeepaliveCollector pings by ${type}`, async () => {
    const { local, round } = makeRig({ type });
    await round();
    const ping = `ping ${type} 100.64.0.2`;
    assertEquals(local.take(), [ping, ping, ping]);
  });
}

Deno.test("KeepaliveCollector says once that tailscaled sends no pings, and when it does again", async () => {
  const { local, log, round } = makeRig();
  const two = [makeIdlePeer(), makeIdlePeer({ id: "n2", addresses: ["100.64.0.3"] })];
  local.behaviours.set("ping", "unreachable");
  await round(two);
  const page = await round(two);
  assertEquals(log.take(), [
    "warning The keepalive cannot ping any peer (unreachable): unreachable",
  ]);
  assert(page.includes("tailscale_keepalive_failures_total 12\n"));
  assertEquals(page.includes("peer_id"), false);
  local.behaviours.clear();
  await round(two);
  assertEquals(log.take(), ["info The keepalive can ping again"]);
  // One peer that cannot be pinged is no trouble of tailscaled's.
  local.results.set("100.64.0.3", { outcome: "refused", reason: "no matching peer" });
  assert((await round(two)).includes("tailscale_keepalive_failures_total 15\n"));
  assertEquals(log.take(), []);
});

Deno.test("KeepaliveCollector counts pings that a wedged tailscaled does not end", async () => {
  const { local, round } = makeRig();
  local.behaviours.set("ping", "wedged");
  const page = await round();
  assert(page.includes('pings_lost_total{peer_id="n1",peer_name="hostname"} 3\n'));
});

Deno.test("KeepaliveCollector asks tailscaled for peers if no poll provides them, and not each round", async () => {
  const rig = makeRig();
  const clock = new FakeClock();
  const keepalive = new KeepaliveCollector({
    local: rig.local,
    poll: makePoll(rig.local, clock, { intervalMs: 10_000 }),
    filter: FILTER,
    intervalMs: 10_000,
    elapsed: clock.elapsed,
    delay: clock.delay,
    random: () => 0,
    log: rig.log,
    slice: makeEndlessSlice(),
  });
  const stop = new AbortController();
  const over = keepalive.run(stop.signal);
  await clock.advance(69_000);
  const count = () => rig.local.calls.splice(0).filter((call) => call === "status").length;
  // At 0, 30 and 60 s.
  assertEquals(count(), 3);
  rig.local.behaviours.set("status", "timeout");
  await clock.advance(60_000);
  assertEquals(rig.log.take(), ["warning The keepalive knows no peers: Cannot status: timeout"]);
  assertEquals(pageText(keepalive.section).includes("peer_id"), false);
  rig.local.behaviours.clear();
  await clock.advance(10_000);
  assertEquals(rig.log.take(), [
    "info tailscaled answers again: the keepalive knows its peers",
  ]);
  rig.local.state = "Stopped";
  await clock.advance(40_000);
  assertEquals(pageText(keepalive.section).includes("peer_id"), false);
  stop.abort();
  await over;
  assertEquals(clock.waiting, 0);
});

Deno.test("KeepaliveCollector waits while the host is busy, and aborts its pings on shutdown", async () => {
  let isBusy = true;
  const { clock, local, keepalive } = makeRig({ isBusy: () => isBusy });
  const stop = new AbortController();
  const over = keepalive.run(stop.signal);
  await clock.advance(5_000);
  assertEquals(local.take(), []);
  isBusy = false;
  local.behaviours.set("ping", "wedged");
  await clock.advance(100);
  assert(local.take().length > 0);
  stop.abort();
  await over;
  assertEquals(clock.waiting, 0);
});

Deno.test("KeepaliveCollector gives series to a bounded number of peers", async () => {
  const { local, round } = makeRig({
    maxPeers: 2,
    filter: createSelector({ names: ["n*"] }),
  });
  const peers = ["n1", "n2", "n3", "x4"].map((id) =>
    makeIdlePeer({ id, name: id, addresses: [`100.64.0.${id.slice(1)}`] })
  );
  const page = await round(peers);
  assertEquals(page.match(/pings_total\{peer_id="\w+"/g)?.length, 2);
  assertEquals(new Set(local.take()).size, 3);
});

Deno.test("KeepaliveCollector gives series to 5,000 peers by default", async () => {
  // So late that the pause between two pings makes no difference.
  let elapsedMs = 1_000;
  const { local, keepalive } = makeRig({
    maxAtOnce: 100_000,
    maxPerSecond: 1e100,
    elapsed: () => elapsedMs,
    // No ping takes time, and the round is over before the second of any peer.
    delay: (ms, signal) => {
      if (ms < 2_000) elapsedMs += 10_000;
      else {
        return new Promise((_, reject) =>
          signal?.addEventListener("abort", () => reject(signal.reason), { once: true })
        );
      }
      return Promise.resolve();
    },
  });
  local.peers = Array.from({ length: 5_001 }, (_, at) => makeIdlePeer({ id: `n${at}` }));
  const { started } = await keepalive.runRound(NEVER);
  const { section } = keepalive;
  assertEquals([started, section.has("n4999"), section.has("n5000")], [5_001, true, false]);
});

Deno.test("KeepaliveCollector refuses what is no bound", () => {
  assertThrows(() => makeRig({ maxAtOnce: 0 }), RangeError, "wanted more than 0");
});

Deno.test("KeepaliveCollector pings three machines in time beside 562 exit nodes of Mullvad", async () => {
  const status = await statusWith([...machines(3), ...mullvadPeers(562)]);
  const include = new Set(["mullvad"] as const);
  const withAll = await statusWith([...machines(3), ...mullvadPeers(562)], {}, { include });
  for (const { peers } of [status, withAll]) {
    const { round, local } = makeRig();
    let page = "";
    for (let rounds = 0; rounds < 12; rounds++) page = await round(peers);
    for (const peer of ["1", "2", "3"]) {
      const labels = `{peer_id="n${peer}CNTRL",peer_name="peer-${peer}.tail0000.ts.net"}`;
      assert(page.includes(`tailscale_keepalive_pings_total${labels} 36\n`), page);
      assert(page.includes(`tailscale_keepalive_pings_lost_total${labels} 0\n`), page);
    }
    assert(page.includes("tailscale_keepalive_postponed_peers 0\n"), page);
    assertEquals(local.take().filter((call) => call.includes("100.70.")), []);
  }
});
