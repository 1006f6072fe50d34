/**
 * A node of the tailnet beside this process: a tailscaled that is logged in, named and kept up over
 * its LocalAPI. It keeps its own state, so that a restart of either side is the same node.
 *
 * @module
 */

import { Contact } from "../own_node/contact.ts";
import { hindranceIn } from "../own_node/hindrance.ts";
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
import {
  decodeSelf,
  isDecided,
  isUndecided,
  isUnreached,
  judgeSelf,
  loginErrorOf,
  type SelfReport,
} from "../own_node/self_report.ts";
import { describeOutage, describeState } from "../own_node/sentence.ts";
import { describeError } from "../errors.ts";
import type { LoginApi, LoginPrefs } from "../tailscale/local/mod.ts";
import { untilStopped } from "../time/background.ts";
import type { Delay } from "../time/delay.ts";

/** What {@linkcode SidecarNode} is told. */
export interface SidecarOptions {
  /** The tailscaled. */
  readonly api: LoginApi;
  /** Host name in the tailnet. */
  readonly hostname: string;
  /** The control plane; "" for Tailscale's. */
  readonly controlUrl: string;
  /** Gives an auth key for a login; undefined if there is none. */
  readonly authKey: () => Promise<string | undefined>;
  /** Whether {@linkcode SidecarOptions.authKey} can log in. */
  readonly hasAuthKey: boolean;
  /** Hears each change of the status. */
  readonly onStatus?: (status: NodeStatus) => void;
  /** Hears that the node is logged in at another control plane. */
  readonly onOtherControl?: (actual: string) => void;
  /** Hears why tailscaled did not take our settings, once for each reason. */
  readonly onRefused?: (reason: string) => void;
  /** Hears of each look at the node, with the reason if it failed by a defect of ours. */
  readonly onLooked?: (failure: string | undefined) => void;
  /** Waits. */
  readonly delay: Delay;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Monotonic clock in milliseconds. */
  readonly elapsed: () => number;
}

/** Time between two looks at a node that is in the tailnet, and at one that is not. */
const LOOK_MS = 5_000, STEP_MS = 1_000;
/** Time between two attempts to log in, and between two to change settings that were refused. */
const LOGIN_MS = 5 * 60_000;
/** Time for a login with a key, after which a URL to log in at means that the key is refused. */
const LOGIN_PATIENCE_MS = 20_000;
/** Time that a tailscaled may have no state: it reads its own after a start. */
const NO_STATE_MS = 5_000;

/** A tailscaled that we look after. */
export class SidecarNode implements OwnNode {
  /** How often its tailscaled came back after it did not answer. */
  restarts = 0;
  readonly #options: SidecarOptions;
  readonly #subscribers: (() => void)[] = [];
  readonly #stop = new AbortController();
  readonly #presence = new Presence();
  readonly #contact = new Contact();
  #status: NodeStatus = UNKNOWN_STATUS;
  #running: Promise<void> | undefined;
  #wasRunning = false;
  /** Whether the settings of this tailscaled were compared with ours since it answers. */
  #isConfigured = false;
  #loggedInAtMs: number | undefined;
  /** Why the last login could not even begin, until the next one. */
  #loginRefusal: string | undefined;
  /** Why the control plane refused the last login, or what kept it from being asked. */
  #loginError: string | undefined;
  /** When and why our settings were refused; undefined if they were not. */
  #refused: { readonly atMs: number; readonly reason: string } | undefined;
  #statelessSinceMs: number | undefined;
  /** Whether the control plane of this tailscaled was compared with ours since it answers. */
  #isControlTold = false;
  /** Since when it has to log in; undefined if it need not. */
  #outSinceMs: number | undefined;

  /** A node that is not looked after; see {@linkcode SidecarNode.start}. */
  constructor(options: SidecarOptions) {
    this.#options = options;
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
    return describeState(this.#status, "sidecar");
  }

  /** Why no device can be reached through it; undefined while one may be. */
  get outage(): string | undefined {
    return describeOutage(this.#status, "sidecar");
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
      const isSettled = this.#status.state === "running" &&
        (this.#isConfigured || this.#refused !== undefined);
      await this.#options.delay(isSettled ? LOOK_MS : STEP_MS, signal);
    }
  }

  /** What tailscaled says of itself; only one that does not answer this is unreachable. */
  async #ask(signal: AbortSignal): Promise<SelfReport | undefined> {
    try {
      return decodeSelf(await this.#options.api.self(signal));
    } catch (error) {
      signal.throwIfAborted();
      this.#isConfigured = false;
      this.#refused = undefined;
      this.#outSinceMs = undefined;
      this.#isControlTold = false;
      this.#set({ ...this.#status, state: "unreachable", error: describeError(error) });
      return undefined;
    }
  }

  async #act(report: SelfReport, signal: AbortSignal): Promise<void> {
    if (this.#status.state === "unreachable" && this.#wasRunning) this.restarts++;
    if (this.#wantsLogin(report)) await this.#logIn(signal);
    else if (report.backend === "Running" || report.backend === "Stopped") {
      await this.#configure(report, signal);
    } else if (report.backend === "NoState") await this.#compareControl(signal);
    this.#loginError = this.#loginRefusal ?? loginErrorOf(report);
    this.#judge(report);
  }

  /**
   * Whether the node is logged out or deleted, and a new attempt is due. A login gives up the
   * node's key, so one that has a key and no state waits for its control plane, however long,
   * unless that has decided against the key.
   */
  #wantsLogin(report: SelfReport): boolean {
    const { authUrl, backend, hasNodeKey } = report;
    const { elapsed, hasAuthKey } = this.#options;
    const nowMs = elapsed();
    const error = loginErrorOf(report);
    const isRefused = error !== undefined && isDecided(error);
    const isStateless = backend === "NoState" && (!hasNodeKey || isRefused);
    this.#statelessSinceMs = isStateless ? this.#statelessSinceMs ?? nowMs : undefined;
    const isDeleted = backend === "Running" && hasAuthKey && this.#presence.isMissing;
    const isOut = backend === "NeedsLogin" || isDeleted ||
      (this.#statelessSinceMs !== undefined && nowMs - this.#statelessSinceMs >= NO_STATE_MS);
    if (!isOut || (!hasAuthKey && authUrl !== undefined)) return false;
    return this.#loggedInAtMs === undefined || nowMs - this.#loggedInAtMs >= LOGIN_MS;
  }

  async #logIn(signal: AbortSignal): Promise<void> {
    const { api, authKey, controlUrl, elapsed, hostname } = this.#options;
    this.#loggedInAtMs = elapsed();
    this.#loginRefusal = undefined;
    try {
      await api.login({ authKey: await authKey(), controlUrl, hostname }, signal);
      this.#isConfigured = true;
    } catch (error) {
      signal.throwIfAborted();
      this.#loginRefusal = describeError(error);
    }
  }

  /** Gives the node our settings, unless it has them or has just refused them. */
  async #configure({ backend }: SelfReport, signal: AbortSignal): Promise<void> {
    const { elapsed, onRefused } = this.#options;
    if (this.#isConfigured && backend === "Running") return;
    if (this.#refused !== undefined && elapsed() - this.#refused.atMs < LOGIN_MS) return;
    try {
      await this.#applySettings(signal);
      this.#refused = undefined;
    } catch (error) {
      signal.throwIfAborted();
      const reason = describeError(error);
      if (reason !== this.#refused?.reason) onRefused?.(reason);
      this.#refused = { atMs: elapsed(), reason };
    }
  }

  /** Gives the node our name, and has it up; what else its operator has set stays. */
  async #applySettings(signal: AbortSignal): Promise<void> {
    const { api, hostname } = this.#options;
    const prefs = await api.prefs(signal);
    const edit = {
      ...prefs.hostname !== hostname && { hostname },
      ...!prefs.wantRunning && { wantRunning: true },
    };
    if (Object.keys(edit).length > 0) await api.edit(edit, signal);
    this.#tellControl(prefs);
    this.#isConfigured = true;
  }

  /** A node that waits for its control plane may wait for another one than that of the settings. */
  async #compareControl(signal: AbortSignal): Promise<void> {
    if (this.#isControlTold) return;
    try {
      this.#tellControl(await this.#options.api.prefs(signal));
    } catch {
      signal.throwIfAborted(); // who may not read the settings hears so from the login
    }
  }

  #tellControl({ controlUrl: actual }: LoginPrefs): void {
    const { controlUrl, onOtherControl } = this.#options;
    if (!this.#isControlTold && !isSameUrl(actual, controlUrl)) onOtherControl?.(actual);
    this.#isControlTold = true;
  }

  #judge(report: SelfReport): void {
    const { elapsed, now } = this.#options;
    const reported = judgeSelf(report, this.#wasRunning, now());
    const judged = this.#contact.judge(reported, report, elapsed());
    const isStateless = isUndecided(report, false);
    if (judged === "needs_login" || judged === "starting") this.#outSinceMs ??= elapsed();
    else this.#outSinceMs = undefined;
    const isUnderWay = judged === "needs_login" && this.#isUnderWay(report);
    if (isOut(this.#status.state) && (isUnderWay || isStateless)) return;
    // Until a list has it again: a login that failed must not look like one that worked.
    const isDeleted = isIn(judged) && this.#presence.isMissing;
    const isRefused = isStateless && this.#loginRefusal !== undefined;
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
      this.#loggedInAtMs = undefined;
      this.#loginRefusal = undefined;
    }
    const { addresses, authUrl, keyExpiresSeconds, name, tags } = report;
    const ageMs = elapsed() - (this.#outSinceMs ?? elapsed());
    const error = state === "starting"
      ? hindranceIn(report, ageMs, isUnderWay || isStateless)
      : this.#loginError;
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

  /** Whether a login has no outcome yet; a control plane that is not reached decides nothing. */
  #isUnderWay({ authUrl }: SelfReport): boolean {
    if (this.#loginError !== undefined) return isUnreached(this.#loginError);
    if (authUrl === undefined) return true;
    const { elapsed, hasAuthKey } = this.#options;
    return hasAuthKey && elapsed() - (this.#loggedInAtMs ?? 0) < LOGIN_PATIENCE_MS;
  }

  #set(status: NodeStatus): void {
    if (JSON.stringify(status) === JSON.stringify(this.#status)) return;
    this.#status = status;
    this.#options.onStatus?.(status);
    for (const notify of this.#subscribers) notify();
  }
}

/** Tailscale's own control plane, which an empty setting stands for. */
const TAILSCALE_URL = "https://controlplane.tailscale.com";

function isSameUrl(actual: string, wanted: string): boolean {
  const [one, other] = [actual, wanted].map((url) => (url || TAILSCALE_URL).replace(/\/+$/, ""));
  return one === other;
}
