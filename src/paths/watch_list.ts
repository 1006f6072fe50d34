/**
 * The peers that are on a relay, or may be: who they are, for how long, and what pings said about
 * them. Says what changes; decides nothing about healing.
 *
 * @module
 */

import { isDirect } from "./path.ts";
import type { ReportWriter } from "./_report.ts";
import { isAddressless, type PeerObservation } from "./peer.ts";
import type { PingVerdict } from "./ping.ts";
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
  /** A peer on a relay for longer than so many milliseconds is overdue. */
  readonly thresholdMs: number;
  /** Without an answer to a ping, no address for so long is a relay. */
  readonly holdMs: number;
}

/** One peer on the list: an {@linkcode Episode} that goes on. */
export interface Watched {
  /** The peer's stable id. */
  readonly id: string;
  /** What the log calls it. */
  name: string;
  /** The address that is pinged; unknown until the peer is seen. */
  address: string | undefined;
  /** Whether it is settled that the peer is on a relay. */
  isDetected: boolean;
  /** For how many milliseconds it has been there while somebody looked. */
  relayMs: number;
  /** What the last ping said. */
  verdict: PingVerdict | undefined;
  /** The number of the run that last asked for a ping; 0 if none did. */
  askedAt: number;
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
    for (const { id, name, isDetected, relayMs } of this.#watched.values()) {
      if (!isDetected) continue;
      peers.push({ peerId: id, peerName: name, isOnRelay: true, relaySeconds: relayMs / 1000 });
    }
    return peers;
  }

  /** What is remembered of each. */
  episodes(): readonly Episode[] {
    return [...this.#watched.values()].map(({ address: _, ...episode }) => episode);
  }

  /** Those that the harshest step did not help. */
  resigned(): readonly string[] {
    return [...this.#resigned];
  }

  /**
   * Notes that the harshest step is done: whoever is on a relay now is helped by that, or by none.
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

  /** Takes a list of all peers, made so many milliseconds after the last one. */
  observe(peers: Iterable<PeerObservation>, ms: number, report: ReportWriter): void {
    const seen = new Set<string>();
    const well = new Map<string, string>();
    for (const peer of peers) {
      // No relay leads to a peer of WireGuard only, and nothing done here would help it.
      if (seen.has(peer.id) || peer.id.length > MAX_NAME || peer.isWireGuardOnly) continue;
      seen.add(peer.id);
      const watched = this.#watched.get(peer.id);
      if (isAddressless(peer)) {
        if (watched === undefined) this.#begin(peer);
        else this.#follow(watched, peer, ms, report);
        continue;
      }
      const found = pathOf(peer);
      if (found === "direct") this.#resigned.delete(peer.id);
      if (watched !== undefined) this.#end(watched, found, report);
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
   * @param isLong Whether that is so for so long that no time on a relay counts any more.
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
    if (verdict === "derp") this.#detect(peer, report);
    if (verdict === "direct") this.#resigned.delete(peerId);
    if (verdict === "direct" || verdict === "peer_relay") {
      this.#end(peer, verdict, report);
      this.#well.set(peer.id, peer.name);
    }
  }

  /** Whether a peer is on a relay for sure, as far as it answers. */
  isOnRelay(peer: Watched): boolean {
    return peer.isDetected && peer.verdict !== "none";
  }

  /** Whether it has been there for too long. */
  isOverdue(peer: Watched): boolean {
    return this.isOnRelay(peer) && peer.relayMs > this.#options.thresholdMs;
  }

  /** Whether the harshest step did not help it: it has not been direct since. */
  isResigned(peer: Watched): boolean {
    return this.#resigned.has(peer.id);
  }

  #begin({ id, name, addresses: [address] }: PeerObservation): void {
    if (this.#watched.size >= MAX_EPISODES) return;
    const start = { isDetected: false, relayMs: 0, verdict: undefined, askedAt: 0 };
    this.#watched.set(id, { id, name: cutName(name), address, ...start });
  }

  #follow(watched: Watched, peer: PeerObservation, ms: number, report: ReportWriter): void {
    watched.name = cutName(peer.name);
    watched.address = peer.addresses[0];
    // Who does not answer is on no relay: a dead peer stays active and online for a while.
    if (watched.verdict === "none") return;
    watched.relayMs += ms;
    const { holdMs, thresholdMs } = this.#options;
    if (!watched.isDetected) {
      if (watched.relayMs >= holdMs) this.#detect(watched, report);
    } else if (!this.isOverdue(watched)) {
      report.peer(waitingLine(watched.name, watched.relayMs, thresholdMs));
    }
  }

  #detect(peer: Watched, report: ReportWriter): void {
    if (peer.isDetected) return;
    peer.isDetected = true;
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

/** What became of a peer that had no address. */
type Found = "direct" | "peer_relay" | "idle" | "offline" | "expired" | "unknown" | "gone";

/** How the log calls what became of a peer. */
const WORDS: Readonly<Record<Exclude<Found, "direct">, string>> = {
  peer_relay: "peer relay",
  idle: "idle",
  offline: "offline",
  expired: "key expired",
  unknown: "by an address within the tailnet, or by none",
  gone: "gone",
};

function pathOf(peer: PeerObservation): Found {
  if (peer.isExpired === true) return "expired";
  if (peer.isOnline !== true) return "offline";
  if (peer.currentAddress !== undefined) return isDirect(peer) ? "direct" : "unknown";
  return peer.peerRelay === undefined ? "idle" : "peer_relay";
}

/** Cut, so that what is kept stays small. */
function cutName(name: string): string {
  return name.slice(0, MAX_NAME).toWellFormed();
}
