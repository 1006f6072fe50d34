/**
 * A node of the tailnet inside this process: Tailscale's Go code as WebAssembly in a Worker. One
 * that crashes or falls silent is started anew with the same identity, and its listeners with it;
 * open connections break, as they do when a network does.
 *
 * @module
 */

import { describeError } from "../errors.ts";
import { orAborted } from "../time/timeout.ts";
import type { ConnInfo, EventKind, LocalResponse, NotifyEvent, StateEvent } from "./_protocol.ts";
import { createNode, openGoProgram } from "./_go_program.ts";
import { dial, type DialTarget } from "./_dial.ts";
import type { EmbeddedNodeOptions } from "./_node_options.ts";
import { Ports } from "./_ports.ts";
import { SelfWatch } from "./_self_watch.ts";
import { shutDown } from "./_shutdown.ts";
import { Standing } from "./_standing.ts";
import { LOGIN_REASON, supervise } from "./_supervise.ts";
import type { Link } from "./link.ts";
import type { TailnetListener } from "./listener.ts";
import {
  describeOutage,
  describeState,
  isOut,
  type ListedDevice,
  NODE_STATES,
  type NodeState,
  type NodeStatus,
  type OwnNode,
  type SelfReport,
  UNKNOWN_STATUS,
} from "./node_status.ts";
import type { TailnetConnection } from "./tailnet_connection.ts";

export type { DialTarget, EmbeddedNodeOptions };

/** Time between two looks at the node's own status. */
const LOOK_MS = 15_000;
/** Age of a start up to which a connection begins to wait for it, until its own deadline. */
const START_PATIENCE_MS = 20_000;
/** Deadline of a dial where the settings name none. */
const DIAL_MS = 30_000;
/** Deadline of a LocalAPI call. */
const CALL_MS = 10_000;

/** What may help where the Go program takes none of what is kept of the node. */
const IDENTITY_ADVICE = "if that lasts, its identity is damaged: give a backup of it to " +
  "`tsmetrics tailnet restore`, or correct TSNET_STATE";

/** A node of the tailnet. */
export class EmbeddedNode implements OwnNode {
  readonly #options: EmbeddedNodeOptions;
  readonly #ports = new Ports();
  readonly #standing: Standing;
  readonly #stop = new AbortController();
  readonly #subscribers: (() => void)[] = [];
  #link: Link | undefined;
  /** Looks at the node of this link; undefined while the link's Go program has none. */
  #watch: SelfWatch | undefined;
  /** Settles when the Worker that replaces another for a login has a node, or has failed to. */
  #replacement: PromiseWithResolvers<void> | undefined;
  #status: NodeStatus = UNKNOWN_STATUS;
  #change: PromiseWithResolvers<void> = Promise.withResolvers();
  #startedAtMs = 0;
  #restarts = 0;
  #running: Promise<void> | undefined;

  /** A node that has not joined; see {@linkcode EmbeddedNode.start}. */
  constructor(options: EmbeddedNodeOptions) {
    this.#options = options;
    this.#standing = new Standing(options);
  }

  /** What is known of it. */
  get status(): NodeStatus {
    return this.#status;
  }

  /** All states that it may be in. */
  get states(): readonly NodeState[] {
    return NODE_STATES;
  }

  /** What it is doing, from a fixed set of sentences. */
  get summary(): string {
    return describeState(this.#status);
  }

  /** Why no device can be reached through it; undefined while one may be. */
  get outage(): string | undefined {
    return describeOutage(this.#status);
  }

  /** Calls back after each change of the status, and after each restart that counts. */
  subscribe(listener: () => void): void {
    this.#subscribers.push(listener);
  }

  /** Looks for this node on the newest device list. */
  listed(devices: readonly ListedDevice[]): void {
    if (this.#standing.isDeletedBy(devices, this.#status)) {
      this.#set({ ...this.#status, state: "removed" });
    }
  }

  /** How often the Worker crashed or froze, and was started anew. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Joins the tailnet, and stays until it is closed; a second call does nothing. */
  start(): void {
    this.#running ??= this.#run();
  }

  /**
   * Opens a TCP connection over the tailnet. Waits for a node that is starting.
   *
   * @throws {Error} If the node is not in the tailnet, with what to do; if the peer refuses, with
   * the name "ConnectionRefused".
   * @throws The signal's reason.
   */
  async connect(target: DialTarget): Promise<TailnetConnection> {
    await this.#untilRunning(target.signal);
    if (this.#link === undefined) throw new Error("The embedded node is not started");
    const { dialTimeoutMs: timeoutMs = DIAL_MS } = this.#options;
    return await dial({ link: this.#link, timeoutMs }, target);
  }

  /**
   * Opens a port on the node's own addresses.
   *
   * @throws {RangeError} If it is open already.
   */
  listen(port: number): TailnetListener {
    return this.#ports.listen(port);
  }

  /**
   * Asks the node's LocalAPI. Waits for a Worker that is replaced for a login, which takes seconds
   * and is no fault of the node.
   *
   * @throws {Error} If there is no node to ask, or what the Go program reports.
   */
  async localapi(method: string, path: string): Promise<LocalResponse> {
    await this.#replacement?.promise;
    if (this.#watch === undefined || this.#link === undefined) {
      throw new Error("The embedded node is not started yet");
    }
    return await askLocalApi(this.#link, method, path);
  }

  /**
   * Freezes or crashes the Go program, for tests of the watchdog.
   *
   * @throws {Error} What the Go program reports.
   */
  async fault(kind: "block" | "panic" | "spin"): Promise<void> {
    await this.#link?.call("fault", 0, kind);
  }

  /**
   * Ends the Worker. The node stays registered, except an ephemeral one that is certain to get a
   * new key: it is logged out, and its identity, which is then of no more use, forgotten.
   */
  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort(new Error("The embedded node is closed"));
    this.#ports.close();
    const { delay, identity, onLogout } = this.#options;
    const link = this.#link;
    const logsOut = this.#logsOut;
    const isLoggedOut = link !== undefined && this.#watch !== undefined &&
      await shutDown(link, { logsOut, delay, onLogout });
    link?.kill("closed");
    this.#endReplacement();
    if (isLoggedOut) identity.clear();
    await this.#running;
    this.#options.onClose?.();
  }

  /**
   * Whether the node is in the tailnet, is known to be ephemeral, and can log in again. An auth key
   * may be good for one login only, or be gone at the next start.
   */
  get #logsOut(): boolean {
    const { hasEphemeralKeys = false, staysLoggedIn } = this.#options;
    return hasEphemeralKeys && !staysLoggedIn?.() && this.#status.state === "running" &&
      this.#standing.isEphemeral;
  }

  /**
   * Runs Workers and looks at them.
   *
   * @throws What is a defect; being closed is none.
   */
  async #run(): Promise<void> {
    const { delay } = this.#options;
    const { signal } = this.#stop;
    try {
      await Promise.all([
        supervise({
          run: (onRunning) => this.#runOnce(onRunning),
          onRestart: (reason, waitMs) => this.#restarted(reason, waitMs),
          delay,
          signal,
        }),
        this.#look(),
      ]);
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  #restarted(reason: string, waitMs: number): void {
    this.#restarts++;
    this.#endReplacement();
    this.#options.onRestart?.(reason, waitMs);
    for (const notify of this.#subscribers) notify();
  }

  /**
   * Runs one Worker until it is gone.
   *
   * @returns Why it is gone; undefined if there was none, for want of an auth key.
   */
  async #runOnce(onRunning: () => void): Promise<string | undefined> {
    const { authKey, hasEphemeralKeys = false, identity } = this.#options;
    const isNew = Object.keys(identity.load()).length === 0;
    const isNeeded = isNew || this.#standing.login.isNeeded || isOut(this.#status.state);
    let key: string | undefined;
    try {
      key = await orAborted(authKey(isNeeded), this.#stop.signal);
    } catch (error) {
      this.#stop.signal.throwIfAborted();
      this.#endReplacement();
      const reason = describeError(error);
      this.#set({ ...this.#status, state: "needs_login", error: reason, loginUrl: undefined });
      return undefined;
    }
    this.#stop.signal.throwIfAborted();
    const hasKey = key !== undefined;
    const isEphemeral = isNew && hasKey && hasEphemeralKeys;
    this.#standing.started({ hasKey, isEphemeral, isNeeded });
    this.#setStarting();
    const link = this.#link = this.#open();
    this.#join(link, key, onRunning).catch((error) => {
      this.#endReplacement();
      this.#standing.login.failed(this.#explain(error));
      if (link === this.#link) this.#watch?.look();
    });
    const reason = await link.gone;
    this.#watch = undefined;
    this.#ports.lost();
    if (reason !== LOGIN_REASON) this.#endReplacement();
    this.#setStarting();
    return reason;
  }

  #open(): Link {
    const link: Link = openGoProgram(this.#options, {
      onStuck: () => this.#set({ ...this.#status, state: "stuck" }),
      onEvent: (kind, json) => this.#receive(link, kind, json),
    });
    return link;
  }

  async #join(link: Link, authKey: string | undefined, onRunning: () => void): Promise<void> {
    try {
      await createNode(link, this.#options, authKey);
      this.#watch = this.#watchOf(link, onRunning);
      this.#endReplacement();
      await this.#ports.openOn(link);
    } catch (error) {
      // A Worker without a node would stay so for ever. Does nothing where the link is gone.
      link.kill(`cannot make the node: ${this.#explain(error)}`);
      throw error;
    }
    await link.call("start", 0);
    await this.#watch.look();
  }

  /** What the Go program said of a node that it could not make or start, and what may help. */
  #explain(error: unknown): string {
    const reason = describeError(error);
    const hasIdentity = Object.keys(this.#options.identity.load()).length > 0;
    return hasIdentity ? `${reason} (${IDENTITY_ADVICE})` : reason;
  }

  #watchOf(link: Link, onRunning: () => void): SelfWatch {
    return new SelfWatch({
      ask: () => askLocalApi(link, "GET", "/localapi/v0/status?peers=false"),
      onReport: (report) => {
        // The link may have ended since it was asked.
        if (link !== this.#link || this.#watch === undefined) return;
        this.#judge(report);
        if (this.#status.state === "running") onRunning();
      },
      onSilent: (reason) => link.kill(`its LocalAPI tells no status: ${reason}`),
      delay: this.#options.delay,
    });
  }

  #endReplacement(): void {
    this.#replacement?.resolve();
    this.#replacement = undefined;
  }

  #receive(link: Link, kind: EventKind, json: string): void {
    const data: unknown = JSON.parse(json);
    switch (kind) {
      case "state": {
        const { key, value } = data as StateEvent;
        this.#options.identity.save(key, value);
        break;
      }
      case "notify": {
        const event = data as NotifyEvent;
        this.#standing.notified(event);
        if (link === this.#link) this.#watch?.look();
        break;
      }
      case "log":
        this.#options.onLog?.(String(data).trimEnd());
        break;
      case "conn":
        this.#ports.offer(link, data as ConnInfo);
        break;
    }
  }

  /** Looks at the node now and then: not every change is an event. */
  async #look(): Promise<void> {
    for (;;) {
      await this.#options.delay(LOOK_MS, this.#stop.signal);
      const watch = this.#watch;
      await watch?.look();
      if (watch === undefined || watch !== this.#watch) continue;
      if (this.#standing.isUrlDue) {
        this.#standing.login.urlAsked();
        // Fails where the link is gone; the next Worker asks for itself.
        this.localapi("POST", "/localapi/v0/login-interactive").catch(() => {});
      }
      if (!this.#standing.isLoginDue) continue;
      this.#standing.login.require();
      this.#replacement = Promise.withResolvers();
      this.#link?.kill(LOGIN_REASON);
    }
  }

  #judge(report: SelfReport): void {
    if (this.#stop.signal.aborted) return;
    const status = this.#standing.judge(report, this.#status.state);
    if (status !== undefined) this.#set(status);
  }

  /** A node that has to log in stays out until the outcome of its login is known. */
  #setStarting(): void {
    this.#startedAtMs = this.#options.elapsed();
    if (!isOut(this.#status.state)) this.#set({ ...this.#status, state: "starting" });
  }

  /** Nothing follows "stuck", which ends the program. */
  #set(status: NodeStatus): void {
    if (this.#status.state === "stuck") return;
    if (JSON.stringify(status) === JSON.stringify(this.#status)) return;
    this.#status = status;
    this.#change.resolve();
    this.#change = Promise.withResolvers();
    this.#options.onStatus?.(status);
    for (const notify of this.#subscribers) notify();
  }

  async #untilRunning(signal: AbortSignal): Promise<void> {
    const { elapsed } = this.#options;
    for (;;) {
      const { outage } = this;
      if (outage === undefined) return;
      const isStarting = this.#status.state === "starting" &&
        elapsed() - this.#startedAtMs < START_PATIENCE_MS;
      if (!isStarting) throw new Error(outage.replace(/\.$/, ""));
      await orAborted(this.#change.promise, signal);
    }
  }
}

async function askLocalApi(link: Link, method: string, path: string): Promise<LocalResponse> {
  return await link.call("localapi", CALL_MS, method, path, null) as LocalResponse;
}
