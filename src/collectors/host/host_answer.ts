/**
 * What a poll of tailscaled found, as facts: its state and each peer with its path.
 *
 * @module
 */

import type { HostAnswer, PeerFacts } from "../../facts/mod.ts";
import type { PathState } from "../../paths/mod.ts";
import type { LocalPeer } from "../../tailscale/local/mod.ts";
import { peerNameOf } from "./_peer_observation.ts";
import type { HostLook, SeenPeer } from "./_status_poll.ts";

/** The round-trip time of a peer's last answer to a ping, in milliseconds, by the peer's id. */
export type RttOf = (id: string) => number | undefined;

/** A poll as facts; undefined if tailscaled did not answer. */
export function hostAnswerOf(
  { peers, status }: HostLook,
  rttMsOf: RttOf,
): HostAnswer | undefined {
  if (status === undefined) return undefined;
  const { backendState, excluded, health, rejectedCount, self } = status;
  return {
    backend: backendState,
    name: self && peerNameOf(self),
    isConnected: self?.isOnline,
    health,
    peerCount: status.peers.length,
    excluded,
    rejectedCount,
    peers: peers && factsOf(peers, rttMsOf),
  };
}

function* factsOf(
  peers: readonly SeenPeer[],
  rttMsOf: RttOf,
): Generator<PeerFacts> {
  for (const { local, track } of peers) {
    const { peer: { id, isRelayOnly, name, relay }, sinceMs, state } = track;
    yield {
      id,
      name,
      kind: local.kind,
      ...isRelayOnly && { isRelayOnly },
      sinceMs,
      path: state,
      via: viaOf(local, state),
      region: relay,
      rttMs: rttMsOf(id),
      lastContactMs: lastContactMsOf(local, state),
      ...track.earlier,
    };
  }
}

function viaOf(peer: LocalPeer, path: PathState): string | undefined {
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

function lastContactMsOf(peer: LocalPeer, path: PathState): number | undefined {
  const seconds = path === "offline" ? peer.lastSeenSeconds : peer.lastHandshakeSeconds;
  return seconds === undefined ? undefined : seconds * 1000;
}
