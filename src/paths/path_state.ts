/**
 * Which path packets to a peer take, from one observation and how long things have been that way.
 * Pure; `tracker.ts` keeps the times.
 *
 * @module
 */

import { addressVersion } from "../cidr.ts";
import { isInTailscaleRange } from "../range.ts";
import type { PathFacts } from "./observation.ts";

/** The path to a peer, as a bounded label value. */
export type PathState =
  /** Straight to an IPv4 address of the peer. */
  | "direct_v4"
  /** Straight to an IPv6 address of the peer. */
  | "direct_v6"
  /** Over another node of the tailnet. */
  | "peer_relay"
  /** Over a DERP relay: packets go to it, no address is known, and it is not known to be silent. */
  | "derp"
  /** No packets lately, so it has no path and needs none. */
  | "idle"
  /** Control says that the peer is not connected, whatever else is said. */
  | "offline"
  /** Its node key has expired: nothing passes until it is renewed, whatever else is said. */
  | "expired"
  /**
   * Not observed; or packets go to it and it is not known yet over which path, or whether any comes
   * back; or its address lies in the tailnet: packets take a tunnel, whose own path is not known.
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

/** Whether packets take a path that is known. */
export function isKnownPath(state: PathState): boolean {
  return state === "direct_v4" || state === "direct_v6" || isRelayPath(state);
}

/** Whether packets go over a relay: a DERP server or another node. */
export function isRelayPath(state: PathState): boolean {
  return state === "derp" || state === "peer_relay";
}

/**
 * Time in milliseconds that a new path has to find an address: until then an active peer without
 * one is not on a relay.
 */
export const GRACE_MS = 10_000;

/** Time in milliseconds for which a WireGuard handshake proves that the peer was there. */
const HANDSHAKE_MS = 180_000;

/** What earlier looks and pings add to a look at a peer; see `evidence.ts`, which collects it. */
export interface PathHistory {
  /**
   * For how many milliseconds the peer has been seen active and without an address, without a
   * break; 0 at the first such look, undefined where there is no other look.
   */
  readonly addresslessMs: number | undefined;
  /** Time that a new path has to find an address. Default: {@linkcode GRACE_MS}. */
  readonly graceMs?: number;
  /** Whether the last path that was found is a DERP relay, the peer being at most idle since. */
  readonly wasRelayed?: boolean;
  /** Whether packets went to the peer and nothing came back, since the last look or longer. */
  readonly isUnanswered?: boolean;
  /** Whether that, or the loss of pings, has lasted for the grace. */
  readonly isSilent?: boolean;
  /** Age of the last handshake; undefined if a direct path was seen since, or it is not known. */
  readonly handshakeMs?: number | undefined;
}

/**
 * The path of a peer: the first row of this table that fits decides, here and for all callers.
 *
 * | Evidence                                                                      | Path      |
 * | ----------------------------------------------------------------------------- | --------- |
 * | The node key has expired                                                      | `expired` |
 * | Control does not say whether the peer is connected                            | `unknown` |
 * | Control says that it is not                                                   | `offline` |
 * | An address outside the tailnet answers                                        | `direct_*`|
 * | An address inside the tailnet answers                                         | `unknown` |
 * | A peer relay answers                                                          | `peer_relay` |
 * | No packet went to it within 45 s                                              | `idle`    |
 * | It speaks WireGuard only: no DERP relay leads to it                           | `unknown` |
 * | Packets or pings got no answer for the grace                                  | `unknown` |
 * | It was on a DERP relay before, idle since at most                             | `derp`    |
 * | Packets got no answer since the last look                                     | `unknown` |
 * | No address for the grace                                                      | `derp`    |
 * | A handshake older than the grace and younger than 180 s, no direct path since | `derp`    |
 * | Anything else: a path that is being made, or a peer that is dead              | `unknown` |
 */
export function classify(peer: PathFacts, history: PathHistory): PathState {
  if (peer.isExpired === true) return "expired";
  if (peer.isOnline === undefined) return "unknown";
  if (!peer.isOnline) return "offline";
  if (peer.currentAddress !== undefined) return directState(peer.currentAddress);
  if (peer.peerRelay !== undefined) return "peer_relay";
  if (peer.isActive !== true) return "idle";
  if (peer.isWireGuardOnly || history.isSilent === true) return "unknown";
  if (history.wasRelayed === true) return "derp";
  return history.isUnanswered !== true && isSettled(history) ? "derp" : "unknown";
}

/** Whether a path has had the time to find an address, and has none. */
function isSettled({ addresslessMs, graceMs = GRACE_MS, handshakeMs }: PathHistory): boolean {
  if (addresslessMs !== undefined && addresslessMs >= graceMs) return true;
  return handshakeMs !== undefined && handshakeMs >= graceMs && handshakeMs <= HANDSHAKE_MS;
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
