/**
 * What `check` shows of this host's tailscaled, from the facts that the collection left: its state,
 * and each peer with its path.
 *
 * @module
 */

import { currentPeersOf, type HostFacts, type PeerFacts } from "../facts/mod.ts";

/** The host's side of a check. */
export interface CheckedLocal {
  /** Its socket, or host and port. */
  readonly place: string;
  /** Whether it is our own node, embedded or a sidecar, which tsmetrics logs in. */
  readonly isOwnNode: boolean;
  /** What it is doing; undefined if it does not say. */
  readonly state: string | undefined;
  /**
   * Why our own node is out of the tailnet and what to do, in a sentence; undefined if it is in, or
   * it is another tailscaled.
   */
  readonly problem?: string | undefined;
  /** Whether it is connected to the control plane; undefined if it does not say. */
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
  /** The path, as `tailscale_peer_path` names it. */
  readonly path: string;
  /** Whether it has no path but a DERP relay: a node in WebAssembly. */
  readonly relay_only: boolean;
  /** The endpoint, the peer relay or the DERP region that the path goes over; null if none. */
  readonly via: string | null;
  /**
   * Seconds since the peer was last heard of: since it went offline, or else since the last
   * handshake; null if that is not known.
   */
  readonly last_contact_seconds: number | null;
}

/**
 * The host's side of a check; of one that does not answer only the reason is known.
 *
 * @param isOwnNode Whether it is our own node, embedded or a sidecar. Default: false.
 * @param problem Why our own node is out of the tailnet, and what to do. Default: it is in.
 */
export function checkedLocalOf(
  facts: HostFacts,
  isOwnNode = false,
  problem?: string,
): CheckedLocal {
  const { atMs, backend, error, excluded = new Map(), health, host, isConnected } = facts;
  if (facts.answers !== true) {
    return { ...NOTHING, place: host, isOwnNode, error: error ?? "it was not asked" };
  }
  return {
    place: host,
    isOwnNode,
    state: backend,
    problem,
    isConnected,
    health,
    peers: [...currentPeersOf(facts)?.values() ?? []]
      .map((peer) => checkedPeerOf(peer, atMs))
      .sort(byName),
    excluded: Object.fromEntries(excluded),
    rejectedCount: facts.rejectedCount ?? 0,
    error: undefined,
  };
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

function checkedPeerOf(
  { id, isRelayOnly = false, kind = "device", lastContactMs, name, path, via }: PeerFacts,
  nowMs: number,
): CheckedPeer {
  return {
    id,
    name,
    kind,
    path,
    relay_only: isRelayOnly,
    via: via ?? null,
    last_contact_seconds: lastContactMs === undefined
      ? null
      : Math.max(0, Math.round((nowMs - lastContactMs) / 1000)),
  };
}
