/**
 * The watchdog: finds peers that are stuck on a relay and says what to do about it. Does no
 * I/O: it takes observations and the answers to pings, and returns lines for the log and actions.
 *
 * @module
 */

import type { TimeSlice } from "../time/slice.ts";
import { AwayTime } from "./_away_time.ts";
import { ActionLog } from "./_action_log.ts";
import { tellOverdue, tellWhyNot } from "./_overdue.ts";
import type { PathMemory } from "./evidence.ts";
import { ReportWriter, type WatchdogReport } from "./_watchdog_report.ts";
import { type PeerRelay, type PeerSight, WatchList } from "./watch_list.ts";
import type { Watched } from "./_watched_peer.ts";
import {
  bringUpAction,
  HEALING_GRADES,
  type HealingGrade,
  type HealingKind,
  type HostAction,
  hostAction,
} from "./healing.ts";
import type { Instant } from "./observation.ts";
import type { PingVerdict } from "./ping_verdict.ts";
import { MAX_GAP_MS, type Passed, WatchedTime } from "./watched_time.ts";
import {
  cutOffLine,
  healLine,
  intervalLine,
  observedCutOffLine,
  restartLine,
} from "./watchdog_line.ts";
import { completeOptions, type WatchdogMode, type WatchdogOptions } from "./watchdog_options.ts";
import type { WatchdogCounters, WatchdogState } from "./watchdog_state.ts";

export type { WatchdogReport } from "./_watchdog_report.ts";
export type { PeerRelay, PeerSight } from "./watch_list.ts";

/** The most pings that one look asks for; those who waited longest come first. */
export const MAX_PINGS = 64;

/** Factor by which the spacing of looks must grow to be logged. */
const NEWS_SHARE = 1.5;

/** What was done to the host, and for whose sake. */
interface HealedPeer {
  readonly kind: HostAction["kind"];
  readonly peer: Watched;
}

/** Watches the peers of one host. */
export class Watchdog {
  readonly #mode: WatchdogMode;
  readonly #intervalMs: number;
  readonly #thresholdMs: number;
  readonly #cooldownMs: number;
  readonly #time: WatchedTime;
  readonly #away: AwayTime;
  readonly #actions: ActionLog;
  readonly #list: WatchList;
  readonly #done: Record<HealingKind, number>;
  readonly #failed: Record<HealingKind, number>;
  #lastRunMs: number | undefined;
  #runs: number;
  #isReconnecting: boolean;
  /** Whether the last look failed. */
  #hasMissed = false;

  /**
   * A watchdog that goes on where another process ended, or starts afresh.
   *
   * @throws {RangeError} If a time is not above 0, or `maxRestarts` no whole number up to 1,000.
   */
  constructor(options: WatchdogOptions) {
    const { mode, intervalMs, thresholdMs, cooldownMs, maxRestarts, state } = completeOptions(
      options,
    );
    this.#mode = mode;
    this.#intervalMs = intervalMs;
    this.#thresholdMs = thresholdMs;
    this.#cooldownMs = cooldownMs;
    this.#time = new WatchedTime(intervalMs, state);
    this.#away = new AwayTime(intervalMs, state.awayMs);
    this.#actions = new ActionLog({ cooldownMs, maxRestarts }, state);
    this.#list = new WatchList({ thresholdMs }, state);
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
    return this.#actions.cooldownMs;
  }

  /** What has been counted, over all processes. */
  get counters(): WatchdogCounters {
    const { detections, recoveries } = this.#list;
    return { detections, recoveries, done: { ...this.#done }, failed: { ...this.#failed } };
  }

  /** Every peer of the last look that has a path: neither idle nor offline nor in doubt. */
  peers(): readonly PeerRelay[] {
    return this.#away.ms === undefined ? this.#list.peers() : [];
  }

  /**
   * What an earlier process knew of peers' paths: evidence for the first look of this one.
   *
   * @param nowMs The time of that look, in milliseconds since 1970.
   */
  memories(nowMs: number): ReadonlyMap<string, PathMemory> {
    const passedMs = nowMs - (this.#lastRunMs ?? nowMs);
    return this.#list.memories(passedMs >= 0 && passedMs <= MAX_GAP_MS ? passedMs : 0);
  }

  /** What to keep for the next process: after each look, each verdict and each finished action. */
  state(): WatchdogState {
    return {
      gapMs: this.#time.gapMs,
      lastRunMs: this.#lastRunMs,
      awayMs: this.#away.ms,
      runs: this.#runs,
      ...this.#actions.state(),
      isReconnecting: this.#isReconnecting,
      counters: this.counters,
      episodes: this.#list.episodes(),
      resigned: this.#list.resigned(),
    };
  }

  /**
   * Looks at all peers. Keep the state before doing what it asks for: a restart ends the process.
   *
   * While tailscaled is not up nothing is known of its peers, so they stay as they are and no time
   * counts for them; only a reconnect that was cut off is ended. When it is up again no ping of
   * before holds, and after a while that is not brief each peer's time on a relay begins anew.
   *
   * @param peers All of them: who is missing has left. Undefined if tailscaled answers but is not
   * up. If it does not answer there is nothing to look at: call {@linkcode Watchdog.miss}.
   * @param at When the list was made.
   */
  look(peers: Iterable<PeerSight> | undefined, at: Instant): WatchdogReport {
    const steps = this.#look(peers, at);
    let step = steps.next();
    while (!step.done) step = steps.next();
    return step.value;
  }

  /** The same as {@linkcode Watchdog.look} in slices, for many peers; one look at a time. */
  async lookInSlices(
    peers: Iterable<PeerSight> | undefined,
    at: Instant,
    slice: TimeSlice,
  ): Promise<WatchdogReport> {
    const steps = this.#look(peers, at);
    for (let step = steps.next();; step = steps.next()) {
      if (step.done) return step.value;
      if (slice.isOver) await slice.next();
    }
  }

  *#look(
    peers: Iterable<PeerSight> | undefined,
    at: Instant,
  ): Generator<undefined, WatchdogReport> {
    const report = new ReportWriter();
    if (this.#mode === "off") return report.finish();
    const passed = this.#pass(at, report);
    this.#lastRunMs = Math.max(0, at.nowMs);
    this.#runs++;
    const hadMissed = this.#hasMissed;
    this.#hasMissed = false;
    const wasCooling = this.#actions.cooldownMs > 0;
    this.#actions.age(passed.sureMs);
    if (this.#isReconnecting) this.#bringUp(report);
    const wasAway = this.#away.ms !== undefined;
    const isLong = this.#away.pass(passed, peers !== undefined);
    if (wasAway || peers === undefined) this.#list.doubt(isLong);
    if (peers === undefined) return report.finish();
    const ms = wasAway || hadMissed ? 0 : passed.ms;
    yield* this.#list.observe(peers, ms, report);
    const look = { list: this.#list, ms, thresholdMs: this.#thresholdMs, report };
    const actions = this.#actions;
    const done = this.#mode === "heal" && passed.isSteady ? this.#heal(report) : undefined;
    if (this.#mode === "heal") {
      const restarted = done?.kind === "restart" ? done.peer : undefined;
      tellWhyNot(look, { actions, isNews: wasCooling || wasAway, restarted });
    } else tellOverdue(look);
    // No peer answers while tailscaled goes down.
    if (done?.kind !== "restart" && done?.kind !== "reconnect") this.#ask(report);
    return report.finish();
  }

  /**
   * Measures time. A process that looks once says how far looks are apart, where that is much more
   * than the settings say and has not been said.
   */
  #pass(at: Instant, report: ReportWriter): Passed {
    const before = Math.max(this.#intervalMs, this.#time.gapMs ?? 0);
    const passed = this.#time.pass(at);
    const gapMs = this.#time.gapMs ?? 0;
    const isDated = passed.mayMs > passed.sureMs;
    if (isDated && gapMs > NEWS_SHARE * before) report.line(intervalLine(gapMs, this.#intervalMs));
    return passed;
  }

  /** Notes that a look failed: time passes for cooldown and limits, and for no peer. */
  miss(at: Instant): void {
    if (this.#mode === "off") return;
    this.#actions.age(this.#time.pass(at).sureMs);
    this.#hasMissed = true;
  }

  /**
   * Takes what a disco ping to a peer said. A direct answer ends its time on a relay. One over a
   * relay settles nothing by itself, since the first answer on any new path takes the relay; no
   * answer means that no healing of this host would help. The next look has both as evidence.
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
    if (isDone && kind === this.#actions.harshest) this.#list.resign();
  }

  /**
   * Notes that both steps of a reconnect have been done; until then each look asks for the second.
   */
  reconnected(): void {
    this.#isReconnecting = false;
  }

  /**
   * Does what is due, if anything, for the peer that is worst off and for whom it may be done;
   * gives what that was, and for whom. A peer that the harshest step did not help calls for
   * nothing: the fault is in the networks between, as with two hard NATs, and the host's other
   * peers would pay for each try.
   */
  #heal(report: ReportWriter): HealedPeer | undefined {
    const stuck = this.#list.longestFirst((peer) =>
      this.#list.isOnRelay(peer) && !this.#list.isResigned(peer)
    );
    for (const peer of stuck) {
      const grade = this.#isSettled(peer) ? this.#gradeFor(peer) : undefined;
      if (grade === undefined || !this.#actions.may(grade.kind)) continue;
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
    const { harshest } = this.#actions;
    return HEALING_GRADES.findLast(({ kind, afterShare }) =>
      peer.relayMs > afterShare * this.#thresholdMs && (kind !== "restart" || harshest === kind)
    );
  }

  #do(peer: Watched, grade: HealingGrade, report: ReportWriter): void {
    const line = grade.kind === "restart"
      ? restartLine(peer.name, peer.relayMs)
      : healLine(peer.name, peer.relayMs, grade.words);
    const limits = { thresholdMs: this.#thresholdMs, cooldownMs: this.#cooldownMs };
    this.#actions.note(grade.kind);
    if (grade.kind === "reconnect") this.#isReconnecting = true;
    report.line(line);
    report.act(hostAction(grade, line.text, limits));
  }

  /**
   * The second half of an interrupted reconnect: the host would stay out of the tailnet.
   */
  #bringUp(report: ReportWriter): void {
    if (this.#mode !== "heal") return report.line(observedCutOffLine());
    const line = cutOffLine();
    report.line(line);
    report.act(bringUpAction(line.text));
  }

  #ask(report: ReportWriter): void {
    // A ping to an idle peer would only make traffic.
    const peers = this.#list.longestFirst(({ idleMs }) => idleMs === undefined)
      .sort((a, b) => a.askedAt - b.askedAt);
    for (const peer of peers.slice(0, MAX_PINGS)) {
      peer.askedAt = this.#runs;
      const reason = `no address for ${Math.floor(peer.relayMs / 1000)}s`;
      const { id: peerId, name: peerName, address } = peer;
      report.act({ kind: "ping", peerId, peerName, address, reason });
    }
  }
}
