/**
 * One peer of the watchdog's list, and what becomes of it by the path that it is found on. The list
 * is `watch_list.ts`.
 *
 * @module
 */

import type { PathState } from "./path_state.ts";
import type { PingVerdict } from "./ping_verdict.ts";
import { MAX_NAME } from "./watchdog_state.ts";

/**
 * Idle time in milliseconds after which a peer's time on a relay is forgotten. Until then it goes
 * on where it stood: traffic that comes now and then meets the same relay each time.
 */
const IDLE_MS = 3_600_000;

/** One peer on the list: an episode that goes on. */
export interface Watched {
  /** The peer's stable id. */
  readonly id: string;
  /** What the log calls it. */
  name: string;
  /** The address that is pinged; unknown until the peer is seen. */
  address: string | undefined;
  /** Whether it is settled that the peer is on a relay. */
  isDetected: boolean;
  /** Observed time on the relay, in milliseconds. */
  relayMs: number;
  /** What the last ping said. */
  verdict: PingVerdict | undefined;
  /** The number of the run that last asked for a ping; 0 if none did. */
  askedAt: number;
  /** Whether the last look did not find it on a relay: it is idle, or silent. */
  isPaused: boolean;
  /** Whether the last look detected it; not kept. */
  isNew?: boolean;
  /** For how many milliseconds looks have found it idle; undefined if the last one did not. */
  idleMs: number | undefined;
}

/** What became of a peer that was on a relay, or may have been. */
export type Found = "direct" | Exclude<PathState, "derp" | "direct_v4" | "direct_v6"> | "gone";

/** What a path that is no DERP relay means for the list. */
export const FOUND: Readonly<Record<Exclude<PathState, "derp">, Found>> = {
  direct_v4: "direct",
  direct_v6: "direct",
  peer_relay: "peer_relay",
  idle: "idle",
  offline: "offline",
  expired: "expired",
  unknown: "unknown",
};

/** How the log calls what became of a peer. */
export const WORDS: Readonly<Record<Exclude<Found, "direct">, string>> = {
  peer_relay: "peer relay",
  idle: "idle",
  offline: "offline",
  expired: "key expired",
  unknown: "by an address within the tailnet, or not known",
  gone: "gone",
};

/** Lets a peer on a relay be idle for a while; false for one that is not idle, or for too long. */
export function isIdling(watched: Watched, state: PathState, ms: number): boolean {
  if (state !== "idle" || !watched.isDetected) return false;
  // The time before the first idle look began on the relay.
  if (!watched.isPaused) watched.relayMs += ms;
  watched.idleMs = watched.idleMs === undefined ? 0 : watched.idleMs + ms;
  watched.isPaused = true;
  return watched.idleMs <= IDLE_MS;
}

/** Cut, so that what is kept stays small. */
export function cutName(name: string): string {
  return name.slice(0, MAX_NAME).toWellFormed();
}
