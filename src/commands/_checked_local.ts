/**
 * What `check` asks this host's tailscaled: its state, and each peer with its path.
 *
 * @module
 */

import { observePeer } from "../collectors/host/mod.ts";
import { describeError } from "../errors.ts";
import { classify } from "../paths/path.ts";
import type { LocalApi, LocalPeer } from "../tailscale/local/mod.ts";

/** The host's side of a check. */
export interface CheckedLocal {
  /** Its socket, or host and port. */
  readonly place: string;
  /** What it is doing; undefined if it does not say. */
  readonly state: string | undefined;
  /** Whether it is connected to the control server; undefined if it does not say. */
  readonly isConnected: boolean | undefined;
  /** What it finds wrong with itself. */
  readonly health: readonly string[];
  /** Its peers by name; empty unless it is up. */
  readonly peers: readonly CheckedPeer[];
  /** Peers that are no machines of the tailnet and left out, by their kind. */
  readonly excluded: Readonly<Record<string, number>>;
  /** Peers of its status that could not be read. */
  readonly rejectedCount: number;
  /** What failed and what to do; undefined if nothing did. */
  readonly error: string | undefined;
}

/** One peer as `check` shows it. */
export interface CheckedPeer {
  /** Its stable id. */
  readonly id: string;
  /** What it is called. */
  readonly name: string;
  /** "device", or the kind of one that is no machine of the tailnet. */
  readonly kind: string;
  /** The path as `tailscale_peer_path` names it, as far as one look can tell. */
  readonly path: string;
  /** The endpoint, the peer relay or the DERP region that the path goes over; null if none. */
  readonly via: string | null;
  /**
   * Seconds since the peer was last heard of: since it went offline, or else since the last
   * handshake; null if that is not known.
   */
  readonly last_contact_seconds: number | null;
}

/**
 * Asks tailscaled once.
 *
 * @param nowMs The time in milliseconds since 1970.
 */
export async function checkLocal(local: LocalApi, nowMs: () => number): Promise<CheckedLocal> {
  const { place } = local;
  try {
    const { backendState, excluded, health, peers, rejectedCount, self } = await local.status();
    const nowSeconds = nowMs() / 1000;
    // One that is stopped lists the peers that it had, with the paths of then.
    const isUp = backendState === "Running";
    return {
      place,
      state: backendState,
      isConnected: self?.isOnline,
      health,
      peers: (isUp ? peers : [])
        .map((peer) => checkPeer(peer, nowSeconds, self?.isOnline !== false))
        .sort(byName),
      excluded: Object.fromEntries(excluded),
      rejectedCount,
      error: undefined,
    };
  } catch (error) {
    return { ...NOTHING, place, error: describeError(error) };
  }
}

const NOTHING = {
  state: undefined,
  isConnected: undefined,
  health: [],
  peers: [],
  excluded: {},
  rejectedCount: 0,
} as const;

function byName(a: CheckedPeer, b: CheckedPeer): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0;
}

function checkPeer(peer: LocalPeer, nowSeconds: number, hasControl: boolean): CheckedPeer {
  const { name, isOnline, ...facts } = observePeer(peer);
  const { lastHandshakeSeconds } = peer;
  const path = classify({ ...facts, isOnline: hasControl || isOnline ? isOnline : undefined }, {
    addresslessMs: undefined,
    // A single look has no history, so a recent handshake alone tells a relay from a dead peer.
    graceMs: 0,
    handshakeMs: lastHandshakeSeconds && Math.max(0, nowSeconds - lastHandshakeSeconds) * 1000,
  });
  const sinceSeconds = path === "offline" ? peer.lastSeenSeconds : peer.lastHandshakeSeconds;
  return {
    id: peer.id,
    name,
    kind: peer.kind,
    path,
    via: viaOf(peer, path) ?? null,
    last_contact_seconds: sinceSeconds === undefined
      ? null
      : Math.max(0, Math.round(nowSeconds - sinceSeconds)),
  };
}

function viaOf(peer: LocalPeer, path: string): string | undefined {
  switch (path) {
    case "direct_v4":
    case "direct_v6":
      return peer.currentAddress;
    case "peer_relay":
      return peer.peerRelay;
    case "derp":
      return peer.relay;
    default:
      return undefined;
  }
}
