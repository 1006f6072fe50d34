/**
 * The peers that are shown, each with its path over time and what is known of it from elsewhere.
 * Knows nothing of pages.
 *
 * @module
 */

import type { PeerTrack } from "../../paths/mod.ts";
import type { TimeSlice } from "../../time/slice.ts";
import type { LocalPeer, LocalStatus } from "../../tailscale/local/mod.ts";
import { type PeerDescription, peerLabelText } from "./_peer_block.ts";
import { peerNameOf } from "./_peer_observation.ts";
import type { SeenPeer } from "./_status_poll.ts";

/** A peer that is shown. */
export interface ShownPeer extends PeerDescription {
  /** The peer as tailscaled last described it: the same object while nothing changed. */
  peer: LocalPeer;
  /** The API's id of the same node, where the API knows it. */
  deviceId: string | undefined;
  /** Login name of the owner. */
  user: string | undefined;
  /** Whether the host was connected to control at the last look. */
  hasControl: boolean;
  /** Whether the last look found tailscaled up. */
  isCurrent: boolean;
  /** Its path. */
  track: PeerTrack;
  /** The labels of all its series, as they are written. */
  labelText: string;
  /** Grows with every change of the fields above. */
  version: number;
}

/** What a {@linkcode PeerList} goes by. */
export interface PeerListOptions {
  /** Tells when to give the event loop a turn. */
  readonly slice: TimeSlice;
  /** The API's device by the stable id of its node; the node's number stands in for its id. */
  readonly findDevice: ((nodeId: string) => { readonly id: string } | undefined) | undefined;
}

/** Follows the peers of one host. */
export class PeerList {
  readonly #options: PeerListOptions;
  #shown: Map<string, ShownPeer> = new Map();

  /** An empty list. */
  constructor(options: PeerListOptions) {
    this.#options = options;
  }

  /** The peers that are shown, by their id. */
  get shown(): ReadonlyMap<string, ShownPeer> {
    return this.#shown;
  }

  /** Takes the peers of a look and its status; who is not in it is gone. One at a time. */
  async take(peers: readonly SeenPeer[], { users, self }: LocalStatus): Promise<void> {
    const { slice, findDevice } = this.#options;
    const hasControl = self?.isOnline !== false;
    const shown = new Map<string, ShownPeer>();
    for (const { local: peer, track } of peers) {
      if (slice.isOver) await slice.next();
      const known = this.#shown.get(peer.id);
      const deviceId = findDevice?.(peer.id)?.id ?? peer.nodeId;
      const user = peer.userId === undefined ? undefined : users.get(peer.userId)?.loginName;
      const facts = { peer, deviceId, user, hasControl, isCurrent: true };
      if (known === undefined) {
        shown.set(peer.id, { ...facts, track, labelText: peerLabelText(peer), version: 0 });
        continue;
      }
      shown.set(peer.id, known);
      const isSame = known.peer === peer && known.deviceId === deviceId && known.user === user;
      if (isSame && known.hasControl === hasControl && known.isCurrent) {
        known.track = track;
        continue;
      }
      if (peerNameOf(known.peer) !== peerNameOf(peer)) known.labelText = peerLabelText(peer);
      Object.assign(known, { ...facts, track });
      known.version++;
    }
    this.#shown = shown;
  }

  /**
   * Notes that a look failed: the peers, their names and counters stay, and what was true only at
   * the moment of the last look is not shown any more.
   */
  lose(): void {
    for (const peer of this.#shown.values()) {
      if (!peer.isCurrent) continue;
      peer.isCurrent = false;
      peer.version++;
    }
  }

  /** Removes all peers. */
  clear(): void {
    this.#shown = new Map();
  }
}
