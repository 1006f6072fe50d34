/**
 * The records of all peers of a host, fed with one list after the other. A peer that a list lacks
 * is away; its record is kept for a while, so that a peer that comes back goes on counting.
 *
 * @module
 */

import type { PathMemory } from "./evidence.ts";
import type { Instant, PeerObservation } from "./observation.ts";
import { PeerTrack, type PeerTrackOptions } from "./peer_track.ts";
import type { PingVerdict } from "./ping_verdict.ts";

/** Default time for which the record of an absent peer is kept, in milliseconds. */
export const ABSENT_MS = 3_600_000;

/** Default maximum number of records; beyond it only present peers have one. */
export const MAX_TRACKS = 20_000;

/** What a {@linkcode PathTracker} goes by. */
export interface PathTrackerOptions extends PeerTrackOptions {
  /** How long the record of an absent peer is kept. Default: {@linkcode ABSENT_MS}. */
  readonly absentMs?: number;
  /**
   * Maximum number of records; present peers all count. Default: {@linkcode MAX_TRACKS}.
   */
  readonly maxTracks?: number;
}

/** A list of peers that is taken one by one. */
export interface PathLook {
  /**
   * Takes a peer; of several with one id the first counts.
   *
   * @returns Its record.
   */
  see(peer: PeerObservation): PeerTrack;
  /** Ends the list: peers that it lacks are away from now on. */
  end(): void;
}

/** Follows the path of each peer. */
export class PathTracker {
  readonly #options: PathTrackerOptions;
  readonly #tracks = new Map<string, PeerTrack>();
  #memories: ReadonlyMap<string, PathMemory> = new Map();

  /**
   * A tracker without peers.
   *
   * @param options How long an observation holds.
   */
  constructor(options: PathTrackerOptions) {
    this.#options = options;
  }

  /** How many records are kept, those of absent peers included. */
  get size(): number {
    return this.#tracks.size;
  }

  /**
   * Takes the whole list of peers; those that are not in it are away from now on.
   *
   * @param peers Of several with one id the first counts.
   * @param at When the list was made.
   */
  observe(peers: Iterable<PeerObservation>, at: Instant): void {
    const look = this.begin(at);
    for (const peer of peers) look.see(peer);
    look.end();
  }

  /** Begins to take a list peer by peer, for one that is long; one look at a time. */
  begin(at: Instant): PathLook {
    const seen = new Set<string>();
    return {
      see: (peer) => {
        const { id } = peer;
        let track = this.#tracks.get(id);
        if (track !== undefined && seen.has(id)) return track;
        seen.add(id);
        if (track !== undefined) track.see(peer, at);
        else {
          track = new PeerTrack(peer, at, this.#options, this.#memories.get(id));
          this.#tracks.set(id, track);
        }
        return track;
      },
      end: () => {
        this.#memories = new Map();
        this.#leaveOthers(seen, at);
      },
    };
  }

  /** Takes what an earlier process knew of peers' paths; the first look uses it. */
  recall(memories: ReadonlyMap<string, PathMemory>): void {
    this.#memories = memories;
  }

  /** Takes what came of a ping to a peer; undefined where the answer does not tell its path. */
  pinged(id: string, verdict: PingVerdict | undefined, at: Instant): void {
    this.get(id)?.pinged(verdict, at);
  }

  /** Notes that the list could not be had: the paths of those who were there are unknown. */
  lose(at: Instant): void {
    for (const track of this.tracks()) track.lose(at);
  }

  /** The record of a peer; undefined if it is not there now. */
  get(id: string): PeerTrack | undefined {
    const track = this.#tracks.get(id);
    return track?.isPresent === true ? track : undefined;
  }

  /** The records of the peers that are there now, in the order in which they were first seen. */
  *tracks(): IterableIterator<PeerTrack> {
    for (const track of this.#tracks.values()) if (track.isPresent) yield track;
  }

  #leaveOthers(seen: ReadonlySet<string>, at: Instant): void {
    const { absentMs = ABSENT_MS } = this.#options;
    for (const [id, track] of this.#tracks) {
      if (seen.has(id)) continue;
      if (track.isPresent) track.leave(at);
      else if (at.elapsedMs - track.lastMs > absentMs) this.#tracks.delete(id);
    }
    this.#shrink();
  }

  #shrink(): void {
    const { maxTracks = MAX_TRACKS } = this.#options;
    for (const [id, track] of this.#tracks) {
      if (this.#tracks.size <= maxTracks) return;
      if (!track.isPresent) this.#tracks.delete(id);
    }
  }
}
