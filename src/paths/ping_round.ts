/**
 * The plan of a round of the keepalive: which peers are pinged, and when. Sends nothing. Made in
 * slices, because a host may have 20,000 peers.
 *
 * @module
 */

import type { TimeSlice } from "../time/slice.ts";
import type { PeerObservation } from "./observation.ts";

/** Whether a peer may be pinged. */
export type PeerFilter = (peer: PeerObservation) => boolean;

/** One ping that is planned. */
export interface PlannedPing {
  /** Whom to ping. */
  readonly peer: PeerObservation;
  /** When, in milliseconds from the start of the round. */
  readonly atMs: number;
}

/** What {@linkcode planRound} goes by. */
export interface RoundOptions {
  /** Which peers may be pinged. */
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
  /** Tells when to give the event loop a turn. */
  readonly slice: TimeSlice;
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
 * peer has its turn. Peers that waited equally long stay in their order.
 */
export async function planRound(
  peers: Iterable<PeerObservation>,
  options: RoundOptions,
): Promise<PlannedRound> {
  const { filter, pingsPerRound, maxPings, lastRound, slice } = options;
  // By the round, because sorting all peers to choose a few would be one long step.
  const byRound = new Map<number, PeerObservation[]>();
  let count = 0;
  for (const peer of peers) {
    if (slice.isOver) await slice.next();
    if (!canAnswer(peer) || !filter(peer)) continue;
    const round = lastRound(peer.id);
    const group = byRound.get(round);
    if (group === undefined) byRound.set(round, [peer]);
    else group.push(peer);
    count++;
  }
  const chosen = [...byRound.keys()].sort((a, b) => a - b)
    .flatMap((round) => byRound.get(round) ?? [])
    .slice(0, Math.floor(maxPings / pingsPerRound));
  return { pings: await spread(chosen, options), postponed: count - chosen.length };
}

function canAnswer(peer: PeerObservation): boolean {
  return peer.isOnline === true && peer.isExpired !== true && peer.addresses.length > 0 &&
    !peer.isWireGuardOnly;
}

/** A peer whose next ping is not planned yet. */
interface Start {
  readonly peer: PeerObservation;
  readonly startMs: number;
}

/**
 * The pings of the chosen peers in the order of their times; at one time, peer by peer.
 *
 * Merges the first, second, … pings of all, each of which are in order once the peers are: sorting
 * the pings themselves would be one step several times as long.
 */
async function spread(
  chosen: readonly PeerObservation[],
  { pingsPerRound, gapMs, spreadMs, random, slice }: RoundOptions,
): Promise<readonly PlannedPing[]> {
  const starts: readonly Start[] = chosen
    .map((peer) => ({ peer, startMs: random() * spreadMs }))
    .sort((a, b) => a.startMs - b.startMs);
  /** For each ping of a round, the first peer that does not have it yet. */
  const next = Array.from({ length: pingsPerRound }, () => 0);
  const pings: PlannedPing[] = [];
  for (;;) {
    if (slice.isOver) await slice.next();
    let best: { readonly ping: number; readonly at: number; readonly atMs: number } | undefined;
    for (const [ping, at] of next.entries()) {
      const start = starts[at];
      if (start === undefined) continue;
      const atMs = start.startMs + ping * gapMs;
      if (best === undefined || atMs < best.atMs || (atMs === best.atMs && at < best.at)) {
        best = { ping, at, atMs };
      }
    }
    const peer = best && starts[best.at]?.peer;
    if (best === undefined || peer === undefined) return pings;
    next[best.ping] = best.at + 1;
    pings.push({ peer, atMs: best.atMs });
  }
}
