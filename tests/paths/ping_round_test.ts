import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { planRound, type RoundOptions } from "../../src/paths/ping_round.ts";
import { makeEndlessSlice, makeSpentSlice } from "../_support/time_slice.ts";
import { makePeer } from "./_peer.ts";

/** Options for one ping to each peer, all at once. */
function makeOptions(options: Partial<RoundOptions> = {}): RoundOptions {
  return {
    filter: () => true,
    pingsPerRound: 1,
    gapMs: 0,
    spreadMs: 0,
    maxPings: 10,
    lastRound: () => 0,
    random: () => 0,
    slice: makeEndlessSlice(),
    ...options,
  };
}

async function plan(
  ids: readonly string[],
  options: Partial<RoundOptions> = {},
): Promise<readonly string[]> {
  let dice = 0;
  const { pings, postponed } = await planRound(
    ids.map((id) => makePeer({ id })),
    makeOptions({
      pingsPerRound: 3,
      gapMs: 500,
      spreadMs: 1000,
      maxPings: 100,
      random: () => (dice += 0.25) % 1,
      ...options,
    }),
  );
  return [...pings.map(({ peer, atMs }) => `${peer.id}@${atMs}`), `${postponed} postponed`];
}

Deno.test("planRound() gives each peer three pings from a time of its own, in order", async () => {
  assertEquals(await plan(["a", "b"]), [
    "a@250",
    "b@500",
    "a@750",
    "b@1000",
    "a@1250",
    "b@1500",
    "0 postponed",
  ]);
});

Deno.test("planRound() pings online peers with an address that pass the filter", async () => {
  const peers = [
    makePeer({ id: "a", isOnline: false }),
    makePeer({ id: "b", isOnline: undefined }),
    makePeer({ id: "c", addresses: [] }),
    makePeer({ id: "x", isExpired: true }),
    makePeer({ id: "d" }),
    makePeer({ id: "e", isActive: false, currentAddress: undefined }),
  ];
  const options = makeOptions({ filter: ({ id }) => id !== "d" });
  const { pings, postponed } = await planRound(peers, options);
  assertEquals([pings.map(({ peer }) => peer.id), postponed], [["e"], 0] as never);
});

Deno.test("planRound() takes those first that waited longest, if there are too many", async () => {
  const lastRounds: Record<string, number> = { a: 3, b: 1, c: 2, d: 0 };
  const options = {
    maxPings: 7,
    random: () => 0,
    gapMs: 0,
    lastRound: (id: string) => lastRounds[id] ?? 0,
  };
  assertEquals(await plan(["a", "b", "c", "d"], options), [
    "d@0",
    "d@0",
    "d@0",
    "b@0",
    "b@0",
    "b@0",
    "2 postponed",
  ]);
});

Deno.test("planRound() never pings a peer of WireGuard only, nor lets it take a turn", async () => {
  const peers = [
    makePeer({ id: "a", isWireGuardOnly: true }),
    makePeer({ id: "b" }),
    makePeer({ id: "c", isWireGuardOnly: true }),
  ];
  const { pings, postponed } = await planRound(peers, makeOptions({ maxPings: 1 }));
  assertEquals([pings.map(({ peer }) => peer.id), postponed], [["b"], 0] as never);
});

Deno.test("planRound() gives a turn for each peer and each ping, and plans as by sorting all", async () => {
  const peer = fc.record({ round: fc.nat(4), start: fc.nat(3), isMeant: fc.boolean() });
  await fc.assert(
    fc.asyncProperty(
      fc.array(peer, { maxLength: 30 }),
      fc.integer({ min: 1, max: 4 }),
      fc.nat(60),
      fc.constantFrom(0, 1, 700),
      async (made, pingsPerRound, maxPings, gapMs) => {
        let turns = 0;
        const starts = new Map<string, number>();
        const peers = made.map((_, at) => makePeer({ id: `${at}` }));
        const of = (id: string) => made[Number(id)] ?? { round: 0, start: 0, isMeant: false };
        const meant = peers.filter(({ id }) => of(id).isMeant);
        const chosen = meant.toSorted((a, b) => of(a.id).round - of(b.id).round)
          .slice(0, Math.floor(maxPings / pingsPerRound));
        const dice = chosen.map(({ id }) => of(id).start / 4);
        const { pings, postponed } = await planRound(
          peers,
          makeOptions({
            filter: ({ id }) => of(id).isMeant,
            pingsPerRound,
            maxPings,
            gapMs,
            spreadMs: 4,
            lastRound: (id) => of(id).round,
            random: () => dice.shift() ?? 0,
            slice: makeSpentSlice(() => void turns++),
          }),
        );
        for (const { id } of chosen) starts.set(id, of(id).start);
        const expected = chosen
          .toSorted((a, b) => (starts.get(a.id) ?? 0) - (starts.get(b.id) ?? 0))
          .flatMap(({ id }) =>
            Array.from({ length: pingsPerRound }, (_, ping) => ({
              id,
              atMs: (starts.get(id) ?? 0) + ping * gapMs,
            }))
          )
          .toSorted((a, b) => a.atMs - b.atMs);
        assertEquals(pings.map(({ peer: { id }, atMs }) => ({ id, atMs })), expected);
        assertEquals(postponed, meant.length - chosen.length);
        assertEquals(turns >= peers.length + pings.length, true);
      },
    ),
    { numRuns: 100 },
  );
});
