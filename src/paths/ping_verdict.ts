/**
 * What the answer to one ping over tailscaled tells. Does not send it.
 *
 * @module
 */

import { directState } from "./path_state.ts";

/** The answer to one ping, as far as it is used. */
export interface PingAnswer {
  /** Round-trip time in seconds. */
  readonly latencySeconds: number;
  /** "ip:port" that answered straight. */
  readonly endpoint?: string;
  /** "ip:port:vni:N" of the peer relay that the answer came over. */
  readonly peerRelay?: string;
  /** The number of the DERP region that the answer came over. */
  readonly derpRegionId?: number;
}

/** The path that a ping and its answer took, as a bounded label value. */
export type PingPath =
  /** Straight, by IPv4. */
  | "direct_v4"
  /** Straight, by IPv6. */
  | "direct_v6"
  /** Over another node of the tailnet. */
  | "peer_relay"
  /** Over a DERP relay. */
  | "derp"
  /** Not told: TSMP and ICMP pings do not say. */
  | "unknown";

/** Every path, in the order in which they are shown. */
export const PING_PATHS: readonly PingPath[] = [
  "direct_v4",
  "direct_v6",
  "peer_relay",
  "derp",
  "unknown",
];

/** What a disco ping says about a peer that seems to be on a relay. */
export type PingVerdict =
  /** It answered straight: no relay. */
  | "direct"
  /** It answered over a peer relay. */
  | "peer_relay"
  /** It answered over a DERP relay. */
  | "derp"
  /** It did not answer: it is dead or cut off, and nothing done here would help. */
  | "none";

/** The path that an answer took. */
export function pathOfPing(answer: PingAnswer): PingPath {
  if (answer.endpoint !== undefined) return directState(answer.endpoint);
  if (answer.peerRelay !== undefined) return "peer_relay";
  return answer.derpRegionId === undefined ? "unknown" : "derp";
}

/**
 * What a ping settles.
 *
 * @param answer undefined if none came within the time that was given.
 * @returns undefined if the answer does not tell its path.
 */
export function verdictOf(answer: PingAnswer | undefined): PingVerdict | undefined {
  return answer === undefined ? "none" : verdictOfPath(pathOfPing(answer));
}

/** What an answer settles that took this path; undefined if that is not told. */
export function verdictOfPath(path: PingPath): PingVerdict | undefined {
  if (path === "unknown") return undefined;
  return path === "direct_v4" || path === "direct_v6" ? "direct" : path;
}
