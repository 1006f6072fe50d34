/**
 * The peers that are shown: as many as may be, each with its path over time and what is known of it
 * from elsewhere. Knows nothing of pages.
 *
 * @module
 */

import {
  type Instant,
  PathTracker,
  type PeerObservation,
  type PeerTrack,
} from "../../paths/mod.ts";
import type { TimeSlice } from "../../slice.ts";
import type { LocalPeer, LocalStatus } from "../../tailscale/local/mod.ts";
import { type PeerFacts, peerLabelText } from "./_peer_block.ts";
import { observePeer } from "./_peer_observation.ts";

/** A peer that is shown. */
export interface ShownPeer extends PeerFacts {
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
  /** The same as the logic of paths takes it. */
  observation: PeerObservation;
  /** Its path. */
  track: PeerTrack;
  /** The labels of all its series, as they are written. */
  labelText: string;
  /** Grows with every change of the fields above. */
  version: number;
}

/** What a {@linkcode PeerList} goes by. */
export interface PeerListOptions {
  /** How many peers are shown. */
  readonly maxPeers: number;
  /** For how many milliseconds a look at the peers holds. */
  readonly maxGapMs: number;
  /** Tells when to give the event loop a turn. */
  readonly slice: TimeSlice;
  /** The API's device by the stable id of its node; the node's number stands in for its id. */
  readonly findDevice: ((nodeId: string) => { readonly id: string } | undefined) | undefined;
}

/** Follows the peers of one host. */
export class PeerList {
  readonly #options: PeerListOptions;
  readonly #tracker: PathTracker;
  #shown: Map<string, ShownPeer> = new Map();
  #leftOutCount = 0;

  /** A list that has seen nobody. */
  constructor(options: PeerListOptions) {
    this.#options = options;
    this.#tracker = new PathTracker(options);
  }

  /** How many peers of the last status are not shown. */
  get leftOutCount(): number {
    return this.#leftOutCount;
  }

  /** The peers that are shown, by their id. */
  get shown(): ReadonlyMap<string, ShownPeer> {
    return this.#shown;
  }

  /** Takes a whole status; who is not in it is gone. One at a time. */
  async take({ peers, users, self }: LocalStatus, at: Instant): Promise<void> {
    const { slice, findDevice } = this.#options;
    const chosen = this.#choose(peers);
    const hasControl = self?.isOnline !== false;
    const look = this.#tracker.begin(at);
    const shown = new Map<string, ShownPeer>();
    for (const peer of chosen) {
      if (slice.isOver) await slice.next();
      const known = this.#shown.get(peer.id);
      const observation = known?.peer === peer ? known.observation : observePeer(peer);
      const track = look.see(observation);
      const deviceId = findDevice?.(peer.id)?.id ?? peer.nodeId;
      const user = peer.userId === undefined ? undefined : users.get(peer.userId)?.loginName;
      if (known === undefined) {
        const labelText = peerLabelText(peer);
        const facts = { peer, deviceId, user, hasControl, isCurrent: true };
        shown.set(peer.id, { ...facts, observation, track, labelText, version: 0 });
        continue;
      }
      shown.set(peer.id, known);
      const isSame = known.peer === peer && known.deviceId === deviceId && known.user === user;
      if (isSame && known.hasControl === hasControl && known.isCurrent) {
        known.track = track;
        continue;
      }
      if (known.observation.name !== observation.name) known.labelText = peerLabelText(peer);
      const facts = { peer, deviceId, user, hasControl, isCurrent: true };
      Object.assign(known, { ...facts, observation, track });
      known.version++;
    }
    look.end();
    this.#shown = shown;
    this.#leftOutCount = peers.length - chosen.length;
  }

  /**
   * Notes that a look failed: the peers, their names and counters stay, their paths are unknown,
   * and what was true only at the moment of the last look is not shown any more.
   */
  lose(at: Instant): void {
    this.#tracker.lose(at);
    for (const peer of this.#shown.values()) {
      if (!peer.isCurrent) continue;
      peer.isCurrent = false;
      peer.version++;
    }
  }

  /** Shows nobody any more; what was counted goes on when a peer is seen again. */
  clear(): void {
    this.#shown = new Map();
    this.#leftOutCount = 0;
  }

  /** Where there are too many, those that are shown already stay. */
  #choose(peers: readonly LocalPeer[]): readonly LocalPeer[] {
    const { maxPeers } = this.#options;
    if (peers.length <= maxPeers) return peers;
    const isShown = ({ id }: LocalPeer) => this.#shown.has(id);
    return [...peers.filter(isShown), ...peers.filter((peer) => !isShown(peer))]
      .slice(0, maxPeers);
  }
}
