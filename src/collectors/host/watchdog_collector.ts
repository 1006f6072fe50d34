/**
 * The watchdog at work: looks at this host's peers once an interval, writes its log, keeps its
 * state, and does what the watchdog asks for. When something is due is decided in `paths/`.
 *
 * @module
 */

import { describeError } from "../../errors.ts";
import type { Section } from "../../page/mod.ts";
import type { HostRecord } from "../../facts/host_record.ts";
import type { Logger } from "../../log/log.ts";
import {
  encodeState,
  type HostAction,
  type PathState,
  type PeerRelay,
  type PingAction,
  restoreState,
  verdictOf,
  Watchdog,
  type WatchdogLine,
  type WatchdogMode,
  type WatchdogWord,
} from "../../paths/mod.ts";
import type { TimeSlice } from "../../time/slice.ts";
import type { Store } from "../../store.ts";
import { causeOf, type LocalApi, LocalApiError } from "../../tailscale/local/mod.ts";
import { type SharedCauses, TroubleLog } from "../../log/trouble.ts";
import type { Collector } from "../collection_loop.ts";
import type { Clock } from "../../time/clock.ts";
import { heal } from "./_heal.ts";
import type { MetricDrop } from "../_metric_drop.ts";
import { failedPing, type PingTrouble, refusedPing, reportPings } from "./_ping_trouble.ts";
import type { HostLook, StatusPoll } from "./_status_poll.ts";
import { WatchdogPage } from "./_watch_page.ts";
import { sendPings } from "./_watch_ping.ts";

/** What the state is kept under. The text tells its version. */
export const WATCHDOG_KEY = "tsmetrics.watchdog";

/** What a {@linkcode WatchdogCollector} needs. */
export interface WatchdogCollectorOptions extends Clock {
  /** The tailscaled of this host. */
  readonly local: Pick<LocalApi, "debug" | "editPrefs" | "ping">;
  /** Asks it for its peers, and decides about their paths. */
  readonly poll: StatusPoll;
  /** What it may do. */
  readonly mode: WatchdogMode;
  /** From one look to the next, in milliseconds. */
  readonly intervalMs: number;
  /** Time on a relay after which a peer is stuck, in milliseconds. */
  readonly thresholdMs: number;
  /** The shortest time between two restarts, in milliseconds. */
  readonly cooldownMs: number;
  /** How many restarts there may be within a day; 0 allows every milder step. */
  readonly maxRestarts: number;
  /** Keeps the state. A restart or reconnect that could not be remembered is not done. */
  readonly store: Store;
  /** Is told each line of the watchdog, to the letter, and troubles once each. */
  readonly log: Logger;
  /** Causes of trouble that other parts which ask this tailscaled log as well. Default: none. */
  readonly causes?: SharedCauses | undefined;
  /**
   * Ends the program so that its service manager restarts tailscaled; the state is kept by then.
   */
  readonly onRestart: () => void;
  /** Gets what is done to the host. Default: none. */
  readonly record?: Pick<HostRecord, "acted">;
  /** What is left out of the page. Default: nothing. */
  readonly drops?: MetricDrop;
  /** Tells when to give the event loop a turn. */
  readonly slice: TimeSlice;
}

/** Lines that an operator looks at; the others tell how it goes on. */
const LOUD: ReadonlySet<WatchdogWord> = new Set([
  "DETECTED",
  "HEAL",
  "OBSERVED",
  "RESIGNED",
  "RESTART",
]);

/** The paths of a peer that is on no DERP relay. */
const WELL: ReadonlySet<PathState> = new Set(["direct_v4", "direct_v6", "peer_relay"]);

/** Watches this host's peers, one look a cycle. */
export class WatchdogCollector implements Collector {
  /** The target that its errors are counted under. */
  readonly name = "watchdog";
  /** The samples, those of the counters from the beginning on. */
  readonly section: Section;
  readonly #options: WatchdogCollectorOptions;
  readonly #watchdog: Watchdog;
  readonly #trouble: TroubleLog;
  readonly #page: WatchdogPage;
  /** Whether the last look told of peers' paths. */
  #hasPaths = false;

  /**
   * A watchdog that goes on from what the store holds.
   *
   * @throws {RangeError} If a time is not above 0, or `maxRestarts` no whole number up to 1,000.
   */
  constructor(options: WatchdogCollectorOptions) {
    this.#options = options;
    this.#trouble = new TroubleLog(options.log, options.causes);
    const { state, isLost } = restoreState(options.store.get(WATCHDOG_KEY));
    this.#watchdog = new Watchdog({ ...options, state });
    options.poll.recall(this.#watchdog.memories(options.now()));
    this.#page = new WatchdogPage(options);
    this.section = this.#page.section;
    options.poll.subscribe(() => this.#showPeers());
    if (isLost) {
      options.log.warning(
        "Cannot read what the watchdog remembered: it begins anew, with a cooldown as if it had " +
          "just restarted tailscaled",
      );
    }
    this.#page.showCounters(this.#watchdog);
  }

  /**
   * One look, and what it asks for; nothing happens in mode "off".
   *
   * @throws The signal's reason, if it is aborted; the state is kept and the host is on the
   * tailnet.
   */
  async collect(signal: AbortSignal): Promise<void> {
    const { mode } = this.#options;
    if (mode === "off") return;
    const { at, peers, status } = await this.#ask(signal);
    const { slice } = this.#options;
    // All who waited for the poll go on now.
    await slice.next();
    if (status === undefined) {
      this.#watchdog.miss(at);
      return await this.#show(false);
    }
    // Whatever was cut off, the host is on the tailnet.
    if (status.backendState === "Running") this.#watchdog.reconnected();
    const sights = peers?.map(({ track }) => track);
    const report = await this.#watchdog.lookInSlices(sights, at, slice);
    this.#say(report.lines);
    const isKept = this.#keep();
    try {
      const pings: PingAction[] = [];
      for (const action of report.actions) {
        if (action.kind === "ping") pings.push(action);
        else if (!isKept && isRisky(action)) this.#refuse(action);
        else if (action.kind === "restart") this.#restart();
        else await this.#heal(action, signal);
      }
      signal.throwIfAborted();
      await this.#ping(pings, signal);
    } finally {
      this.#keep();
      await this.#show(true);
    }
  }

  /** What tailscaled says, or that it says nothing. */
  async #ask(signal: AbortSignal): Promise<HostLook> {
    const look = await this.#options.poll.look(signal);
    const { error, status } = look;
    if (status !== undefined) {
      this.#trouble.over("status", "tailscaled answers again: the watchdog looks at its peers");
    } else if (error instanceof LocalApiError) {
      const { failure, message: reason } = error;
      const message = "The watchdog cannot look: {reason}";
      this.#trouble.report("status", message, { reason, failure }, { cause: causeOf(error) });
    } else throw error;
    return look;
  }

  #acted(kind: HostAction["kind"], succeeded: boolean): void {
    this.#watchdog.acted(kind, succeeded);
    this.#options.record?.acted({ kind, succeeded });
  }

  #restart(): void {
    this.#acted("restart", true);
    this.#keep();
    this.#options.onRestart();
  }

  /** Does not do what must not be forgotten: it would be done again, or be left half done. */
  #refuse({ kind, reason }: HostAction): void {
    this.#acted(kind, false);
    if (kind === "reconnect") this.#watchdog.reconnected();
    this.#options.log.error(
      "The {action} is not done, for the watchdog's state cannot be kept: it would forget that",
      { action: kind, why: reason },
    );
  }

  async #heal(action: HostAction, signal: AbortSignal): Promise<void> {
    const { log } = this.#options;
    const { error, isUp } = await heal(action, this.#options, signal);
    this.#acted(action.kind, error === undefined);
    if (action.kind === "reconnect" && isUp) this.#watchdog.reconnected();
    this.#keep();
    const facts = { action: action.kind, why: action.reason };
    if (error === undefined) return log.info("The {action} is done", facts);
    log.warning("The {action} failed: {reason}", { ...facts, reason: describeError(error) });
  }

  async #ping(pings: readonly PingAction[], signal: AbortSignal): Promise<void> {
    const { local, delay, intervalMs, log, poll } = this.#options;
    let sent = 0;
    let trouble: PingTrouble | undefined;
    const fail = (found: PingTrouble) => {
      this.#watchdog.acted("ping", false);
      trouble ??= found;
    };
    await sendPings(pings, {
      local,
      delay,
      intervalMs,
      onResult: ({ peerId, peerName }, result) => {
        if (result.outcome === "refused") return fail(refusedPing(result.reason));
        sent++;
        this.#watchdog.acted("ping", true);
        const verdict = verdictOf(result.outcome === "answered" ? result : undefined);
        log.debug("A ping to {peer} says {verdict}", { peer: peerName, verdict });
        poll.pinged(peerId, verdict);
        if (verdict !== undefined) this.#say(this.#watchdog.pinged(peerId, verdict).lines);
      },
      onFailure: (_ping, error) => {
        fail(failedPing(error));
      },
    }, signal);
    if (sent > 0) this.#trouble.over("ping", "The watchdog can ping again");
    else if (trouble !== undefined) {
      reportPings(
        this.#trouble,
        "The watchdog cannot ping ({failure}) and goes by the status alone",
        trouble,
      );
    }
  }

  #say(lines: readonly WatchdogLine[]): void {
    const { log } = this.#options;
    for (const { word, text } of lines) {
      if (LOUD.has(word)) log.warning("{text}", { text });
      else log.info("{text}", { text });
    }
  }

  /** Whether the state outlives the process. */
  #keep(): boolean {
    return this.#options.store.set(WATCHDOG_KEY, encodeState(this.#watchdog.state()));
  }

  async #show(hasPaths: boolean): Promise<void> {
    this.#hasPaths = hasPaths;
    await this.#showPeers();
    // Last, so that the peers are shown by the time that the time of the look is.
    this.#page.showCounters(this.#watchdog);
  }

  /** Shows the peers of the last look whose path is still the one that it found. */
  async #showPeers(): Promise<void> {
    if (!this.#hasPaths || !this.#options.poll.hasPeers) return this.#page.hidePeers();
    await this.#page.showPeers(this.#watchdog.peers(), (peer) => this.#isCurrent(peer));
  }

  #isCurrent({ peerId, isOnRelay }: PeerRelay): boolean {
    const state = this.#options.poll.track(peerId)?.state;
    return isOnRelay ? state === "derp" : state !== undefined && WELL.has(state);
  }
}

/** Whether it would do harm if a new process did not know of it. */
function isRisky({ kind, steps }: HostAction): boolean {
  return kind === "restart" || steps.some((step) => step.kind === "prefs" && !step.wantRunning);
}
