import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { HOSTS, hostsJson, PEER_ORDER } from "../../src/api/host.ts";
import type { PeerFacts } from "../../src/facts/mod.ts";
import { PATH_STATES } from "../../src/paths/path_state.ts";
import { makeHost, makeOwnNode, makeQuery, makeSource } from "./_fake_source.ts";
import { assertValid } from "./_schema_check.ts";

// deno-lint-ignore no-explicit-any
async function hosts(host = makeHost(), params: Params = {}): Promise<any> {
  const value = await hostsJson(makeSource([], { host: () => host }), makeQuery(params));
  assertValid(HOSTS, value);
  return value.hosts;
}

type Params = NonNullable<Parameters<typeof makeQuery>[0]>;

function hostOf(peers: readonly PeerFacts[]) {
  return makeHost({ peerCount: peers.length, peers: new Map(peers.map((one) => [one.id, one])) });
}

Deno.test("hostsJson() tells the host, its peers by path and the watchdog's actions", async () => {
  assertEquals(await hosts(), [{
    host: "local",
    name: "db",
    relay_only: false,
    own_node: null,
    answers: true,
    since: "1970-01-01T00:00:00Z",
    fresh: true,
    state: "Running",
    health: [],
    peer_count: 2,
    paths: { direct_v4: 1, derp: 1 },
    regions: [
      { region: "fra", paths: { derp: 1 } },
      { region: null, paths: { direct_v4: 1 } },
    ],
    total: 2,
    next: null,
    peers: [
      {
        id: "n1",
        name: "web-1",
        path: "direct_v4",
        relay_only: false,
        since: "2026-01-31T11:59:00Z",
        region: null,
        rtt_ms: null,
        relay_seconds: 0,
        path_seconds: 60,
      },
      {
        id: "n2",
        name: "web-2",
        path: "derp",
        relay_only: false,
        since: "2026-01-31T12:00:00Z",
        region: "fra",
        rtt_ms: 24,
        relay_seconds: 5,
        path_seconds: 20,
      },
    ],
    actions: [
      { time: "2026-01-31T11:59:59Z", action: "reconnect", succeeded: false },
      { time: "2026-01-31T11:59:58Z", action: "rebind", succeeded: true },
    ],
  }]);
});

Deno.test("hostsJson() tells no peers of a tailscaled that is not up, or is silent", async () => {
  for (const facts of [{ backend: "Stopped" }, { answers: false }, { isFresh: false }] as const) {
    const [{ paths, peers, regions, total }] = await hosts(makeHost(facts));
    assertEquals([paths, peers, regions, total], [{}, [], [], 0], JSON.stringify(facts));
  }
});

Deno.test("hostsJson() filters peers and bounds their number, and counts all of them", async () => {
  const names = async (params: Params) => {
    const [{ paths, peers, total }] = await hosts(makeHost(), params);
    assertEquals(paths, { direct_v4: 1, derp: 1 });
    return [total, ...peers.map(({ name }: { name: string }) => name)];
  };
  assertEquals(await names({ path: "derp" }), [1, "web-2"]);
  assertEquals(await names({ path: ["derp", "direct_v4"] }), [2, "web-1", "web-2"]);
  assertEquals(await names({ region: "fra" }), [1, "web-2"]);
  assertEquals(await names({ q: "WEB-1" }), [1, "web-1"]);
  assertEquals(await names({ limit: "1" }), [2, "web-1"]);
  assertEquals(await names({ limit: "0" }), [2]);
  assertEquals(await names({ sort: "-relay" }), [2, "web-2", "web-1"]);
  assertEquals(await names({ sort: "rtt" }), [2, "web-2", "web-1"]);
});

Deno.test("hostsJson() sorts a peer that has no path but a relay behind those on one", async () => {
  const peers = new Map(
    (["a", "b", "c"] as const).map((id) => [
      id,
      {
        id,
        name: id,
        path: "derp",
        sinceMs: 0,
        ...id === "a" && { isRelayOnly: true },
      } as const,
    ]),
  );
  const [host] = await hosts(makeHost({ peers, isRelayed: true }), { sort: "-relay" });
  assertEquals(
    host.peers.map(({ name, relay_only }: Record<string, unknown>) => [name, relay_only]),
    [["b", false], ["c", false], ["a", true]],
  );
  assertEquals(host.relay_only, true);
});

Deno.test("hostsJson() is empty without a host, and says null for what is not known yet", async () => {
  assertEquals(await hostsJson(makeSource([]), makeQuery()), { hosts: [] });
  const [host] = await hosts(
    makeHost({ answers: undefined, backend: undefined, peerCount: undefined, peers: undefined }),
  );
  assertEquals([host.answers, host.state, host.peer_count, host.peers], [null, null, null, []]);
});

Deno.test("PEER_ORDER.check() refuses a cursor of another order", async () => {
  const [{ next }] = await hosts(makeHost(), { limit: "1", sort: "rtt" });
  assertEquals(PEER_ORDER.check(makeQuery({ cursor: next, sort: "rtt" })), undefined);
  assertEquals(PEER_ORDER.check(makeQuery({ cursor: next }))?.parameter, "cursor");
  assertEquals(PEER_ORDER.check(makeQuery()), undefined);
});

const PEERS = fc.uniqueArray(
  fc.record<PeerFacts>({
    id: fc.nat(999).map(String),
    name: fc.constantFrom("a", "b", "c"),
    path: fc.constantFrom(...PATH_STATES),
    sinceMs: fc.nat(5),
    region: fc.constantFrom("fra", "nyc", undefined),
    rttMs: fc.constantFrom(1, 2, undefined),
    earlierMs: fc.constantFrom(0, 10),
    earlierRelayMs: fc.constantFrom(0, 10),
  }),
  { selector: ({ id }) => id, maxLength: 40 },
);

Deno.test("hostsJson() pages through peers in any order, each once, while others come and go", async () => {
  const sorts = ["name", "path", "region", "relay", "rtt", "since"];
  const orders = sorts.flatMap((each) => [each, `-${each}`]);
  await fc.assert(
    fc.asyncProperty(
      PEERS,
      fc.constantFrom(...orders),
      fc.integer({ min: 1, max: 7 }),
      async (peers, sort, limit) => {
        const seen: string[] = [];
        let [cursor, step] = ["", 0];
        for (;;) {
          // Every other peer comes and goes from page to page.
          const there = peers.filter((_, at) => at % 2 === 0 || step % 2 === 0);
          step++;
          const params = { sort, limit: String(limit), ...cursor !== "" && { cursor } };
          const [{ next, peers: page }] = await hosts(hostOf(there), params);
          seen.push(...page.map(({ id }: { id: string }) => id));
          if (next === null) break;
          cursor = next;
        }
        assertEquals(new Set(seen).size, seen.length);
        const staying = peers.filter((_, at) => at % 2 === 0).map(({ id }) => id);
        assertEquals(staying.filter((id) => !seen.includes(id)), []);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("hostsJson() has the state of our own node, if that is the host", async () => {
  for (const [isOwnNode, state] of [[true, "control_away"], [false, null]] as const) {
    const source = makeSource([], {
      host: () => makeHost({ isOwnNode }),
      ownNode: () => makeOwnNode({ state: "control_away" }),
    });
    const answer = await hostsJson(source, makeQuery());
    assertValid(HOSTS, answer);
    const { hosts: [host] } = JSON.parse(JSON.stringify(answer));
    assertEquals(host.own_node, state);
  }
});
