/**
 * A node of the tailnet beside this process: a tailscaled that is logged in, named and kept up over
 * its LocalAPI. It keeps its own state, so that a restart of either side is the same node.
 *
 * @module
 */

import { Contact } from "../own_node/contact.ts";
import { controlFailureIn } from "../own_node/control_failure.ts";
import { Presence } from "../own_node/presence.ts";
import {
  isIn,
  isOut,
  type ListedDevice,
  type NodeState,
  type NodeStatus,
  type OwnNode,
  SIDECAR_STATES,
  UNKNOWN_STATUS,
} from "../own_node/node_status.ts";
import { decodeSelf, isUndecided, judgeSelf, type SelfReport } from "../own_node/self_report.ts";
import { describeOutage, describeState } from "../own_node/status_text.ts";
import { StaleRefusal } from "../own_node/stale_refusal.ts";
import { describeError } from "../errors.ts";
import type { LoginApi } from "../tailscale/local/mod.ts";
import { untilStopped } from "../time/background.ts";
import type { Delay } from "../time/delay.ts";
import { Login, type LoginOptions } from "./_login.ts";
import { PrefsKeeper, type PrefsKeeperOptions } from "./_prefs_keeper.ts";

/** What {@linkcode SidecarNode} is told. */
export interface SidecarOptions extends LoginOptions, PrefsKeeperOptions {
  /** The tailscaled. */
  readonly api: LoginApi;
  /** Hears each change of the status. */
  readonly onStatus?: (status: NodeStatus) => void;
  /** Hears of each look at the node, with the reason if it failed by a defect of ours. */
  readonly onLooked?: (failure: string | undefined) => void;
  /** Waits. */
  readonly delay: Delay;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Time between two looks at a node that is in the tailnet, and at one that is not. */
const LOOK_MS = 5_000, STEP_MS = 1_000;

/** A tailscaled that we look after. */
export class SidecarNode implements OwnNode {
  /** How often its tailscaled came back after it did not answer. */
  restarts = 0;
  readonly #options: SidecarOptions;
  readonly #subscribers: (() => void)[] = [];
  readonly #stop = new AbortController();
  readonly #presence = new Presence();
  readonly #contact = new Contact();
  readonly #staleRefusal = new StaleRefusal();
  readonly #login: Login;
  readonly #prefs: PrefsKeeper;
  #status: NodeStatus = UNKNOWN_STATUS;
  #running: Promise<void> | undefined;
  #wasRunning = false;
  /** Since when it has to log in; undefined if it need not. */
  #outSinceMs: number | undefined;

  /** A node that is not looked after; see {@linkcode SidecarNode.start}. */
  constructor(options: SidecarOptions) {
    this.#options = options;
    this.#login = new Login(options);
    this.#prefs = new PrefsKeeper(options);
  }

  /** What is known of it. */
  get status(): NodeStatus {
    return this.#status;
  }

  /** All states that it may be in. */
  get states(): readonly NodeState[] {
    return SIDECAR_STATES;
  }

  /** What it is doing, from a fixed set of sentences. */
  get summary(): string {
    return describeState(this.#status, "sidecar", this.#options);
  }

  /** Why no device can be reached through it; undefined while one may be. */
  get outage(): string | undefined {
    return describeOutage(this.#status, "sidecar", this.#options);
  }

  /** Calls back after each change of the status. */
  subscribe(listener: () => void): void {
    this.#subscribers.push(listener);
  }

  /** Looks for this node on the newest device list: its tailscaled may call one deleted running. */
  listed(devices: readonly ListedDevice[]): void {
    const { addresses, state } = this.#status;
    if (!isIn(state) && state !== "removed") return;
    this.#presence.listed(devices, addresses);
    if (this.#presence.isMissing) this.#set({ ...this.#status, state: "removed" });
  }

  /** Looks after the node until it is closed; a second call does nothing. */
  start(): void {
    this.#running ??= untilStopped(this.#run(), this.#stop.signal);
  }

  /** Stops looking after it; the node stays in the tailnet. */
  async close(): Promise<void> {
    this.#stop.abort(new Error("The sidecar is closed"));
    this.#options.api.close();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    for (;;) {
      try {
        const report = await this.#ask(signal);
        if (report !== undefined) await this.#act(report, signal);
        this.#options.onLooked?.(undefined);
      } catch (error) {
        signal.throwIfAborted();
        this.#options.onLooked?.(describeError(error));
      }
      const isSettled = this.#status.state === "running" && this.#prefs.isSettled;
      await this.#options.delay(isSettled ? LOOK_MS : STEP_MS, signal);
    }
  }

  /** What tailscaled says of itself; only one that does not answer this is unreachable. */
  async #ask(signal: AbortSignal): Promise<SelfReport | undefined> {
    try {
      return decodeSelf(await this.#options.api.self(signal));
    } catch (error) {
      signal.throwIfAborted();
      this.#prefs.forget();
      this.#outSinceMs = undefined;
      this.#staleRefusal.reset();
      this.#set({ ...this.#status, state: "unreachable", error: describeError(error) });
      return undefined;
    }
  }

  async #act(report: SelfReport, signal: AbortSignal): Promise<void> {
    if (this.#status.state === "unreachable" && this.#wasRunning) this.restarts++;
    const { backend } = report;
    if (this.#login.isDue(report, this.#presence.isMissing)) {
      if (await this.#login.begin(signal)) this.#prefs.given();
    } else if (backend === "Running" || backend === "Stopped") {
      await this.#prefs.give(backend === "Stopped", signal);
    } else if (backend === "NoState") await this.#prefs.compareControl(signal);
    this.#login.hear(report);
    this.#judge(report);
  }

  #judge(report: SelfReport): void {
    const { elapsed, now } = this.#options;
    const reported = judgeSelf(report, this.#wasRunning, now());
    const judged = this.#contact.judge(reported, report, elapsed());
    const isStateless = isUndecided(report, false);
    if (judged === "needs_login" || judged === "starting") this.#outSinceMs ??= elapsed();
    else this.#outSinceMs = undefined;
    const isUnderWay = judged === "needs_login" && this.#login.isUnderWay(report);
    const isOpen = isUnderWay || isStateless;
    const shown = this.#status.state;
    const isTaken = isOpen && !this.#login.isRefused;
    const isStale = this.#staleRefusal.judge(shown, report, isTaken, elapsed());
    if (isOut(shown) && isOpen && !isStale) return;
    // Until a list has it again: a login that failed must not look like one that worked.
    const isDeleted = isIn(judged) && this.#presence.isMissing;
    const isRefused = isStateless && this.#login.isRefused;
    const state = isUnderWay
      ? "starting"
      : isDeleted
      ? "removed"
      : isRefused
      ? "needs_login"
      : judged;
    const isInside = isIn(state);
    if (isInside) {
      this.#wasRunning = true;
      this.#login.succeed();
    }
    const { addresses, authUrl, keyExpiresSeconds, name, tags } = report;
    const ageMs = elapsed() - (this.#outSinceMs ?? elapsed());
    const error = state === "starting"
      ? controlFailureIn(report, ageMs, isOpen)
      : this.#login.error;
    this.#set({
      state,
      error: isInside ? undefined : error,
      loginUrl: isInside || isUnderWay ? undefined : authUrl,
      addresses,
      keyExpiresSeconds,
      name,
      tags,
    });
  }

  #set(status: NodeStatus): void {
    if (JSON.stringify(status) === JSON.stringify(this.#status)) return;
    this.#status = status;
    this.#options.onStatus?.(status);
    for (const notify of this.#subscribers) notify();
  }
}
