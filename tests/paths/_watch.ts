/**
 * A watchdog with its clock and with processes that end, for the tests of this folder.
 *
 * @module
 */

import type { HealingAction } from "../../src/paths/healing.ts";
import type { Instant, PeerObservation } from "../../src/paths/observation.ts";
import type { PingVerdict } from "../../src/paths/ping_verdict.ts";
import { PathTracker } from "../../src/paths/tracker.ts";
import type { PeerSight } from "../../src/paths/watch_list.ts";
import { MAX_GAP_MS } from "../../src/paths/watched_time.ts";
import { Watchdog, type WatchdogReport } from "../../src/paths/watchdog.ts";
import type { WatchdogOptions } from "../../src/paths/watchdog_options.ts";
import { decodeState, encodeState } from "../../src/paths/watchdog_state.ts";
import { at } from "./_peer.ts";

/** Default interval between looks. */
export const INTERVAL_MS = 60_000;

/** What a look finds; undefined if tailscaled is not up. */
export type Found = readonly PeerObservation[] | undefined;

/** Drives a {@linkcode Watchdog} and keeps what it says. */
export class WatchRig {
  readonly #options: WatchdogOptions;
  watchdog: Watchdog;
  /** The paths that this process has seen; made at its first look. */
  #tracker: PathTracker | undefined;
  /** What has passed in truth. */
  realMs = 0;
  #setBy = 0;
  /** What the clock of this process was when it started: it begins anew with each. */
  #bootMs = 0;
  #isFirst = true;

  constructor(options: Partial<WatchdogOptions> = {}) {
    this.#options = { mode: "heal", ...options };
    this.watchdog = new Watchdog(this.#options);
  }

  /**
   * One look, so long after the last; the first of all at once. Without peers if tailscaled is not
   * up. Gives lines and actions.
   */
  look(peers: Found, passedMs: number = INTERVAL_MS): readonly string[] {
    const { lines, actions } = this.report(peers, passedMs);
    return [...lines.map(({ text }) => text), ...actions.filter(isHostAction).map(shortOf)];
  }

  /** The same, as it comes. */
  report(peers: Found, passedMs: number = INTERVAL_MS): WatchdogReport {
    if (!this.#isFirst) this.realMs += passedMs;
    this.#isFirst = false;
    const report = this.watchdog.look(this.#track(peers), this.#now());
    // Every action succeeds.
    for (const { kind } of report.actions) this.watchdog.acted(kind, true);
    if (report.actions.some(({ kind }) => kind === "reconnect")) this.watchdog.reconnected();
    return report;
  }

  #now(): Instant {
    const { elapsedMs } = at(this.realMs - this.#bootMs);
    return { ...at(this.realMs, this.#setBy), elapsedMs };
  }

  /** The peers with their paths. */
  #track(peers: Found): readonly PeerSight[] | undefined {
    const now = this.#now();
    if (this.#tracker === undefined) {
      this.#tracker = new PathTracker({ maxGapMs: MAX_GAP_MS });
      this.#tracker.recall(this.watchdog.memories(now.nowMs));
    }
    if (peers === undefined) {
      this.#tracker.lose(now);
      return undefined;
    }
    this.#tracker.observe(peers, now);
    return [...this.#tracker.tracks()];
  }

  /** A number of looks that find the same. */
  looks(count: number, peers: Found): readonly string[] {
    return Array.from({ length: count }, () => this.look(peers)).flat();
  }

  /** The answer to a ping. */
  pinged(peerId: string, verdict: PingVerdict): readonly string[] {
    this.#tracker?.pinged(peerId, verdict, this.#now());
    return this.watchdog.pinged(peerId, verdict).lines.map(({ text }) => text);
  }

  /** Sets the date. */
  setDate(byMs: number): void {
    this.#setBy += byMs;
  }

  /** Ends the process and starts another from what was kept. */
  restartProcess(): void {
    const state = decodeState(encodeState(this.watchdog.state()));
    if (state === undefined) throw new Error("The state was lost");
    this.watchdog = new Watchdog({ ...this.#options, state });
    this.#bootMs = this.realMs;
    this.#tracker = undefined;
  }
}

function isHostAction(action: HealingAction): boolean {
  return action.kind !== "ping";
}

/** "→ restart exit 75". */
function shortOf(action: HealingAction): string {
  if (action.kind === "ping") return `→ ping ${action.peerName}`;
  const steps = action.steps.map((step) => {
    if (step.kind === "debug") return step.action;
    return step.kind === "prefs" ? (step.wantRunning ? "up" : "down") : `exit ${step.code}`;
  });
  return `→ ${action.kind} ${steps.join(" ")}`;
}
