import { assertEquals } from "@std/assert";
import { planRound, type RoundOptions } from "../../src/paths/ping_round.ts";
import { makePeer } from "./_peer.ts";

function plan(ids: readonly string[], options: Partial<RoundOptions> = {}): readonly string[] {
  let dice = 0;
  const { pings, postponed } = planRound(ids.map((id) => makePeer({ id })), {
    filter: () => true,
    pingsPerRound: 3,
    gapMs: 500,
    spreadMs: 1000,
    maxPings: 100,
    lastRound: () => 0,
    random: () => (dice += 0.25) % 1,
    ...options,
  });
  return [...pings.map(({ peer, atMs }) => `${peer.id}@${atMs}`), `${postponed} postponed`];
}

Deno.test("planRound() gives each peer three pings from a time of its own, in order", () => {
  assertEquals(plan(["a", "b"]), [
    "a@250",
    "b@500",
    "a@750",
    "b@1000",
    "a@1250",
    "b@1500",
    "0 postponed",
  ]);
});

Deno.test("planRound() pings online peers with an address that pass the filter", () => {
  const peers = [
    makePeer({ id: "a", isOnline: false }),
    makePeer({ id: "b", isOnline: undefined }),
    makePeer({ id: "c", addresses: [] }),
    makePeer({ id: "x", isExpired: true }),
    makePeer({ id: "d" }),
    makePeer({ id: "e", isActive: false, currentAddress: undefined }),
  ];
  const { pings, postponed } = planRound(peers, {
    filter: ({ id }) => id !== "d",
    pingsPerRound: 1,
    gapMs: 0,
    spreadMs: 0,
    maxPings: 10,
    lastRound: () => 0,
    random: () => 0,
  });
  assertEquals([pings.map(({ peer }) => peer.id), postponed], [["e"], 0] as never);
});

Deno.test("planRound() takes those first that waited longest, if there are too many", () => {
  const lastRounds: Record<string, number> = { a: 3, b: 1, c: 2, d: 0 };
  const options = {
    maxPings: 7,
    random: () => 0,
    gapMs: 0,
    lastRound: (id: string) => lastRounds[id] ?? 0,
  };
  assertEquals(plan(["a", "b", "c", "d"], options), [
    "d@0",
    "d@0",
    "d@0",
    "b@0",
    "b@0",
    "b@0",
    "2 postponed",
  ]);
});

Deno.test("planRound() never pings a peer of WireGuard only, nor lets it take a turn", () => {
  const peers = [
    makePeer({ id: "a", isWireGuardOnly: true }),
    makePeer({ id: "b" }),
    makePeer({ id: "c", isWireGuardOnly: true }),
  ];
  const { pings, postponed } = planRound(peers, {
    filter: () => true,
    pingsPerRound: 1,
    gapMs: 0,
    spreadMs: 0,
    maxPings: 1,
    lastRound: () => 0,
    random: () => 0,
  });
  assertEquals([pings.map(({ peer }) => peer.id), postponed], [["b"], 0] as never);
});
