/**
 * Which path packets to a peer take, from one observation and how long things have been that way.
 * Pure; `tracker.ts` keeps the times.
 *
 * @module
 */

import { addressVersion } from "../cidr.ts";
import { isInTailscaleRange } from "../range.ts";
import type { PathFacts } from "./peer.ts";

/** The path to a peer, as a bounded label value. */
export type PathState =
  /** Straight to an IPv4 address of the peer. */
  | "direct_v4"
  /** Straight to an IPv6 address of the peer. */
  | "direct_v6"
  /** Over another node of the tailnet. */
  | "peer_relay"
  /** Over a DERP relay: packets go to it, and no address is known for longer than the grace. */
  | "derp"
  /** No packets lately, so it has no path and needs none; or a path is only being made. */
  | "idle"
  /** Control says that the peer is not connected, whatever else is said. */
  | "offline"
  /** Its node key has expired: nothing passes until it is renewed, whatever else is said. */
  | "expired"
  /**
   * Not observed, or the address is invalid, or lies in the tailnet: packets to it take a tunnel,
   * whose own path is not known.
   */
  | "unknown";

/** Every state, in the order in which they are shown. */
export const PATH_STATES: readonly PathState[] = [
  "direct_v4",
  "direct_v6",
  "peer_relay",
  "derp",
  "idle",
  "offline",
  "expired",
  "unknown",
];

/**
 * For so many milliseconds an active peer without an address is not taken for one on a relay: a new
 * path starts without one, and a killed node is said to be online for as long.
 */
export const GRACE_MS = 10_000;

/** What earlier observations add to one. */
export interface PathHistory {
  /**
   * For how many milliseconds the peer has been seen online, active and without an address, without
   * a break; 0 at the first such look.
   */
  readonly addresslessMs: number;
  /** What it must last to count as a relay; {@linkcode GRACE_MS} unless told. */
  readonly graceMs?: number;
}

/**
 * The path that an observation tells of.
 *
 * An expired key and being online come first: tailscaled keeps the address of a peer whose key
 * has expired, and address and activity outlive a killed peer by seconds.
 */
export function classify(peer: PathFacts, history: PathHistory): PathState {
  if (peer.isExpired === true) return "expired";
  if (peer.isOnline === undefined) return "unknown";
  if (!peer.isOnline) return "offline";
  if (peer.currentAddress !== undefined) return directState(peer.currentAddress);
  if (peer.peerRelay !== undefined) return "peer_relay";
  if (peer.isWireGuardOnly) return "idle";
  const { addresslessMs, graceMs = GRACE_MS } = history;
  return peer.isActive === true && addresslessMs >= graceMs ? "derp" : "idle";
}

/** Whether packets go straight to a peer, as far as its address tells. */
export function isDirect(
  { currentAddress, isExpired }: Pick<PathFacts, "currentAddress" | "isExpired">,
): boolean {
  return isExpired !== true && currentAddress !== undefined &&
    directState(currentAddress) !== "unknown";
}

/**
 * The state of a peer that is reached at an endpoint.
 *
 * Shape: "192.0.2.1:41641" → direct_v4, "[2001:db8::1]:41641" → direct_v6; an IPv4 address written
 * as IPv6 is IPv4; an address of a tailnet, or what is no address → unknown
 */
export function directState(endpoint: string): "direct_v4" | "direct_v6" | "unknown" {
  const v4 = V4.exec(endpoint)?.[1];
  const address = v4 ?? V6.exec(endpoint)?.[1];
  if (address === undefined || !hasPort(endpoint)) return "unknown";
  if (isInTailscaleRange(address)) return "unknown";
  const version = v4 === undefined ? addressVersion(address) : 4;
  if (version === undefined) return "unknown";
  return version === 4 ? "direct_v4" : "direct_v6";
}

/** Whether the digits behind the last colon are a port. */
function hasPort(endpoint: string): boolean {
  return Number(endpoint.slice(endpoint.lastIndexOf(":") + 1)) <= 65_535;
}

const V4 =
  /^((?:(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)\.){3}(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)):\d{1,5}$/;
const V6 = /^\[(?=[^\]]*:)([\da-f:.]{2,45})(?:%[\w.-]{1,32})?\]:\d{1,5}$/i;
