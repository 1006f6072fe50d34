/**
 * The peers that are on a relay, or may be: for how long, and what pings said about them. Reports
 * changes; decides nothing about healing, and nothing about paths, which `path_state.ts` does.
 *
 * @module
 */

import type { PathMemory } from "./evidence.ts";
import type { PathState } from "./path_state.ts";
import { cutName, FOUND, type Found, isIdling, type Watched, WORDS } from "./_watched_peer.ts";
import type { ReportWriter } from "./_watchdog_report.ts";
import { isAddressless, type PeerObservation } from "./observation.ts";
import type { PingVerdict } from "./ping_verdict.ts";
import { detectedLine, endedLine, recoveredLine, waitingLine } from "./watchdog_line.ts";
import {
  type Episode,
  MAX_EPISODES,
  MAX_NAME,
  MAX_RESIGNED,
  type WatchdogState,
} from "./watchdog_state.ts";

/** How a peer stands with the watchdog. */
export interface PeerRelay {
  /** Its stable id. */
  readonly peerId: string;
  /** What it is called. */
  readonly peerName: string;
  /** Whether it is on a DERP relay. */
  readonly isOnRelay: boolean;
  /** For how many seconds it has been there; 0 if it is not. */
  readonly relaySeconds: number;
}

/** What a {@linkcode WatchList} goes by. */
export interface WatchListOptions {
  /** Time on a relay after which a peer is overdue, in milliseconds. */
  readonly thresholdMs: number;
}

/** A peer and the path that a look found it on; a `PeerTrack` is one. */
export interface PeerSight {
  /** What tailscaled says about it. */
  readonly peer: PeerObservation;
  /** Its path. */
  readonly state: PathState;
}

/** The list, and what has been counted with it. */
export class WatchList {
  readonly #options: WatchListOptions;
  readonly #watched = new Map<string, Watched>();
  /** Name by id of those that the last look found on a direct path or over a peer relay. */
  #well = new Map<string, string>();
  /** Ids of those that the harshest step did not help, the longest known first. */
  readonly #resigned: Set<string>;
  #detections: number;
  #recoveries: number;

  /** The list of a state. */
  constructor(options: WatchListOptions, state: WatchdogState) {
    this.#options = options;
    for (const each of state.episodes) this.#watched.set(each.id, { ...each, address: undefined });
    this.#resigned = new Set(state.resigned);
    this.#detections = state.counters.detections;
    this.#recoveries = state.counters.recoveries;
  }

  /** Peers that were found on a relay so far. */
  get detections(): number {
    return this.#detections;
  }

  /** Peers that came from a relay back to a direct path so far. */
  get recoveries(): number {
    return this.#recoveries;
  }

  /** Those of them that are meant, the longest on the relay first. */
  longestFirst(isMeant: (peer: Watched) => boolean = () => true): Watched[] {
    return [...this.#watched.values()].filter(isMeant).sort((a, b) => b.relayMs - a.relayMs);
  }

  /** Every peer of the last look that has a path: neither idle nor offline nor in doubt. */
  peers(): readonly PeerRelay[] {
    const peers: PeerRelay[] = [];
    for (const [peerId, peerName] of this.#well) {
      peers.push({ peerId, peerName, isOnRelay: false, relaySeconds: 0 });
    }
    for (const { id, name, isDetected, isPaused, relayMs } of this.#watched.values()) {
      if (!isDetected || isPaused) continue;
      peers.push({ peerId: id, peerName: name, isOnRelay: true, relaySeconds: relayMs / 1000 });
    }
    return peers;
  }

  /**
   * What is known of their paths, for a process that goes on with this list.
   *
   * @param passedMs Time since the last look.
   */
  memories(passedMs: number): ReadonlyMap<string, PathMemory> {
    return new Map(
      [...this.#watched.values()].map(({ id, isDetected, relayMs, verdict }) => [id, {
        wasRelayed: isDetected,
        addresslessMs: relayMs + passedMs,
        isSilent: verdict === "none",
      }]),
    );
  }

  /** What is remembered of each. */
  episodes(): readonly Episode[] {
    return [...this.#watched.values()].map(({ address: _, isNew: __, ...episode }) => episode);
  }

  /** Those that the harshest step did not help. */
  resigned(): readonly string[] {
    return [...this.#resigned];
  }

  /**
   * Notes that the harshest step is done: a peer that is on a relay now is helped by that, or by
   * nothing.
   */
  resign(): void {
    for (const peer of this.#watched.values()) {
      if (!this.isOnRelay(peer)) continue;
      this.#resigned.delete(peer.id);
      this.#resigned.add(peer.id);
    }
    const surplus = this.#resigned.size - MAX_RESIGNED;
    for (const id of [...this.#resigned].slice(0, Math.max(0, surplus))) this.#resigned.delete(id);
  }

  /**
   * Takes a look at all peers, made `ms` milliseconds after the last one. In steps, one for each
   * peer, so that the caller may pause; the look counts when the last of them is done.
   */
  *observe(
    peers: Iterable<PeerSight>,
    ms: number,
    report: ReportWriter,
  ): Generator<undefined, void> {
    const seen = new Set<string>();
    const well = new Map<string, string>();
    for (const { peer, state } of peers) {
      yield;
      // No relay leads to a peer of WireGuard only, and nothing done here would help it.
      if (seen.has(peer.id) || peer.id.length > MAX_NAME || peer.isWireGuardOnly) continue;
      seen.add(peer.id);
      // Nothing but a relay leads to this one: what is remembered of it is no trouble.
      if (peer.isRelayOnly) {
        this.#watched.delete(peer.id);
        this.#resigned.delete(peer.id);
        continue;
      }
      const watched = this.#watched.get(peer.id);
      if (state === "derp" || isAddressless(peer)) {
        const isNew = watched === undefined;
        this.#follow(watched ?? this.#begin(peer), { peer, state }, isNew ? 0 : ms, report);
        continue;
      }
      const found = FOUND[state];
      if (found === "direct") this.#resigned.delete(peer.id);
      if (watched !== undefined && !isIdling(watched, state, ms)) this.#end(watched, found, report);
      if (found === "direct" || found === "peer_relay") well.set(peer.id, cutName(peer.name));
    }
    for (const watched of [...this.#watched.values()]) {
      if (!seen.has(watched.id)) this.#end(watched, "gone", report);
    }
    this.#well = well;
  }

  /**
   * Notes that tailscaled is not up, or was not: every path is made anew then, so what pings said
   * does not hold, nor a mere suspicion.
   *
   * @param isLong Whether it was down long enough to void the time counted on relays.
   */
  doubt(isLong: boolean): void {
    for (const peer of this.#watched.values()) {
      peer.verdict = undefined;
      peer.askedAt = 0;
      if (isLong || !peer.isDetected) peer.relayMs = 0;
    }
  }

  /** Takes what a ping said; nothing happens for a peer that is not on the list. */
  pinged(peerId: string, verdict: PingVerdict, report: ReportWriter): void {
    const peer = this.#watched.get(peerId);
    if (peer === undefined) return;
    peer.verdict = verdict;
    if (verdict === "direct") this.#resigned.delete(peerId);
    if (verdict === "direct" || verdict === "peer_relay") {
      this.#end(peer, verdict, report);
      this.#well.set(peer.id, peer.name);
    }
  }

  /** Whether a peer is on a relay for sure, and answers. */
  isOnRelay(peer: Watched): boolean {
    return peer.isDetected && !peer.isPaused && peer.verdict !== "none";
  }

  /** Whether it has been there for too long. */
  isOverdue(peer: Watched): boolean {
    return this.isOnRelay(peer) && peer.relayMs > this.#options.thresholdMs;
  }

  /** Whether the harshest step did not help it: it has not been direct since. */
  isResigned(peer: Watched): boolean {
    return this.#resigned.has(peer.id);
  }

  /** Puts a peer on the list; undefined if that is full. */
  #begin({ id, name, addresses: [address] }: PeerObservation): Watched | undefined {
    if (this.#watched.size >= MAX_EPISODES) return undefined;
    const start = { isDetected: false, relayMs: 0, verdict: undefined, askedAt: 0 };
    const pause = { isPaused: true, idleMs: undefined };
    const watched = { id, name: cutName(name), address, ...start, ...pause };
    this.#watched.set(id, watched);
    return watched;
  }

  /**
   * Goes on with a peer that may be on a relay. Time counts from a look that found it there to the
   * next one, and, once that is settled, from the look that first found no address.
   */
  #follow(
    watched: Watched | undefined,
    { peer, state }: PeerSight,
    ms: number,
    report: ReportWriter,
  ): void {
    if (watched === undefined) return;
    watched.name = cutName(peer.name);
    watched.address = peer.addresses[0];
    watched.idleMs = undefined;
    watched.isNew = false;
    const isSuspected = !watched.isDetected && watched.verdict !== "none";
    if (isSuspected || !watched.isPaused) watched.relayMs += ms;
    watched.isPaused = state !== "derp";
    if (watched.isPaused) return;
    if (!watched.isDetected) this.#detect(watched, report);
    else if (!this.isOverdue(watched)) {
      report.peer(waitingLine(watched.name, watched.relayMs, this.#options.thresholdMs));
    }
  }

  #detect(peer: Watched, report: ReportWriter): void {
    if (peer.isDetected) return;
    peer.isDetected = true;
    peer.isNew = true;
    this.#detections++;
    report.peer(detectedLine(peer.name));
  }

  #end(peer: Watched, found: Found, report: ReportWriter): void {
    this.#watched.delete(peer.id);
    if (!peer.isDetected) return;
    if (found === "direct") {
      this.#recoveries++;
      report.peer(recoveredLine(peer.name));
    } else {
      report.peer(endedLine(peer.name, WORDS[found]));
    }
  }
}
