/**
 * A peer of a host as JSON: its path, and for how long it was on a relay.
 *
 * @module
 */

import type { PeerFacts } from "../facts/mod.ts";
import type { JsonObject } from "../json/json.ts";
import { isKnownPath, isRelayPath, PATH_STATES } from "../paths/path_state.ts";
import { formatOptionalTime } from "../time/timestamp.ts";
import * as s from "./schema.ts";

/** What is told of a path, by a host or of a device. */
export const PATH: Readonly<Record<string, s.Schema>> = {
  path: s.word(PATH_STATES, "The path that packets take."),
  relay_only: s.flag("Whether it has no path but a DERP relay: a node in WebAssembly."),
  since: s.time("When the path was taken."),
  region: s.orNull(s.text("The code of the peer's home DERP region.")),
  rtt_ms: s.orNull(s.number("Round-trip time of the keepalive's last ping; null without one.")),
  relay_seconds: s.count("For how long the path was a relay, DERP or another node."),
  path_seconds: s.count("For how long the path was known, so that relay_seconds is a part of it."),
};

/** The schema of {@linkcode peerJson}. */
export const PEER: s.Schema = s.object({
  id: s.text("The stable id of the node."),
  name: s.text("Its name."),
  ...PATH,
});

/** A peer. */
export function peerJson(peer: PeerFacts, nowMs: number): JsonObject {
  return { id: peer.id, name: peer.name, ...pathJson(peer, nowMs) };
}

/** The path of a peer. */
export function pathJson(peer: PeerFacts, nowMs: number): JsonObject {
  const { isRelayOnly = false, path, region, rttMs, sinceMs } = peer;
  const { pathMs, relayMs } = pathTimes(peer, nowMs);
  return {
    path,
    relay_only: isRelayOnly,
    since: formatOptionalTime(sinceMs),
    region: region ?? null,
    rtt_ms: rttMs ?? null,
    relay_seconds: Math.round(relayMs / 1000),
    path_seconds: Math.round(pathMs / 1000),
  };
}

/** The part of the time that a peer was on a relay; undefined if no path was ever known. */
export function relayRatio(peer: PeerFacts, nowMs: number): number | undefined {
  const { pathMs, relayMs } = pathTimes(peer, nowMs);
  return pathMs === 0 ? undefined : relayMs / pathMs;
}

function pathTimes(
  { earlierMs = 0, earlierRelayMs = 0, path, sinceMs }: PeerFacts,
  nowMs: number,
): { readonly pathMs: number; readonly relayMs: number } {
  const presentMs = Math.max(0, nowMs - sinceMs);
  return {
    pathMs: earlierMs + (isKnownPath(path) ? presentMs : 0),
    relayMs: earlierRelayMs + (isRelayPath(path) ? presentMs : 0),
  };
}
