/**
 * Pings peers in rounds, so that the holes in their firewalls stay open and paths are known. When a
 * ping may start is decided here; how it is sent is handed in. Nothing waits for the keepalive,
 * and it yields to all other work.
 *
 * @module
 */

import type { Clock } from "../time/clock.ts";
import type { TimeSlice } from "../time/slice.ts";
import { TimeoutError, withTimeout } from "../time/timeout.ts";
import { pingGapMs, pingSpreadMs } from "../time/timing.ts";
import { Pace } from "./_pace.ts";
import type { PeerObservation } from "./observation.ts";
import { pathOfPing, type PingAnswer, type PingPath } from "./ping_verdict.ts";
import { type PeerFilter, type PlannedRound, planRound } from "./ping_round.ts";

/** Observes the pings. */
export interface PingObserver {
  /** An answer came; may be called for a peer that has left meanwhile. */
  answered(peer: PeerObservation, path: PingPath, seconds: number): void;
  /** No answer came in time. */
  lost(peer: PeerObservation): void;
  /** The ping could not be sent: nothing is known about the peer. */
  failed(peer: PeerObservation, error: unknown): void;
  /** A round has ended; the next one waits for what this returns. */
  roundEnded(round: RoundResult): void | Promise<void>;
}

/** How a round went. */
export interface RoundResult {
  /** How many pings were started. */
  readonly started: number;
  /** How many were planned and left out, because the round was over. */
  readonly leftOut: number;
  /** How many peers have to wait for a later round, because there are too many for one. */
  readonly postponed: number;
}

/** What a {@linkcode Keepalive} needs. */
export interface KeepaliveOptions extends Pick<Clock, "delay" | "elapsed"> {
  /** Sends one ping and gives its answer; undefined if there was none. Ends early by the signal. */
  readonly ping: (peer: PeerObservation, signal: AbortSignal) => Promise<PingAnswer | undefined>;
  /** Which peers may be pinged. */
  readonly filter: PeerFilter;
  /** Observes the pings. */
  readonly observer: PingObserver;
  /** A random number from 0 to below 1. */
  readonly random: () => number;
  /** Tells when to give the event loop a turn. */
  readonly slice: TimeSlice;
  /**
   * Whether something more important is under way: no ping starts meanwhile. Default: never.
   */
  readonly isBusy?: () => boolean;
  /** Interval between rounds in milliseconds. Default: 10 s. */
  readonly intervalMs?: number;
  /** Pings to each peer in a round. Default: 3. */
  readonly pingsPerRound?: number;
  /** Timeout of a ping in milliseconds. Default: 2 s. */
  readonly timeoutMs?: number;
  /** Maximum number of concurrent pings. Default: 16. */
  readonly maxAtOnce?: number;
  /** Maximum number of pings started per second. Default: 50. */
  readonly maxPerSecond?: number;
}

/**
 * How long to wait, in milliseconds, before asking again whether there is something better to do.
 */
const BUSY_MS = 50;

/** Keeps paths open, round after round. */
export class Keepalive {
  readonly #options: Required<KeepaliveOptions>;
  readonly #pace: Pace;
  /** The number of the last round of each peer that is there. */
  #lastRounds = new Map<string, number>();
  #round = 0;

  /**
   * A keepalive that has not pinged yet.
   *
   * @throws {RangeError} If a time, a bound or a number of pings is not above 0.
   */
  constructor(options: KeepaliveOptions) {
    const bounds = {
      intervalMs: options.intervalMs ?? 10_000,
      pingsPerRound: options.pingsPerRound ?? 3,
      timeoutMs: options.timeoutMs ?? 2_000,
      maxAtOnce: options.maxAtOnce ?? 16,
      maxPerSecond: options.maxPerSecond ?? 50,
    };
    for (const [name, value] of Object.entries(bounds)) {
      if (value > 0 && Number.isFinite(value)) continue;
      throw new RangeError(`Cannot make a keepalive with ${name} ${value}: wanted more than 0`);
    }
    this.#options = { isBusy: () => false, ...options, ...bounds };
    this.#pace = new Pace(this.#options);
  }

  /**
   * Rounds, one at each interval, until the signal is aborted.
   *
   * @param peers Gives the peers as they were last seen; called at the start of each round.
   * @throws What `peers` throws, or rejects with.
   */
  async run(
    peers: () => Iterable<PeerObservation> | Promise<Iterable<PeerObservation>>,
    signal: AbortSignal,
  ): Promise<void> {
    const { intervalMs, elapsed, delay } = this.#options;
    while (!signal.aborted) {
      const startMs = elapsed();
      try {
        await this.runRound(await peers(), signal);
        await delay(Math.max(0, startMs + intervalMs - elapsed()), signal);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
    }
  }

  /**
   * One round. Pings that could not start before the interval is over are left out; their peers
   * come first in the next round.
   *
   * @throws The signal's reason, if it is aborted; all pings have ended then.
   */
  async runRound(peers: Iterable<PeerObservation>, signal: AbortSignal): Promise<RoundResult> {
    const { observer, elapsed } = this.#options;
    const startMs = elapsed();
    const list = [...peers];
    const { pings, postponed } = await this.#plan(list);
    let started = 0;
    try {
      for (const { peer, atMs } of pings) {
        if (!await this.#mayStart(startMs + atMs, startMs, signal)) break;
        this.#lastRounds.set(peer.id, this.#round);
        this.#pace.start(() => this.#ping(peer, signal));
        started++;
      }
    } finally {
      await this.#pace.idle();
    }
    signal.throwIfAborted();
    const result = { started, leftOut: pings.length - started, postponed };
    await observer.roundEnded(result);
    return result;
  }

  async #plan(peers: readonly PeerObservation[]): Promise<PlannedRound> {
    const { intervalMs, pingsPerRound, maxPerSecond, slice } = this.#options;
    this.#round++;
    const lastRounds = new Map<string, number>();
    for (const { id } of peers) {
      if (slice.isOver) await slice.next();
      const round = this.#lastRounds.get(id);
      if (round !== undefined) lastRounds.set(id, round);
    }
    this.#lastRounds = lastRounds;
    return await planRound(peers, {
      ...this.#options,
      gapMs: pingGapMs(intervalMs, pingsPerRound),
      spreadMs: pingSpreadMs(intervalMs),
      maxPings: Math.max(pingsPerRound, Math.floor(maxPerSecond * intervalMs * 0.75 / 1000)),
      lastRound: (id) => lastRounds.get(id) ?? 0,
    });
  }

  /** Waits until a ping may start; false if the round is over before. */
  async #mayStart(dueMs: number, roundMs: number, signal: AbortSignal): Promise<boolean> {
    const { elapsed, delay, isBusy, intervalMs } = this.#options;
    if (dueMs > elapsed()) await delay(dueMs - elapsed(), signal);
    await this.#pace.turn(signal);
    while (isBusy() && elapsed() - roundMs < intervalMs) await delay(BUSY_MS, signal);
    return elapsed() - roundMs < intervalMs;
  }

  async #ping(peer: PeerObservation, signal: AbortSignal): Promise<void> {
    const { ping, observer, delay, timeoutMs } = this.#options;
    try {
      const answer = await withTimeout(timeoutMs, (ended) => ping(peer, ended), { signal, delay });
      if (answer === undefined) observer.lost(peer);
      else observer.answered(peer, pathOfPing(answer), secondsOf(answer));
    } catch (error) {
      if (signal.aborted) return;
      if (error instanceof TimeoutError) observer.lost(peer);
      else observer.failed(peer, error);
    }
  }
}

function secondsOf({ latencySeconds }: PingAnswer): number {
  if (latencySeconds >= 0 && Number.isFinite(latencySeconds)) return latencySeconds;
  throw new RangeError(`Cannot use a ping's time of ${latencySeconds}: wanted seconds from 0`);
}
