/**
 * Peers and moments for the tests of this folder.
 *
 * @module
 */

import type { Instant, PeerObservation } from "../../src/paths/observation.ts";
import type { PathState } from "../../src/paths/path_state.ts";

/** 1 February 2026. */
export const START_MS = Date.UTC(2026, 1, 1);

/** A moment some milliseconds after the start, the wall clock set forward by `setBy`. */
export function at(elapsedMs: number, setBy = 0): Instant {
  return { elapsedMs: 1_000_000 + elapsedMs, nowMs: START_MS + elapsedMs + setBy };
}

/** A peer that is online and reached directly. */
export function makePeer(fields: Partial<PeerObservation> = {}): PeerObservation {
  return {
    id: "n1",
    name: "hostname",
    addresses: ["100.64.0.2", "fd7a:115c:a1e0::2"],
    tags: ["tag:server"],
    isOnline: true,
    isActive: true,
    currentAddress: "192.0.2.1:41641",
    peerRelay: undefined,
    relay: "fra",
    lastHandshakeSeconds: START_MS / 1000,
    rxBytes: 1000,
    txBytes: 2000,
    isExitNode: false,
    isWireGuardOnly: false,
    isRelayOnly: false,
    isExpired: false,
    keyExpirySeconds: undefined,
    ...fields,
  };
}

/**
 * What a status says about a peer in each state; `derp` once it has lasted, for no handshake tells
 * how long the path is there.
 */
export const LOOKS: Readonly<Record<PathState, Partial<PeerObservation>>> = {
  direct_v4: {},
  direct_v6: { currentAddress: "[2001:db8::1]:41641" },
  peer_relay: { currentAddress: undefined, peerRelay: "192.0.2.9:40000:vni:1" },
  derp: { currentAddress: undefined, lastHandshakeSeconds: undefined },
  idle: { currentAddress: undefined, isActive: false },
  offline: { currentAddress: undefined, isOnline: false },
  expired: { isExpired: true },
  unknown: { currentAddress: undefined, isOnline: undefined },
};

/** A peer that a status shows in this state. */
export function peerIn(state: PathState, fields: Partial<PeerObservation> = {}): PeerObservation {
  return makePeer({ ...LOOKS[state], ...fields });
}
