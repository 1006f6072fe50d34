import { assertEquals } from "@std/assert";
import { PEER, peerJson, relayRatio } from "../../src/api/peer.ts";
import type { PeerFacts } from "../../src/facts/mod.ts";
import { NOW_MS } from "./_fake_source.ts";
import { assertValid } from "./_schema_check.ts";

function peer(facts: Partial<PeerFacts>): PeerFacts {
  return { id: "1", name: "a", path: "idle", sinceMs: NOW_MS - 60_000, ...facts };
}

Deno.test("peerJson() adds the present path to the time before it", () => {
  const times = (facts: Partial<PeerFacts>) => {
    const value = peerJson(peer({ earlierMs: 40_000, earlierRelayMs: 20_000, ...facts }), NOW_MS);
    assertValid(PEER, value);
    return [value.relay_seconds, value.path_seconds];
  };
  assertEquals(times({ path: "derp" }), [80, 100]);
  assertEquals(times({ path: "peer_relay" }), [80, 100]);
  assertEquals(times({ path: "direct_v6" }), [20, 100]);
  assertEquals(times({ path: "idle" }), [20, 40]);
  assertEquals(times({ path: "offline" }), [20, 40]);
  assertEquals(times({ path: "derp", sinceMs: NOW_MS + 5_000 }), [20, 40]);
});

Deno.test("peerJson() says which peers have no path but a relay", () => {
  const flags = [{}, { isRelayOnly: true }].map((facts) => peerJson(peer(facts), NOW_MS));
  assertEquals(flags.map(({ relay_only }) => relay_only), [false, true]);
});

Deno.test("relayRatio() is undefined while no path was ever known", () => {
  assertEquals(relayRatio(peer({}), NOW_MS), undefined);
  assertEquals(relayRatio(peer({ path: "derp" }), NOW_MS), 1);
  assertEquals(relayRatio(peer({ path: "direct_v4", earlierMs: 60_000 }), NOW_MS), 0);
});
