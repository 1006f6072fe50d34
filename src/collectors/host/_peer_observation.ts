/**
 * From what tailscaled says about a peer to what the logic of paths is fed with.
 *
 * @module
 */

import type { PeerObservation } from "../../paths/mod.ts";
import { type LocalPeer, WEBASSEMBLY_OS } from "../../tailscale/local/mod.ts";

/**
 * What a status says about a peer, as an observation of it.
 *
 * It is called by its MagicDNS name, which no two peers share; its own host name may be anybody's.
 */
export function observePeer(peer: LocalPeer): PeerObservation {
  return {
    id: peer.id,
    name: peerNameOf(peer),
    addresses: peer.addresses,
    tags: peer.tags,
    isOnline: peer.isOnline,
    isActive: peer.isActive,
    currentAddress: peer.currentAddress,
    peerRelay: peer.peerRelay,
    relay: peer.relay,
    lastHandshakeSeconds: peer.lastHandshakeSeconds,
    rxBytes: peer.rxBytes,
    txBytes: peer.txBytes,
    isExitNode: peer.isExitNode,
    isWireGuardOnly: peer.kind === "mullvad",
    isRelayOnly: peer.os === WEBASSEMBLY_OS,
    isExpired: peer.isExpired,
    keyExpirySeconds: peer.keyExpirySeconds,
  };
}

/** What labels and log lines call a peer. */
export function peerNameOf({ id, name, hostname }: LocalPeer): string {
  return name ?? hostname ?? id;
}
