/**
 * The keepalive at work: pings this host's peers through tailscaled and shows what came of it. When
 * a ping may start is decided in `paths/`. No collector waits for it, and it has no cycle of
 * theirs.
 *
 * @module
 */

import { describeError } from "../../errors.ts";
import { BlockWriter, renderLabels } from "../../exposition/mod.ts";
import { Section } from "../../page/mod.ts";
import type { Logger } from "../../log/log.ts";
import {
  Keepalive,
  KEEPALIVE_METRICS,
  type PeerFilter,
  type PeerObservation,
  type PingAnswer,
  type RoundResult,
  verdictOfPath,
} from "../../paths/mod.ts";
import type { TimeSlice } from "../../time/slice.ts";
import { causeOf, type LocalApi, LocalApiError, type PingType } from "../../tailscale/local/mod.ts";
import { type SharedCauses, TroubleLog } from "../../log/trouble.ts";
import { peerListMs } from "../../time/timing.ts";
import type { MetricDrop } from "../_metric_drop.ts";
import type { Clock } from "../../time/clock.ts";
import { KEEPALIVE_INDEX as M, PingRecord } from "./_ping_record.ts";
import { failedPing, type PingTrouble, refusedPing, reportPings } from "./_ping_trouble.ts";
import { DeviceShape, type SampleWriter } from "../_device_shape.ts";
import type { StatusPoll } from "./_status_poll.ts";

/** Time for which the counters of an absent peer are kept, in milliseconds. */
const ABSENT_MS = 3_600_000;

/** Default number of peers with series; the others are pinged all the same. */
const MAX_PEERS = 5_000;

/** The key of the block about the keepalive as a whole; no peer has this id. */
const WHOLE_KEY = "";

/** What a {@linkcode KeepaliveCollector} needs. */
export interface KeepaliveCollectorOptions extends Pick<Clock, "delay" | "elapsed"> {
  /** The tailscaled of this host. */
  readonly local: Pick<LocalApi, "ping">;
  /** Asks it for its peers, and decides about their paths with what pings tell. */
  readonly poll: StatusPoll;
  /** Who may be pinged. */
  readonly filter: PeerFilter;
  /** The kind of packet. Default: disco, the only one that tells its path. */
  readonly type?: PingType;
  /** From the start of one round to the next, in milliseconds. */
  readonly intervalMs: number;
  /** Maximum number of concurrent pings. Default: 16. */
  readonly maxAtOnce?: number;
  /** Maximum number of pings started per second. Default: 50. */
  readonly maxPerSecond?: number;
  /** Timeout of a ping, in milliseconds. Default: 2 s. */
  readonly timeoutMs?: number;
  /** Number of peers with series. Default: 5,000. */
  readonly maxPeers?: number;
  /** A random number from 0 to below 1. */
  readonly random: () => number;
  /** Whether something more important is under way: no ping starts meanwhile. */
  readonly isBusy?: () => boolean;
  /** Is told of troubles, once each. */
  readonly log: Logger;
  /** Causes of trouble that other parts which ask this tailscaled log as well. Default: none. */
  readonly causes?: SharedCauses | undefined;
  /** What is dropped from the page. Default: nothing. */
  readonly drops?: MetricDrop;
  /** Tells when to give the event loop a turn. */
  readonly slice: TimeSlice;
}

/** A peer that was pinged. */
interface Entry {
  readonly record: PingRecord;
  labelText: string;
  /** When it was last in the list. */
  seenMs: number;
  /** When its last ping was answered. */
  answeredMs: number;
  /** Whether it was in the last list. */
  isThere: boolean;
  /** Whether its block does not tell all that its record does. */
  isDirty: boolean;
  /** Whether its block tells the path of the last answer. */
  showsPath: boolean;
}

/** Keeps paths open and times them. */
export class KeepaliveCollector {
  /** What the rest of the program calls it. */
  readonly name = "keepalive";
  /** The samples: one block for each peer, and one for the keepalive as a whole. */
  readonly section: Section = new Section(KEEPALIVE_METRICS);
  readonly #options: KeepaliveCollectorOptions;
  readonly #keepalive: Keepalive;
  readonly #trouble: TroubleLog;
  readonly #writer: SampleWriter;
  readonly #entries = new Map<string, Entry>();
  #lastProgressMs: number;
  #totals = { failures: 0, rounds: 0, leftOut: 0, postponed: 0 };
  /** Of the round that is under way. */
  #round: { sent: number; trouble: PingTrouble | undefined } = { sent: 0, trouble: undefined };

  /**
   * A keepalive that has not pinged yet.
   *
   * @throws {RangeError} If a time or a bound is not above 0.
   */
  constructor(options: KeepaliveCollectorOptions) {
    this.#options = options;
    this.#lastProgressMs = options.elapsed();
    this.#trouble = new TroubleLog(options.log, options.causes);
    const { drops } = options;
    const shape = new DeviceShape(drops === undefined ? {} : { drops });
    const writer = new BlockWriter(this.section.families, { reusesBlocks: true });
    this.#writer = shape.filter(writer, KEEPALIVE_METRICS);
    options.poll.subscribe(({ at }) => this.#show(at.elapsedMs));
    this.#keepalive = new Keepalive({
      ...options,
      ping: (peer, signal) => this.#ping(peer, signal),
      observer: {
        answered: (peer, path, seconds) => {
          this.#touch();
          this.#round.sent++;
          options.poll.pinged(peer.id, verdictOfPath(path));
          this.#change(peer, (entry) => {
            entry.record.answered(path, seconds);
            entry.answeredMs = options.elapsed();
          });
        },
        lost: (peer) => {
          this.#touch();
          this.#round.sent++;
          options.poll.pinged(peer.id, "none");
          this.#change(peer, ({ record }) => record.lost());
        },
        failed: (_peer, error) => this.#fail(error),
        roundEnded: (round) => this.#endRound(round),
      },
    });
  }

  /** When a ping, a list or a round last ended; long ago means that the keepalive hangs. */
  get lastProgressMs(): number {
    return this.#lastProgressMs;
  }

  /**
   * The round-trip time of a peer's last answer, in whole milliseconds from 10 on, so that it does
   * not change with every ping; undefined if there is none.
   */
  rttMs(id: string): number | undefined {
    const seconds = this.#entries.get(id)?.record.rttSeconds;
    if (seconds === undefined) return undefined;
    return seconds < 0.01 ? Math.round(seconds * 10_000) / 10 : Math.round(seconds * 1000);
  }

  /** Pings round after round until the signal is aborted; all pings have ended then. */
  async run(signal: AbortSignal): Promise<void> {
    await this.#keepalive.run(async () => {
      const peers = await this.#list(signal);
      await this.#retire(peers);
      return peers;
    }, signal);
  }

  /** One round. Its series are on the page when it has ended. */
  async runRound(signal: AbortSignal): Promise<RoundResult> {
    const peers = await this.#list(signal);
    await this.#retire(peers);
    return await this.#keepalive.runRound(peers, signal);
  }

  #touch(): void {
    this.#lastProgressMs = this.#options.elapsed();
  }

  async #ping(peer: PeerObservation, signal: AbortSignal): Promise<PingAnswer | undefined> {
    const { local, type = "disco", timeoutMs = 2_000 } = this.#options;
    const [address] = peer.addresses;
    if (address === undefined) return undefined;
    const result = await local.ping(address, { type, timeoutMs, signal });
    if (result.outcome === "refused") throw new RefusedError(result.reason);
    return result.outcome === "answered" ? result : undefined;
  }

  /** The peers as they were last seen; none while tailscaled is not up. */
  async #list(signal: AbortSignal): Promise<readonly PeerObservation[]> {
    const { poll } = this.#options;
    const { error, peers, status } = await poll.look(signal, peerListMs(poll.intervalMs));
    this.#touch();
    if (status !== undefined) {
      this.#trouble.over("status", "tailscaled answers again: the keepalive knows its peers");
    } else {
      const isKnown = error instanceof LocalApiError;
      const reason = isKnown ? error.message : describeError(error);
      const cause = isKnown ? causeOf(error) : undefined;
      const message = "The keepalive knows no peers: {reason}";
      this.#trouble.report("status", message, { reason }, { cause });
    }
    return peers?.map(({ track }) => track.peer) ?? [];
  }

  /** Takes the series of peers away that have left, and their records after a while. */
  async #retire(peers: readonly PeerObservation[]): Promise<void> {
    const { elapsed, slice } = this.#options;
    const nowMs = elapsed();
    // All who waited for the poll go on now.
    await slice.next();
    const there = new Set(peers.map(({ id }) => id));
    for (const [id, entry] of this.#entries) {
      if (slice.isOver) await slice.next();
      if (there.has(id)) {
        if (!entry.isThere) entry.isDirty = true;
        [entry.isThere, entry.seenMs] = [true, nowMs];
        continue;
      }
      entry.isThere = false;
      this.section.delete(id);
      if (nowMs - entry.seenMs > ABSENT_MS) this.#entries.delete(id);
    }
  }

  #change(peer: PeerObservation, change: (entry: Entry) => void): void {
    const { maxPeers = MAX_PEERS, elapsed } = this.#options;
    let entry = this.#entries.get(peer.id);
    if (entry === undefined) {
      if (this.#entries.size >= maxPeers) return;
      const record = new PingRecord();
      const times = { seenMs: elapsed(), answeredMs: -Infinity };
      entry = { record, labelText: "", ...times, isThere: true, isDirty: true, showsPath: false };
      this.#entries.set(peer.id, entry);
    }
    entry.labelText = renderLabels([["peer_id", peer.id], ["peer_name", peer.name]]);
    entry.isDirty = true;
    change(entry);
  }

  #fail(error: unknown): void {
    this.#touch();
    this.#totals.failures++;
    this.#round.trouble ??= error instanceof RefusedError
      ? refusedPing(error.message)
      : failedPing(error);
  }

  async #endRound({ leftOut, postponed }: RoundResult): Promise<void> {
    this.#touch();
    const { sent, trouble } = this.#round;
    this.#round = { sent: 0, trouble: undefined };
    if (sent > 0) this.#trouble.over("ping", "The keepalive can ping again");
    else if (trouble !== undefined) {
      reportPings(this.#trouble, "The keepalive cannot ping any peer ({failure})", trouble);
    }
    this.#totals.rounds++;
    this.#totals.leftOut += leftOut;
    this.#totals.postponed = postponed;
    await this.#show();
    this.#showWhole();
  }

  /**
   * Shows what has changed. The path of the last answer is left out while the last look at the peer
   * contradicts it, and forgotten if that look is the newer of both.
   *
   * @param lookMs When the look was made that there is to be shown, if any.
   */
  async #show(lookMs = -Infinity): Promise<void> {
    const { poll, slice } = this.#options;
    for (const [id, entry] of this.#entries) {
      if (slice.isOver) await slice.next();
      if (!entry.isThere) continue;
      const { record } = entry;
      const showsPath = record.agrees(poll.track(id)?.state);
      if (!showsPath && entry.answeredMs <= lookMs) record.forgetPath();
      if (!entry.isDirty && entry.showsPath === showsPath) continue;
      [entry.isDirty, entry.showsPath] = [false, showsPath];
      this.section.set(id, record.render(this.#writer, entry.labelText, showsPath));
    }
  }

  #showWhole(): void {
    const { failures, rounds, leftOut, postponed } = this.#totals;
    this.#writer.begin("");
    this.#writer.sample(M.failures, failures);
    this.#writer.sample(M.rounds, rounds);
    this.#writer.sample(M.leftOut, leftOut);
    this.#writer.sample(M.postponed, postponed);
    this.section.set(WHOLE_KEY, this.#writer.finish());
  }
}

/** tailscaled answers, and does not send the ping. */
class RefusedError extends Error {
  override readonly name = "RefusedError";
}
