/**
 * Who is pinged in a round of the keepalive, and when: the plan, without any ping.
 *
 * @module
 */

import type { PeerObservation } from "./peer.ts";
import type { PeerFilter } from "./peer_filter.ts";

/** One ping that is planned. */
export interface PlannedPing {
  /** Whom to ping. */
  readonly peer: PeerObservation;
  /** When, in milliseconds from the start of the round. */
  readonly atMs: number;
}

/** What {@linkcode planRound} goes by. */
export interface RoundOptions {
  /** Who may be pinged. */
  readonly filter: PeerFilter;
  /** How many pings each peer gets. */
  readonly pingsPerRound: number;
  /** Milliseconds from one ping of a peer to its next. */
  readonly gapMs: number;
  /** Window in milliseconds within which the first ping of each peer starts, at random. */
  readonly spreadMs: number;
  /** How many pings there may be in all. */
  readonly maxPings: number;
  /** The number of the last round in which a peer was pinged; 0 if it never was. */
  readonly lastRound: (id: string) => number;
  /** A random number from 0 to below 1. */
  readonly random: () => number;
}

/** A plan, and who did not get into it. */
export interface PlannedRound {
  /** The pings in the order of their times. */
  readonly pings: readonly PlannedPing[];
  /** How many peers have to wait for a later round. */
  readonly postponed: number;
}

/**
 * The pings of one round: online peers with a valid key and an address that can answer and pass the
 * filter.
 *
 * If there are too many, those come first whose last round is longest ago, so that in the end every
 * peer has its turn.
 */
export function planRound(peers: Iterable<PeerObservation>, options: RoundOptions): PlannedRound {
  const { filter, pingsPerRound, gapMs, spreadMs, maxPings, lastRound, random } = options;
  const meant = [...peers].filter((peer) =>
    peer.isOnline === true && peer.isExpired !== true && peer.addresses.length > 0 &&
    !peer.isWireGuardOnly && filter(peer)
  );
  // Sorting is stable, so peers that waited equally long stay in their order.
  const chosen = meant
    .sort((a, b) => lastRound(a.id) - lastRound(b.id))
    .slice(0, Math.floor(maxPings / pingsPerRound));
  const pings: PlannedPing[] = [];
  for (const peer of chosen) {
    const startMs = random() * spreadMs;
    for (let ping = 0; ping < pingsPerRound; ping++) {
      pings.push({ peer, atMs: startMs + ping * gapMs });
    }
  }
  pings.sort((a, b) => a.atMs - b.atMs);
  return { pings, postponed: meant.length - chosen.length };
}
