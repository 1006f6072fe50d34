import { assertEquals } from "@std/assert";
import { hostAnswerOf } from "../../../src/collectors/host/mod.ts";
import { FakeClock } from "../../_support/fake_clock.ts";
import { FakeLocal, makeLocalPeer } from "./_heal_local.ts";
import { makePoll } from "./_poll.ts";

const NEVER = new AbortController().signal;
const SECONDS = 1_700_000_000;

const PEERS = [
  makeLocalPeer({ id: "direct", lastHandshakeSeconds: SECONDS }),
  makeLocalPeer({ id: "relay", currentAddress: undefined, peerRelay: "192.0.2.9:7:vni:1" }),
  makeLocalPeer({ id: "idle", currentAddress: undefined, isActive: false, kind: "sharee" }),
  makeLocalPeer({ id: "offline", isOnline: false, lastSeenSeconds: SECONDS - 60 }),
];

function makeRig() {
  const clock = new FakeClock();
  const local = new FakeLocal();
  local.peers = PEERS;
  return { clock, local, poll: makePoll(local, clock) };
}

Deno.test("hostAnswerOf() tells of each peer its path, what that goes over, and the last contact", async () => {
  const { poll } = makeRig();
  const rttMsOf = (id: string) => id === "direct" ? 12 : undefined;
  const answer = hostAnswerOf(await poll.look(NEVER), rttMsOf);
  assertEquals([answer?.backend, answer?.peerCount, answer?.rejectedCount], ["Running", 4, 0]);
  assertEquals(
    [...answer?.peers ?? []].map(({ id, kind, lastContactMs, path, rttMs, via }) =>
      [id, kind, path, via, lastContactMs, rttMs] as const
    ),
    [
      ["direct", "device", "direct_v4", "192.0.2.1:41641", SECONDS * 1000, 12],
      ["relay", "device", "peer_relay", "192.0.2.9:7:vni:1", undefined, undefined],
      ["idle", "sharee", "idle", undefined, undefined, undefined],
      ["offline", "device", "offline", undefined, SECONDS * 1000 - 60_000, undefined],
    ],
  );
});

Deno.test("hostAnswerOf() says which peers have no path but a relay", async () => {
  const { local, poll } = makeRig();
  local.peers = [makeLocalPeer({ id: "node", os: "js" }), makeLocalPeer({ id: "server" })];
  const answer = hostAnswerOf(await poll.look(NEVER), () => undefined);
  assertEquals(
    [...answer?.peers ?? []].map(({ id, isRelayOnly }) => [id, isRelayOnly]),
    [["node", true], ["server", undefined]],
  );
});

Deno.test("hostAnswerOf() knows no peers of a tailscaled that is not up", async () => {
  const { local, poll } = makeRig();
  local.state = "Stopped";
  const stopped = hostAnswerOf(await poll.look(NEVER), () => undefined);
  assertEquals([stopped?.backend, stopped?.peers], ["Stopped", undefined]);
});

Deno.test("hostAnswerOf() has no facts of a tailscaled that does not answer", async () => {
  const { clock, poll } = makeRig();
  const look = { ...await poll.look(NEVER), status: undefined, peers: undefined };
  assertEquals(hostAnswerOf(look, () => clock.now()), undefined);
});

Deno.test("hostAnswerOf() tells the name of the host, as metrics have it", async () => {
  for (const name of [undefined, "db"]) {
    const { local, poll } = makeRig();
    local.self = name === undefined ? undefined : makeLocalPeer({ name });
    assertEquals(hostAnswerOf(await poll.look(NEVER), () => undefined)?.name, name);
  }
});
