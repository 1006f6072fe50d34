/**
 * What a host's tailscaled says about one peer, as far as paths are concerned: plain data that the
 * logic of this folder is fed with. Reading it from tailscaled is the collectors' part.
 *
 * @module
 */

/** One peer at one moment, as the host sees it. */
export interface PeerObservation {
  /** The stable id, the same after a new key. */
  readonly id: string;
  /** What logs and labels call the peer. */
  readonly name: string;
  /** Its addresses in the tailnet, the one to ping first. */
  readonly addresses: readonly string[];
  /** Its tags, each with "tag:". */
  readonly tags: readonly string[];
  /** Whether control says that it is connected; undefined where nothing is said. */
  readonly isOnline: boolean | undefined;
  /** Whether packets went to it lately (45 s); true for a dead one, too, while they are sent. */
  readonly isActive: boolean | undefined;
  /** "ip:port" while packets go straight to it, else undefined. */
  readonly currentAddress: string | undefined;
  /** "ip:port:vni:N" while packets go over a peer relay, else undefined. */
  readonly peerRelay: string | undefined;
  /** The code of its home DERP region, which is used when there is no other way. */
  readonly relay: string | undefined;
  /** When WireGuard last shook hands with it, in Unix seconds; undefined if it never did. */
  readonly lastHandshakeSeconds: number | undefined;
  /** Bytes from it since tailscaled last began to count; undefined where nothing is said. */
  readonly rxBytes: number | undefined;
  /** Bytes to it since tailscaled last began to count; undefined where nothing is said. */
  readonly txBytes: number | undefined;
  /** Whether it is the exit node in use. */
  readonly isExitNode: boolean | undefined;
  /** Whether it speaks WireGuard only: it answers no ping, and no DERP relay leads to it. */
  readonly isWireGuardOnly: boolean;
  /** Whether a DERP relay is its only path: a node in WebAssembly, which has no UDP. */
  readonly isRelayOnly: boolean;
  /** Whether its node key has expired, so that nothing passes; undefined where nothing is said. */
  readonly isExpired: boolean | undefined;
  /** When its key expires, in Unix seconds; undefined if it never does. */
  readonly keyExpirySeconds: number | undefined;
}

/** The part of an observation that tells the path. */
export type PathFacts = Pick<
  PeerObservation,
  "isOnline" | "isActive" | "currentAddress" | "peerRelay" | "isWireGuardOnly" | "isExpired"
>;

/** Both clocks, read at the same moment. */
export interface Instant {
  /**
   * Monotonic clock in milliseconds; only differences within one process mean anything.
   */
  readonly elapsedMs: number;
  /** Milliseconds since 1970, by a clock that may be set at any time. */
  readonly nowMs: number;
}

/**
 * Whether packets go to an online peer although tailscaled knows no address for it: then they go
 * over a DERP relay, or the path is only being made, or the peer is dead and control has not
 * noticed. One look cannot tell which.
 */
export function isAddressless(peer: PathFacts): boolean {
  return peer.isExpired !== true && peer.isOnline === true && peer.isActive === true &&
    !peer.isWireGuardOnly && peer.currentAddress === undefined && peer.peerRelay === undefined;
}

/**
 * A byte count as a counter may show it.
 *
 * tailscaled counts from 0 again when it restarts; that is handed on, as Prometheus expects it.
 *
 * @returns undefined for what is no count: negative, not finite, not there.
 */
export function readByteCount(value: number | undefined): number | undefined {
  return value !== undefined && value >= 0 && Number.isFinite(value) ? value : undefined;
}
