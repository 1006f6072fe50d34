/**
 * What is known about one host at one moment, from its tailscaled: an immutable snapshot that every
 * reader may keep. Types only.
 *
 * @module
 */

import type { HostAction } from "../paths/healing.ts";
import type { PathState } from "../paths/path_state.ts";
import type { ForeignKind, PeerKind } from "../tailscale/local/peer_kind.ts";
import type { BackendState } from "../tailscale/local/status.ts";

/** A peer of a host. The same object while nothing about it changed. */
export interface PeerFacts {
  /** The stable id of the node, unique among the host's peers. */
  readonly id: string;
  /** The name for logs and labels. */
  readonly name: string;
  /** What it is. Default: a machine of the tailnet. */
  readonly kind?: PeerKind;
  /** Whether a DERP relay is its only path: a node in WebAssembly. Default: false. */
  readonly isRelayOnly?: boolean;
  /** The path that packets take. */
  readonly path: PathState;
  /** When the path was taken, in milliseconds since 1970. */
  readonly sinceMs: number;
  /** The endpoint, peer relay or DERP region that the path goes over; undefined if none. */
  readonly via?: string | undefined;
  /** The code of its home DERP region; undefined if unknown. */
  readonly region?: string | undefined;
  /** The round-trip time of the last ping that it answered, in milliseconds; undefined if none. */
  readonly rttMs?: number | undefined;
  /**
   * When it was last heard of: when it went offline, or else at the last handshake; undefined if
   * that is not known.
   */
  readonly lastContactMs?: number | undefined;
  /** For how many milliseconds its path was known before the present one was taken. Default: 0. */
  readonly earlierMs?: number;
  /** For how many of these it was a relay, DERP or another node. Default: 0. */
  readonly earlierRelayMs?: number;
}

/** One action of the watchdog on the host; pings are not among them. */
export interface WatchdogAction {
  /** Counts the actions of the process, from 1. */
  readonly number: number;
  /** What was done. */
  readonly kind: HostAction["kind"];
  /** Whether it could be done. */
  readonly succeeded: boolean;
  /** When, in milliseconds since 1970. */
  readonly atMs: number;
}

/**
 * A snapshot of a host.
 *
 * Units: `…Ms` are milliseconds since 1970.
 */
export interface HostFacts {
  /** The host's key, unique in the process. */
  readonly host: string;
  /** Its name in the tailnet, as tailscaled last gave it; undefined if unknown. */
  readonly name?: string | undefined;
  /** When the snapshot was made. */
  readonly atMs: number;
  /** Whether the host has no direct paths, so that a relayed one is no news. Default: false. */
  readonly isRelayed?: boolean | undefined;
  /** Whether it is our own node of the tailnet, which tsmetrics logs in. Default: false. */
  readonly isOwnNode?: boolean | undefined;
  /** Whether tailscaled answered at the last poll; undefined before the first. */
  readonly answers: boolean | undefined;
  /** When `answers` took its present value. */
  readonly sinceMs: number | undefined;
  /** The state of tailscaled at its last answer; undefined if unknown. */
  readonly backend: BackendState | undefined;
  /** Why it did not answer the last poll, and what to do; undefined if it did. */
  readonly error?: string | undefined;
  /** Whether it is connected to the control plane, at its last answer; undefined if unknown. */
  readonly isConnected?: boolean | undefined;
  /** What tailscaled reports as wrong with itself, in sentences, at its last answer. */
  readonly health: readonly string[];
  /** Whether the last answer is recent enough to be shown. */
  readonly isFresh: boolean;
  /** Number of peers in the last answer; undefined before it. */
  readonly peerCount: number | undefined;
  /** Peers of the last answer that are no machines of the tailnet and left out. Default: none. */
  readonly excluded?: ReadonlyMap<ForeignKind, number> | undefined;
  /** Number of peers of the last answer that could not be read. Default: 0. */
  readonly rejectedCount?: number | undefined;
  /** The peers that were last known, by id; undefined before the first list of them. */
  readonly peers: ReadonlyMap<string, PeerFacts> | undefined;
  /** The watchdog's last actions, oldest first; a bounded number of them. */
  readonly actions: readonly WatchdogAction[];
}
