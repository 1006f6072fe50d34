/**
 * The one poll of tailscaled's status, for every part of the program that looks at this host's
 * peers, and the one place where their paths are decided. So no two parts can tell of different
 * paths, and a tailscaled with 10,000 peers is asked once.
 *
 * @module
 */

import {
  type Instant,
  type PathMemory,
  PathTracker,
  type PeerObservation,
  type PeerTrack,
  type PingVerdict,
} from "../../paths/mod.ts";
import type { TimeSlice } from "../../time/slice.ts";
import type { LocalApi, LocalPeer, LocalStatus } from "../../tailscale/local/mod.ts";
import type { Clock } from "../../time/clock.ts";
import { pathGapMs, sharedLookMs } from "../../time/timing.ts";
import { observePeer } from "./_peer_observation.ts";

/** Default number of peers that are followed. */
const DEFAULT_MAX_PEERS = 20_000;

/**
 * Time in milliseconds for which a list without any peer is not believed where there were some: a
 * tailscaled that has just started says that it is up a moment before it has its first list.
 */
const EMPTY_MS = 10_000;

/** A peer of a look. */
export interface SeenPeer {
  /** The peer as tailscaled describes it: the same object while nothing changed. */
  readonly local: LocalPeer;
  /** Its path over time. */
  readonly track: PeerTrack;
}

/** What one poll found. */
export interface HostLook {
  /** What tailscaled said; undefined if it did not answer. */
  readonly status: LocalStatus | undefined;
  /** Why it did not answer. */
  readonly error: unknown;
  /** Its peers; undefined unless it is up and its list of peers can be believed. */
  readonly peers: readonly SeenPeer[] | undefined;
  /** Number of peers beyond the limit. */
  readonly leftOutCount: number;
  /** When the answer came. */
  readonly at: Instant;
}

/** What a {@linkcode StatusPoll} needs. */
export interface StatusPollOptions extends Pick<Clock, "elapsed" | "now"> {
  /** The tailscaled that is asked. */
  readonly local: Pick<LocalApi, "status">;
  /** The shortest interval of the parts that look, in milliseconds. */
  readonly intervalMs: number;
  /** Tells when to give the event loop a turn. */
  readonly slice: TimeSlice;
  /** Number of peers that are followed. Default: 20,000. */
  readonly maxPeers?: number | undefined;
}

/** A peer that was observed, kept while it stays the same. */
interface Observed {
  readonly local: LocalPeer;
  readonly peer: PeerObservation;
}

/** Asks tailscaled, and decides about each peer's path. */
export class StatusPoll {
  readonly #options: StatusPollOptions;
  readonly #tracker: PathTracker;
  readonly #listeners: ((look: HostLook) => void | Promise<void>)[] = [];
  #observations = new Map<string, Observed>();
  #pending: Promise<HostLook> | undefined;
  #last: HostLook | undefined;
  #hadPeers = false;
  /** Whether the last look that found tailscaled up found it connected to control. */
  #hasControl = true;
  #emptySinceMs: number | undefined;

  /** A poll that has not asked yet. */
  constructor(options: StatusPollOptions) {
    this.#options = options;
    this.#tracker = new PathTracker({ maxGapMs: pathGapMs(options.intervalMs) });
  }

  /** The shortest interval of the parts that look, in milliseconds. */
  get intervalMs(): number {
    return this.#options.intervalMs;
  }

  /** Number of peers that are followed at most. */
  get maxPeers(): number {
    return this.#options.maxPeers ?? DEFAULT_MAX_PEERS;
  }

  /** Calls back with each look, which its callers get when all listeners are done. */
  subscribe(listener: (look: HostLook) => void | Promise<void>): void {
    this.#listeners.push(listener);
  }

  /**
   * The look of the moment: one that is under way, or the last one unless it is too old, or else a
   * new one.
   *
   * @param maxAgeMs Age at which a look is too old. Default: half of the interval.
   * @throws The signal's reason, if it is aborted. A failure of tailscaled is part of the look.
   */
  async look(
    signal: AbortSignal,
    maxAgeMs: number = sharedLookMs(this.#options.intervalMs),
  ): Promise<HostLook> {
    signal.throwIfAborted();
    if (this.#pending !== undefined) return await this.#pending;
    const ageMs = this.#options.elapsed() - (this.#last?.at.elapsedMs ?? -Infinity);
    // A failure is not kept for those who look seldom.
    const keepMs = this.#last?.status === undefined
      ? Math.min(maxAgeMs, sharedLookMs(this.#options.intervalMs))
      : maxAgeMs;
    if (this.#last !== undefined && ageMs >= 0 && ageMs < keepMs) return this.#last;
    this.#pending = this.#poll(signal).finally(() => this.#pending = undefined);
    return await this.#pending;
  }

  /**
   * A look that begins now, after the one that is under way: that one may not have seen a change
   * that just happened.
   *
   * @throws The signal's reason, if it is aborted.
   */
  async lookAgain(signal: AbortSignal): Promise<HostLook> {
    await this.#pending?.catch(() => {});
    return await this.look(signal, 0);
  }

  /** Whether the last look found peers, of which there may be none. */
  get hasPeers(): boolean {
    return this.#last?.peers !== undefined;
  }

  /** The path of a peer now; undefined if the last look did not find the peer. */
  track(id: string): PeerTrack | undefined {
    return this.hasPeers ? this.#tracker.get(id) : undefined;
  }

  /** Takes what came of a ping, as evidence; undefined where an answer does not tell its path. */
  pinged(id: string, verdict: PingVerdict | undefined): void {
    this.#tracker.pinged(id, verdict, this.#now());
  }

  /** Takes what an earlier process knew of peers' paths, before the first look. */
  recall(memories: ReadonlyMap<string, PathMemory>): void {
    this.#tracker.recall(memories);
  }

  async #poll(signal: AbortSignal): Promise<HostLook> {
    let status: LocalStatus | undefined;
    let error: unknown;
    try {
      status = await this.#options.local.status({ signal });
    } catch (thrown) {
      if (signal.aborted) throw signal.reason;
      error = thrown ?? new Error("unknown error");
    }
    const at = this.#now();
    const isListed = status?.backendState === "Running" && !this.#isDoubtful(status, at);
    const peers = status !== undefined && isListed ? await this.#observe(status, at) : undefined;
    if (peers === undefined) this.#tracker.lose(at);
    if (status?.backendState !== "Running") this.#emptySinceMs = undefined;
    const leftOutCount = peers === undefined ? 0 : (status?.peers.length ?? 0) - peers.length;
    const look = { status, error, peers, leftOutCount, at };
    this.#last = look;
    for (const listener of this.#listeners) await listener(look);
    return look;
  }

  /** Where there are too many, those that are followed already stay. */
  #choose(peers: readonly LocalPeer[]): readonly LocalPeer[] {
    if (peers.length <= this.maxPeers) return peers;
    const isKnown = ({ id }: LocalPeer) => this.#observations.has(id);
    return [...peers.filter(isKnown), ...peers.filter((peer) => !isKnown(peer))]
      .slice(0, this.maxPeers);
  }

  async #observe({ peers, self }: LocalStatus, at: Instant): Promise<readonly SeenPeer[]> {
    const { slice } = this.#options;
    const hasControl = self?.isOnline !== false;
    const known = this.#hasControl === hasControl
      ? this.#observations
      : new Map<string, Observed>();
    this.#hasControl = hasControl;
    const look = this.#tracker.begin(at);
    const seen: SeenPeer[] = [];
    const observations = new Map<string, Observed>();
    for (const local of this.#choose(peers)) {
      if (slice.isOver) await slice.next();
      const before = known.get(local.id);
      const kept = before?.local === local ? before : { local, peer: observe(local, hasControl) };
      observations.set(local.id, kept);
      seen.push({ local, track: look.see(kept.peer) });
    }
    look.end();
    this.#observations = observations;
    this.#hadPeers = peers.length > 0;
    return seen;
  }

  #isDoubtful({ peers }: LocalStatus, { elapsedMs }: Instant): boolean {
    if (peers.length > 0 || !this.#hadPeers) {
      this.#emptySinceMs = undefined;
      return false;
    }
    this.#emptySinceMs ??= elapsedMs;
    if (elapsedMs - this.#emptySinceMs < EMPTY_MS) return true;
    this.#emptySinceMs = undefined;
    return false;
  }

  #now(): Instant {
    const { elapsed, now } = this.#options;
    return { elapsedMs: elapsed(), nowMs: now() };
  }
}

/**
 * A peer as the logic of paths takes it. A host that is not connected to control repeats what it
 * last heard: that a peer is offline is not known any more then, while a path may still work.
 */
function observe(local: LocalPeer, hasControl: boolean): PeerObservation {
  const peer = observePeer(local);
  return hasControl || peer.isOnline === true ? peer : { ...peer, isOnline: undefined };
}
