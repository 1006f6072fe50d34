import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { PATH_STATES } from "../../../src/paths/path_state.ts";
import type { LocalPeer } from "../../../src/tailscale/local/mod.ts";
import { FakeClock, settle } from "../../_support/fake_clock.ts";
import { FakeLocal, makeLocalPeer, makeStuckPeer } from "./_heal_local.ts";
import { hostMoments, HostPageRig, type PeerPageFacts } from "./_page_rig.ts";
import { makePoll } from "./_poll.ts";

const NEVER = new AbortController().signal;

function makeRig(options: Parameters<typeof makePoll>[2] = {}) {
  const clock = new FakeClock();
  const local = new FakeLocal();
  local.peers = [makeLocalPeer()];
  const poll = makePoll(local, clock, options);
  const asked = () => local.calls.splice(0).length;
  const ids = async (peers: readonly LocalPeer[]) => {
    local.peers = peers;
    const look = await poll.look(NEVER, 0);
    return look.peers?.map((peer) => peer.local.id);
  };
  return { asked, clock, ids, local, poll };
}

Deno.test("StatusPoll asks once for all that look at about the same time", async () => {
  const { asked, clock, poll } = makeRig();
  const looks = await Promise.all([poll.look(NEVER), poll.look(NEVER), poll.look(NEVER, 0)]);
  assertEquals([new Set(looks).size, asked()], [1, 1]);
  await clock.advance(14_999);
  assertEquals(await poll.look(NEVER), looks[0]);
  assertEquals(asked(), 0);
  await clock.advance(1);
  await poll.look(NEVER);
  assertEquals(asked(), 1);
  // Those who look seldom take an older one.
  await clock.advance(29_999);
  await poll.look(NEVER, 30_000);
  assertEquals(asked(), 0);
  await clock.advance(1);
  await poll.look(NEVER, 30_000);
  assertEquals(asked(), 1);
});

Deno.test("StatusPoll.lookAgain() asks anew, after what is under way", async () => {
  const { asked, poll } = makeRig();
  const early = poll.look(NEVER);
  const again = poll.lookAgain(NEVER);
  assertEquals(await early === await again, false);
  assertEquals(asked(), 2);
  // Of two at once the later waits for the look of the earlier, and no longer.
  await Promise.all([poll.lookAgain(NEVER), poll.lookAgain(NEVER)]);
  assertEquals(asked(), 1);
});

Deno.test("StatusPoll keeps a failure no longer than half an interval", async () => {
  const { asked, clock, local, poll } = makeRig();
  local.behaviours.set("status", "timeout");
  const { error, peers, status } = await poll.look(NEVER);
  assertEquals([(error as Error).message, peers, status], [
    "Cannot status: timeout",
    undefined,
    undefined,
  ]);
  asked();
  await clock.advance(14_999);
  await poll.look(NEVER, 60_000);
  assertEquals(asked(), 0);
  await clock.advance(1);
  await poll.look(NEVER, 60_000);
  assertEquals(asked(), 1);
});

Deno.test("StatusPoll.look() throws the reason of a signal that is aborted, and asks again", async () => {
  const { local, poll } = makeRig();
  const stop = new AbortController();
  local.behaviours.set("status", "wedged");
  const look = poll.look(stop.signal);
  stop.abort(new Error("SIGTERM"));
  await assertRejects(() => look, Error, "SIGTERM");
  await assertRejects(() => poll.look(stop.signal), Error, "SIGTERM");
  local.behaviours.clear();
  assertEquals((await poll.look(NEVER)).peers?.length, 1);
});

Deno.test("StatusPoll tells its listeners of each poll, when the paths are decided", async () => {
  const { clock, local, poll } = makeRig();
  const states: (string | undefined)[] = [];
  poll.subscribe(() => void states.push(poll.track("n1")?.state));
  await poll.look(NEVER);
  await poll.look(NEVER);
  local.peers = [makeStuckPeer()];
  for (let look = 0; look < 2; look++) {
    await clock.advance(30_000);
    await poll.look(NEVER);
  }
  local.state = "Stopped";
  await clock.advance(30_000);
  assertEquals((await poll.look(NEVER)).peers, undefined);
  assertEquals(states, ["direct_v4", "unknown", "derp", undefined]);
});

Deno.test("StatusPoll gives a look when all of its listeners are done with it", async () => {
  const { poll } = makeRig();
  const told: string[] = [];
  for (const name of ["a", "b"]) {
    poll.subscribe(async () => {
      told.push(`${name} begins`);
      await settle();
      told.push(`${name} ends`);
    });
  }
  const looks = [poll.look(NEVER), poll.look(NEVER)].map((look) =>
    look.then(() => void told.push("look"))
  );
  await Promise.all(looks);
  assertEquals(told, ["a begins", "a ends", "b begins", "b ends", "look", "look"]);
});

Deno.test("StatusPoll follows no more peers than allowed, and keeps those that it follows", async () => {
  const { ids, poll } = makeRig({ maxPeers: 3 });
  const peers = (names: string) => [...names].map((id) => makeLocalPeer({ id }));
  assertEquals(await ids(peers("bcd")), ["b", "c", "d"]);
  assertEquals(await ids(peers("abcde")), ["b", "c", "d"]);
  assertEquals((await poll.look(NEVER)).leftOutCount, 2);
  assertEquals(await ids(peers("abde")), ["b", "d", "a"]);
  assertEquals((await poll.look(NEVER)).leftOutCount, 1);
});

Deno.test("StatusPoll does not call peers offline while the host is not connected to control", async () => {
  const { ids, local, poll } = makeRig();
  const status = local.status.bind(local);
  let isOnline: boolean | undefined;
  local.status = async (options) => ({
    ...await status(options),
    self: makeLocalPeer({ id: "self", isOnline }),
  });
  const peers = [
    makeLocalPeer({ id: "on" }),
    makeLocalPeer({ id: "off", isOnline: false, currentAddress: undefined, isActive: false }),
  ];
  const states = async (connected: boolean | undefined) => {
    isOnline = connected;
    await ids(peers);
    return ["on", "off"].map((id) => poll.track(id)?.state);
  };
  assertEquals(await states(true), ["direct_v4", "offline"]);
  assertEquals(await states(false), ["direct_v4", "unknown"]);
  assertEquals(await states(undefined), ["direct_v4", "offline"]);
});

/** What contradicts something else on the page. */
function contradictionsOf(facts: PeerPageFacts): readonly string[] {
  const { active, direct, online, paths, pinged, relaySeconds, up, watched } = facts;
  const [path] = paths;
  const [answered] = pinged;
  // Nothing is said of a peer that is not on the page yet.
  if (path === undefined) return [];
  const isDirect = path === "direct_v4" || path === "direct_v6";
  const isKnown = isDirect || path === "derp" || path === "peer_relay";
  const rules: Readonly<Record<string, boolean>> = {
    "one path at most": paths.length <= 1 && pinged.length <= 1,
    "a direct path is direct": !isDirect || direct !== 0,
    // Control may not say whether the peer is online; its address is known all the same.
    "direct is the path": direct !== 1 || isDirect || (path === "unknown" && online !== 1),
    "a known path needs a peer that is online": !isKnown || online !== 0,
    "an offline one is not online": path !== "offline" || online !== 1,
    "an expired one is nothing": path !== "expired" ||
      online !== 1 && active !== 1 && direct !== 1 && watched === undefined,
    "an idle one is not active": path !== "idle" || active !== 1,
    "a relayed one is active": path !== "derp" || active === 1,
    "the watchdog sees the same relay": watched !== 1 || path === "derp",
    "the watchdog sees the same way round it": watched !== 0 || isDirect || path === "peer_relay",
    "the watchdog counts time on a relay only": (relaySeconds ?? 0) === 0 || watched === 1,
    "the keepalive's answer took the path": answered === undefined || answered === "unknown" ||
      path === answered || path === "idle" || path === "unknown",
    "the momentary goes with tailscaled": up !== 0 ||
      [online, active, direct, watched, answered].every((each) => each === undefined),
  };
  return Object.entries(rules).flatMap(([rule, isKept]) => isKept ? [] : [rule]);
}

Deno.test("StatusPoll lets the page never contradict itself about a peer, whatever evidence comes", async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(hostMoments, async (moments) => {
      const rig = new HostPageRig();
      for (const moment of moments) {
        await rig.play(moment, (facts) => {
          assertEquals(contradictionsOf(facts), [], JSON.stringify(facts));
          for (const [name, value] of Object.entries(facts)) seen.add(`${name} ${value}`);
        });
      }
    }),
    { numRuns: 300 },
  );
  const wanted = [
    ...PATH_STATES.filter((state) => state !== "direct_v6").map((state) => `paths ${state}`),
    ...["derp", "direct_v4", "peer_relay", "unknown"].map((path) => `pinged ${path}`),
    ...["active", "direct", "online", "up", "watched"].flatMap((
      name,
    ) => [`${name} 0`, `${name} 1`]),
  ];
  assertEquals(wanted.filter((each) => !seen.has(each)), []);
});
