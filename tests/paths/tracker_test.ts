import { assertEquals } from "@std/assert";
import { MAX_TRACKS, PathTracker } from "../../src/paths/tracker.ts";
import { at, makePeer, peerIn } from "./_peer.ts";

function makeTracker(options: { absentMs?: number; maxTracks?: number } = {}): PathTracker {
  return new PathTracker({ maxGapMs: 90_000, ...options });
}

function idsOf(tracker: PathTracker): readonly string[] {
  return [...tracker.tracks()].map(({ peer }) => peer.id);
}

Deno.test("PathTracker follows each peer on its own", () => {
  const tracker = makeTracker();
  tracker.observe([makePeer({ id: "a" }), peerIn("derp", { id: "b" })], at(0));
  tracker.observe([peerIn("offline", { id: "a" }), peerIn("derp", { id: "b" })], at(30_000));
  assertEquals(
    [...tracker.tracks()].map(({ peer, state }) => [peer.id, state]),
    [["a", "offline"], ["b", "derp"]],
  );
  assertEquals(tracker.get("a")?.seconds("direct_v4"), 30);
  assertEquals(tracker.get("c"), undefined);
});

Deno.test("PathTracker shows no peer that left, and goes on counting when it comes back", () => {
  const tracker = makeTracker();
  tracker.observe([makePeer({ id: "a" }), makePeer({ id: "b" })], at(0));
  tracker.observe([makePeer({ id: "b" })], at(30_000));
  assertEquals([idsOf(tracker), tracker.get("a"), tracker.size], [["b"], undefined, 2]);
  tracker.observe([makePeer({ id: "b" })], at(60_000));
  tracker.observe([makePeer({ id: "a" }), makePeer({ id: "b" })], at(90_000));
  tracker.observe([makePeer({ id: "a" }), makePeer({ id: "b" })], at(100_000));
  assertEquals(tracker.get("a")?.seconds("direct_v4"), 40);
  assertEquals(tracker.get("b")?.seconds("direct_v4"), 100);
});

Deno.test("PathTracker forgets a peer that stays away", () => {
  const tracker = makeTracker({ absentMs: 60_000 });
  tracker.observe([makePeer()], at(0));
  tracker.observe([], at(10_000));
  tracker.observe([], at(70_000));
  assertEquals(tracker.size, 1);
  tracker.observe([], at(70_001));
  assertEquals(tracker.size, 0);
  tracker.observe([makePeer()], at(80_000));
  assertEquals(tracker.get("n1")?.seconds("direct_v4"), 0);
});

Deno.test("PathTracker keeps a bounded number of records, those of present peers all", () => {
  const tracker = makeTracker({ maxTracks: 3 });
  for (let round = 0; round < 50; round++) {
    tracker.observe([makePeer({ id: `new-${round}` }), makePeer({ id: "old" })], at(round * 1000));
    assertEquals(tracker.size <= 3, true);
  }
  assertEquals(tracker.get("old")?.seconds("direct_v4"), 49);
  const many = ["a", "b", "c", "d", "e"].map((id) => makePeer({ id }));
  tracker.observe(many, at(60_000));
  assertEquals(idsOf(tracker).length, 5);
});

Deno.test("PathTracker takes the first of several peers with one id", () => {
  const tracker = makeTracker();
  tracker.observe([makePeer({ id: "a" }), peerIn("offline", { id: "a" })], at(0));
  assertEquals([tracker.size, tracker.get("a")?.state], [1, "direct_v4"]);
});

Deno.test("PathTracker.lose() makes every path unknown, and absent peers stay absent", () => {
  const tracker = makeTracker();
  tracker.observe([makePeer({ id: "a" }), makePeer({ id: "b" })], at(0));
  tracker.observe([makePeer({ id: "b" })], at(1_000));
  tracker.lose(at(2_000));
  assertEquals(idsOf(tracker), ["b"]);
  assertEquals(tracker.get("b")?.state, "unknown");
});

Deno.test("PathTracker.begin() takes a list peer by peer as observe() takes it whole", () => {
  const [slow, whole] = [makeTracker(), makeTracker()];
  const lists = [["n1", "n2", "n1"], ["n2"], ["n1", "n3"]];
  for (const [step, ids] of lists.entries()) {
    const peers = ids.map((id, at) => makePeer({ id, name: `host-${at}` }));
    const look = slow.begin(at(step * 30_000));
    const tracks = peers.map((peer) => look.see(peer));
    look.end();
    whole.observe(peers, at(step * 30_000));
    assertEquals(tracks.map((track) => track === slow.get(track.peer.id)), ids.map(() => true));
    const shown = (tracker: PathTracker) =>
      [...tracker.tracks()].map((track) => [track.peer, track.seconds("direct_v4")]);
    assertEquals(shown(slow), shown(whole));
  }
});

Deno.test("PathTracker keeps as many records as it may, and forgets the absent of one more", () => {
  const tracker = makeTracker({ maxTracks: 3 });
  const look = (ids: readonly string[], ms: number) =>
    tracker.observe(ids.map((id) => makePeer({ id })), at(ms));
  look(["gone", "a"], 0);
  look(["a", "b"], 1_000);
  assertEquals(tracker.size, 3);
  look(["gone", "a", "b"], 2_000);
  look(["gone", "a", "b"], 3_000);
  // It went on counting: it was not forgotten.
  assertEquals(tracker.get("gone")?.seconds("unknown"), 0);
  assertEquals(tracker.get("gone")?.seconds("direct_v4"), 2);
  look(["a", "b"], 4_000);
  look(["a", "b", "c"], 5_000);
  assertEquals(tracker.size, 3);
  look(["gone", "a", "b", "c"], 6_000);
  assertEquals(tracker.get("gone")?.seconds("direct_v4"), 0);
});

Deno.test("PathTracker keeps 20,000 records by default", () => {
  const tracker = makeTracker();
  const peers = Array.from({ length: MAX_TRACKS + 1 }, (_, id) => makePeer({ id: `${id}` }));
  tracker.observe(peers.slice(0, MAX_TRACKS), at(0));
  tracker.observe([], at(1_000));
  assertEquals([tracker.size, MAX_TRACKS], [20_000, 20_000]);
  tracker.observe(peers.slice(MAX_TRACKS), at(2_000));
  assertEquals(tracker.size, MAX_TRACKS);
});
