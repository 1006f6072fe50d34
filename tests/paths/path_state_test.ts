import { assertEquals } from "@std/assert";
import fc from "fast-check";
import {
  classify,
  directState,
  GRACE_MS,
  isDirect,
  PATH_STATES,
  type PathHistory,
} from "../../src/paths/path_state.ts";
import { isAddressless } from "../../src/paths/observation.ts";
import { LOOKS, makePeer, peerIn } from "./_peer.ts";

Deno.test("classify() tells each state from what a status says", () => {
  for (const state of PATH_STATES) {
    assertEquals(classify(peerIn(state), { addresslessMs: GRACE_MS }), state);
  }
  assertEquals(Object.keys(LOOKS), [...PATH_STATES]);
});

const HOLDS: readonly (readonly [addresslessMs: number, graceMs: number | undefined, string])[] = [
  [0, undefined, "unknown"],
  [9_999, undefined, "unknown"],
  [10_000, undefined, "derp"],
  [0, 0, "derp"],
  [29_999, 30_000, "unknown"],
  [30_000, 30_000, "derp"],
];

for (const [addresslessMs, graceMs, wanted] of HOLDS) {
  Deno.test(`classify() says ${wanted} after ${addresslessMs} ms of ${graceMs ?? "10 s"}`, () => {
    const history = { addresslessMs, ...(graceMs === undefined ? {} : { graceMs }) };
    assertEquals(classify(peerIn("derp"), history), wanted);
  });
}

Deno.test("classify() asks first whether the peer is online", () => {
  const long = { addresslessMs: 3_600_000 };
  assertEquals(classify(makePeer({ isOnline: false }), long), "offline");
  assertEquals(classify(peerIn("peer_relay", { isOnline: false }), long), "offline");
  assertEquals(classify(peerIn("derp", { isOnline: false }), long), "offline");
  assertEquals(classify(makePeer({ isOnline: undefined }), long), "unknown");
});

const MORE: readonly (readonly [history: PathHistory, string])[] = [
  [{ addresslessMs: 0, wasRelayed: true }, "derp"],
  [{ addresslessMs: 0, wasRelayed: true, isUnanswered: true }, "derp"],
  [{ addresslessMs: 60_000, wasRelayed: true, isSilent: true }, "unknown"],
  [{ addresslessMs: 60_000, isUnanswered: true }, "unknown"],
  [{ addresslessMs: 60_000, isSilent: true }, "unknown"],
  [{ addresslessMs: 0, handshakeMs: 9_999 }, "unknown"],
  [{ addresslessMs: 0, handshakeMs: 10_000 }, "derp"],
  [{ addresslessMs: 0, handshakeMs: 180_000 }, "derp"],
  [{ addresslessMs: 0, handshakeMs: 180_001 }, "unknown"],
  [{ addresslessMs: 0, handshakeMs: 60_000, isUnanswered: true }, "unknown"],
  [{ addresslessMs: undefined }, "unknown"],
  [{ addresslessMs: undefined, graceMs: 0, handshakeMs: 0 }, "derp"],
];

for (const [history, wanted] of MORE) {
  Deno.test(`classify() says ${wanted} of an active peer with ${JSON.stringify(history)}`, () => {
    assertEquals(classify(peerIn("derp"), history), wanted);
    // None of it counts for a peer that has an address, or needs none.
    assertEquals(classify(makePeer(), history), "direct_v4");
    assertEquals(classify(peerIn("idle"), history), "idle");
  });
}

Deno.test("classify() says of an expired key that it is, whatever else is said", () => {
  for (const state of PATH_STATES) {
    const peer = peerIn(state, { isExpired: true });
    assertEquals(classify(peer, { addresslessMs: 3_600_000 }), "expired");
    assertEquals([isDirect(peer), isAddressless(peer)], [false, false]);
  }
});

Deno.test("classify() keeps an address that a peer without packets still has", () => {
  assertEquals(classify(makePeer({ isActive: false }), { addresslessMs: 0 }), "direct_v4");
  const relayed = peerIn("peer_relay", { isActive: false });
  assertEquals(classify(relayed, { addresslessMs: 0 }), "peer_relay");
});

Deno.test("classify() prefers the address where both ways are told", () => {
  const both = makePeer({ peerRelay: "192.0.2.9:40000:vni:1" });
  assertEquals(classify(both, { addresslessMs: 0 }), "direct_v4");
});

const ENDPOINTS: readonly (readonly [endpoint: string, state: string])[] = [
  ["10.99.0.12:41641", "direct_v4"],
  ["255.255.255.255:1", "direct_v4"],
  ["[::ffff:192.0.2.1]:41641", "direct_v4"],
  ["[2001:db8::1]:41641", "direct_v6"],
  ["[fe80::1%eth0]:41641", "direct_v6"],
  ["[::1]:41641", "direct_v6"],
  ["[::]:0", "direct_v6"],
  ["", "unknown"],
  ["10.99.0.12", "unknown"],
  ["10.99.0.12:", "unknown"],
  ["10.99.0:41641", "unknown"],
  ["2001:db8::1:41641", "unknown"],
  ["[2001:db8::1]", "unknown"],
  ["[10.99.0.12]:41641", "unknown"],
  ["256.1.1.1:1", "unknown"],
  ["1.1.1.1.:1", "unknown"],
  ["1.1.1.1.1:1", "unknown"],
  ["192.0.2.1:65535", "direct_v4"],
  ["192.0.2.1:65536", "unknown"],
  ["[2001:db8::1::2]:41641", "unknown"],
  ["[:::::]:1", "unknown"],
  ["100.63.255.255:1", "direct_v4"],
  ["100.64.0.1:41641", "unknown"],
  ["100.99.1.2:41641", "unknown"],
  ["100.127.255.255:41641", "unknown"],
  ["100.128.0.0:41641", "direct_v4"],
  ["100.64.07.1:41641", "unknown"],
  ["192.0.02.1:41641", "unknown"],
  ["[::ffff:100.64.0.1]:41641", "unknown"],
  ["[fd7a:115c:a1e0::1]:41641", "unknown"],
  ["[FD7A:115C:A1E0:AB12::1]:41641", "unknown"],
  ["[fd7a:115c:a1e1::1]:41641", "direct_v6"],
  ["[]:41641", "unknown"],
  ["127.3.3.40:1 ", "unknown"],
  ["192.0.2.9:40000:vni:1", "unknown"],
  ["host:41641", "unknown"],
  ["\n10.99.0.12:41641", "unknown"],
];

for (const [endpoint, state] of ENDPOINTS) {
  Deno.test(`directState() reads ${JSON.stringify(endpoint)} as ${state}`, () => {
    assertEquals(directState(endpoint), state);
  });
}

Deno.test("classify() gives one of the states, whatever comes", () => {
  const facts = fc.record({
    isOnline: fc.constantFrom(true, false, undefined),
    isActive: fc.constantFrom(true, false, undefined),
    currentAddress: fc.oneof(fc.string({ unit: "binary" }), fc.constant(undefined)),
    peerRelay: fc.oneof(fc.string({ unit: "binary" }), fc.constant(undefined)),
    isWireGuardOnly: fc.boolean(),
    isExpired: fc.constantFrom(true, false, undefined),
  });
  const ms = fc.double();
  fc.assert(fc.property(facts, ms, ms, (peer, addresslessMs, graceMs) => {
    assertEquals(PATH_STATES.includes(classify(peer, { addresslessMs, graceMs })), true);
  }));
});

Deno.test("classify() puts a peer of WireGuard only on no relay", () => {
  const exit = peerIn("derp", { isWireGuardOnly: true });
  assertEquals(classify(exit, { addresslessMs: 3_600_000 }), "unknown");
  assertEquals(classify({ ...exit, isActive: false }, { addresslessMs: 0 }), "idle");
  assertEquals(classify(makePeer({ isWireGuardOnly: true }), { addresslessMs: 0 }), "direct_v4");
});

Deno.test("classify() takes an address within the tailnet for no direct path", () => {
  const nested = makePeer({ currentAddress: "100.99.1.2:41641" });
  assertEquals(classify(nested, { addresslessMs: 0 }), "unknown");
  assertEquals([nested, makePeer(), peerIn("derp")].map(isDirect), [false, true, false]);
});
