/**
 * The watchdog: finds peers that are stuck on a relay and says what to do about it. It does nothing
 * itself and asks nobody: observations and the answers to pings are told to it, and it gives lines
 * for the log and actions back.
 *
 * @module
 */

import { DeedLog } from "./_deed_log.ts";
import { ReportWriter, type WatchdogReport } from "./_report.ts";
import { type PeerRelay, type Watched, WatchList } from "./watch_list.ts";
import {
  bringUpAction,
  HEALING_GRADES,
  type HealingGrade,
  type HealingKind,
  type HostAction,
  hostAction,
} from "./healing.ts";
import { GRACE_MS } from "./path.ts";
import type { Instant, PeerObservation } from "./peer.ts";
import type { PingVerdict } from "./ping.ts";
import { WatchedTime } from "./watched_time.ts";
import {
  cooldownLine,
  cutOffLine,
  healLine,
  limitLine,
  observedCutOffLine,
  observedLine,
  resignedLine,
  restartLine,
  waitingLine,
} from "./watchdog_line.ts";
import {
  freshState,
  MAX_AGES,
  type WatchdogCounters,
  type WatchdogState,
} from "./watchdog_state.ts";

export type { WatchdogReport } from "./_report.ts";
export type { PeerRelay } from "./watch_list.ts";

/** The most pings that one look asks for; those who waited longest come first. */
export const MAX_PINGS = 64;

/** What the watchdog is allowed to do. */
export type WatchdogMode =
  /** Nothing, not even look. */
  | "off"
  /** Look, ping and tell; it changes nothing about tailscaled. */
  | "observe"
  /** Also ask for healing. */
  | "heal";

/** What a {@linkcode Watchdog} goes by. */
export interface WatchdogOptions {
  /** What it may do. */
  readonly mode: WatchdogMode;
  /** Milliseconds from one look to the next; a minute unless told. */
  readonly intervalMs?: number;
  /** A peer on a relay for longer than so many milliseconds is stuck; ten minutes unless told. */
  readonly thresholdMs?: number;
  /** The shortest time between two restarts in milliseconds; ten minutes unless told. */
  readonly cooldownMs?: number;
  /** How many restarts there may be within a day; 3 unless told. 0 allows every milder step. */
  readonly maxRestarts?: number;
  /** Without an answer to a ping, no address for so long is a relay; `GRACE_MS` unless told. */
  readonly holdMs?: number;
  /** What an earlier process remembered. */
  readonly state?: WatchdogState;
}

/** What was done to the host, and for whose sake. */
interface Deed {
  readonly kind: HostAction["kind"];
  readonly peer: Watched;
}

/** Watches the peers of one host. */
export class Watchdog {
  readonly #mode: WatchdogMode;
  readonly #thresholdMs: number;
  readonly #cooldownMs: number;
  readonly #time: WatchedTime;
  readonly #deeds: DeedLog;
  readonly #list: WatchList;
  readonly #done: Record<HealingKind, number>;
  readonly #failed: Record<HealingKind, number>;
  #lastRunMs: number | undefined;
  #runs: number;
  #isReconnecting: boolean;

  /**
   * A watchdog that goes on where another process ended, or starts afresh.
   *
   * @throws {RangeError} If a time is not above 0, or `maxRestarts` no whole number up to 1,000.
   */
  constructor(options: WatchdogOptions) {
    const { mode, intervalMs = 60_000, thresholdMs = 600_000, cooldownMs = 600_000 } = options;
    const { maxRestarts = 3, holdMs = GRACE_MS, state = freshState() } = options;
    for (const [name, ms] of Object.entries({ intervalMs, thresholdMs, cooldownMs, holdMs })) {
      if (ms > 0 && Number.isFinite(ms)) continue;
      throw new RangeError(`Cannot make a watchdog with ${name} ${ms}: wanted a time above 0`);
    }
    if (!(Number.isInteger(maxRestarts) && maxRestarts >= 0 && maxRestarts <= MAX_AGES)) {
      throw new RangeError(
        `Cannot make a watchdog with maxRestarts ${maxRestarts}: wanted 0 to ${MAX_AGES}`,
      );
    }
    this.#mode = mode;
    this.#thresholdMs = thresholdMs;
    this.#cooldownMs = cooldownMs;
    this.#time = new WatchedTime(intervalMs, state.lastRunMs);
    this.#deeds = new DeedLog({ cooldownMs, maxRestarts }, state);
    this.#list = new WatchList({ thresholdMs, holdMs }, state);
    this.#done = { ...state.counters.done };
    this.#failed = { ...state.counters.failed };
    this.#lastRunMs = state.lastRunMs;
    this.#runs = state.runs;
    this.#isReconnecting = state.isReconnecting;
  }

  /** When it last looked, in Unix seconds; undefined if never. */
  get lastRunSeconds(): number | undefined {
    return this.#lastRunMs === undefined ? undefined : this.#lastRunMs / 1000;
  }

  /** Milliseconds until tailscaled may be restarted again; 0 if it may be now. */
  get cooldownMs(): number {
    return this.#deeds.cooldownMs;
  }

  /** What has been counted, over all processes. */
  get counters(): WatchdogCounters {
    const { detections, recoveries } = this.#list;
    return { detections, recoveries, done: { ...this.#done }, failed: { ...this.#failed } };
  }

  /** Every peer of the last look that has a path: neither idle nor offline nor in doubt. */
  peers(): readonly PeerRelay[] {
    return this.#list.peers();
  }

  /** What to keep for the next process: after each look, each verdict and each finished action. */
  state(): WatchdogState {
    return {
      lastRunMs: this.#lastRunMs,
      runs: this.#runs,
      ...this.#deeds.state(),
      isReconnecting: this.#isReconnecting,
      counters: this.counters,
      episodes: this.#list.episodes(),
      resigned: this.#list.resigned(),
    };
  }

  /**
   * Looks at all peers. Keep the state before doing what it asks for: a restart ends the process.
   *
   * @param peers All of them: who is missing has left. None if tailscaled answers but is not up. If
   * it does not answer there is nothing to look at, so do not call.
   * @param at When the list was made.
   */
  look(peers: Iterable<PeerObservation>, at: Instant): WatchdogReport {
    const report = new ReportWriter();
    if (this.#mode === "off") return report.finish();
    const { ms, isSteady } = this.#time.pass(at);
    this.#lastRunMs = Math.max(0, at.nowMs);
    this.#runs++;
    const wasCooling = this.#deeds.cooldownMs > 0;
    this.#deeds.age(ms);
    if (this.#isReconnecting) this.#bringUp(report);
    this.#list.observe(peers, ms, report);
    const done = this.#mode === "heal" ? this.#heal(isSteady, report) : undefined;
    if (this.#mode === "heal") this.#tellWhyNot(ms, wasCooling, done, report);
    if (this.#mode === "observe") this.#tellOverdue(ms, report);
    // Nobody answers while tailscaled goes down.
    if (done?.kind !== "restart" && done?.kind !== "reconnect") this.#ask(report);
    return report.finish();
  }

  /**
   * Takes what a disco ping to a peer said. Over a relay settles that it is on one; straight, that
   * it is not; no answer, that it is out of reach, which no healing of this host would change.
   */
  pinged(peerId: string, verdict: PingVerdict): WatchdogReport {
    const report = new ReportWriter();
    if (this.#mode !== "off") this.#list.pinged(peerId, verdict, report);
    return report.finish();
  }

  /**
   * Counts what was asked for and then done, or could not be. Tell of a restart before it is done,
   * and keep the state then.
   */
  acted(kind: HealingKind, isDone: boolean): void {
    (isDone ? this.#done : this.#failed)[kind]++;
    if (isDone && kind === this.#deeds.harshest) this.#list.resign();
  }

  /** Notes that both steps of a reconnect have been done; until then each look asks for the second. */
  reconnected(): void {
    this.#isReconnecting = false;
  }

  /**
   * Does what is due, if anything, for the peer that is worst off and for whom it may be done; gives
   * what that was, and for whom. A peer that the harshest step did not help calls for nothing: the
   * fault is in the networks between, as with two hard NATs, and the host's other peers would pay
   * for each try.
   */
  #heal(isSteady: boolean, report: ReportWriter): Deed | undefined {
    const stuck = this.#list.longestFirst((peer) =>
      this.#list.isOnRelay(peer) && !this.#list.isResigned(peer)
    );
    if (!isSteady) return undefined;
    for (const peer of stuck) {
      const grade = this.#isSettled(peer) ? this.#gradeFor(peer) : undefined;
      if (grade === undefined || !this.#deeds.may(grade.kind)) continue;
      this.#do(peer, grade, report);
      return { kind: grade.kind, peer };
    }
    return undefined;
  }

  /** Whether a ping had its chance to say that the peer is not on a relay. */
  #isSettled(peer: Watched): boolean {
    return peer.verdict === "derp" || (peer.askedAt > 0 && peer.askedAt < this.#runs);
  }

  /** The harshest grade that a peer's time on the relay calls for, of those that there may be. */
  #gradeFor(peer: Watched): HealingGrade | undefined {
    const { harshest } = this.#deeds;
    return HEALING_GRADES.findLast(({ kind, afterShare }) =>
      peer.relayMs > afterShare * this.#thresholdMs && (kind !== "restart" || harshest === kind)
    );
  }

  #do(peer: Watched, grade: HealingGrade, report: ReportWriter): void {
    const line = grade.kind === "restart"
      ? restartLine(peer.name, peer.relayMs)
      : healLine(peer.name, peer.relayMs, grade.words);
    const limits = { thresholdMs: this.#thresholdMs, cooldownMs: this.#cooldownMs };
    this.#deeds.note(grade.kind);
    if (grade.kind === "reconnect") this.#isReconnecting = true;
    report.deed(line);
    report.act(hostAction(grade, line.text, limits));
  }

  /** Says of each overdue peer why it is not restarted for now. */
  #tellWhyNot(ms: number, wasCooling: boolean, done: Deed | undefined, report: ReportWriter): void {
    const { cooldownMs, harshest, isSpent, restarts } = this.#deeds;
    for (const peer of this.#list.longestFirst((each) => this.#list.isOverdue(each))) {
      const { name, relayMs } = peer;
      if (done?.kind === "restart" && done.peer === peer) continue;
      if (cooldownMs > 0) report.peer(cooldownLine(name, cooldownMs));
      else if (this.#list.isResigned(peer) && harshest === "restart") {
        const isNew = wasCooling || relayMs - ms <= this.#thresholdMs;
        if (isNew) report.peer(resignedLine(name, relayMs));
      } else if (isSpent) report.peer(limitLine(name, restarts));
      else report.peer(waitingLine(name, relayMs, this.#thresholdMs));
    }
  }

  #tellOverdue(ms: number, report: ReportWriter): void {
    for (const peer of this.#list.longestFirst((each) => this.#list.isOverdue(each))) {
      const isNew = peer.relayMs - ms <= this.#thresholdMs;
      report.peer(
        isNew
          ? observedLine(peer.name, peer.relayMs)
          : waitingLine(peer.name, peer.relayMs, this.#thresholdMs),
      );
    }
  }

  /** The second half of a reconnect that nobody finished: the host would stay out of the tailnet. */
  #bringUp(report: ReportWriter): void {
    if (this.#mode !== "heal") return report.deed(observedCutOffLine());
    const line = cutOffLine();
    report.deed(line);
    report.act(bringUpAction(line.text));
  }

  #ask(report: ReportWriter): void {
    const peers = this.#list.longestFirst().sort((a, b) => a.askedAt - b.askedAt);
    for (const peer of peers.slice(0, MAX_PINGS)) {
      peer.askedAt = this.#runs;
      const reason = `no address for ${Math.floor(peer.relayMs / 1000)}s`;
      const { id: peerId, name: peerName, address } = peer;
      report.act({ kind: "ping", peerId, peerName, address, reason });
    }
  }
}
