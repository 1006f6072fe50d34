/**
 * A node of the tailnet inside this process: Tailscale's Go code as WebAssembly in a Worker. One
 * that crashes or falls silent is started anew with the same identity, and its listeners with it;
 * open connections break, as they do when a network does.
 *
 * @module
 */

import { describeError } from "../errors.ts";
import { orAborted } from "../time/timeout.ts";
import { CurrentStatus } from "./_current_status.ts";
import { dial, type DialTarget } from "./_dial.ts";
import type { EmbeddedNodeOptions } from "./_node_options.ts";
import { NodeWorker } from "./_node_worker.ts";
import { Ports } from "./_ports.ts";
import type { LocalResponse } from "./_protocol.ts";
import { shutDown } from "./_shutdown.ts";
import { Standing } from "./_standing.ts";
import { LOGIN_REASON, supervise } from "./_supervise.ts";
import type { TailnetListener } from "./listener.ts";
import {
  isIn,
  isOut,
  type ListedDevice,
  NODE_STATES,
  type NodeState,
  type NodeStatus,
  type OwnNode,
  type ScrapeOutcome,
} from "../own_node/node_status.ts";
import { Isolation } from "../own_node/isolation.ts";
import type { SelfReport } from "../own_node/self_report.ts";
import { describeState } from "../own_node/status_text.ts";
import type { TailnetConnection } from "./tailnet_connection.ts";

export type { DialTarget, EmbeddedNodeOptions };

/** Time between two looks at the node's own status. */
const LOOK_MS = 15_000;
/** Deadline of a dial where the settings name none. */
const DIAL_MS = 30_000;

/** A node of the tailnet. */
export class EmbeddedNode implements OwnNode {
  readonly #options: EmbeddedNodeOptions;
  readonly #ports = new Ports();
  readonly #standing: Standing;
  readonly #stop = new AbortController();
  readonly #status: CurrentStatus;
  readonly #isolation: Isolation;
  /** The present Worker, or the last one; undefined before the first. */
  #worker: NodeWorker | undefined;
  /** Settles when the Worker that replaces another for a login has a node, or has failed to. */
  #replacement: PromiseWithResolvers<void> | undefined;
  #restarts = 0;
  #running: Promise<void> | undefined;

  /** A node that has not joined; see {@linkcode EmbeddedNode.start}. */
  constructor(options: EmbeddedNodeOptions) {
    this.#options = options;
    this.#standing = new Standing(options);
    this.#status = new CurrentStatus(options);
    const { elapsed, reachesControl = () => Promise.resolve(true) } = options;
    this.#isolation = new Isolation({ elapsed, reachesControl });
  }

  /** What is known of it. */
  get status(): NodeStatus {
    return this.#status.value;
  }

  /** All states that it may be in. */
  get states(): readonly NodeState[] {
    return NODE_STATES;
  }

  /** What it is doing, from a fixed set of sentences. */
  get summary(): string {
    return describeState(this.status, "embedded node", this.#options);
  }

  /** Why no device can be reached through it; undefined while one may be. */
  get outage(): string | undefined {
    return this.#status.outage;
  }

  /** Calls back after each change of the status, and after each restart that counts. */
  subscribe(listener: () => void): void {
    this.#status.subscribe(listener);
  }

  /** Looks for this node on the newest device list. */
  listed(devices: readonly ListedDevice[]): void {
    if (this.#standing.isDeletedBy(devices, this.status)) this.#status.update({ state: "removed" });
  }

  /**
   * Hears how the devices answered in a cycle, to tell whether the network is cut.
   *
   * @returns Why no device is reached, as a sentence, if that is so.
   * @throws The signal's reason.
   */
  async scraped(outcome: ScrapeOutcome, signal: AbortSignal): Promise<string | undefined> {
    if (!isIn(this.#status.state)) this.#isolation.reset();
    const reach = isIn(this.#status.state)
      ? await this.#isolation.judge(outcome, signal)
      : undefined;
    this.#status.reaches(reach);
    return reach && this.outage;
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
    await this.#status.untilRunning(target.signal);
    if (this.#worker === undefined) throw new Error("The embedded node is not started");
    const { dialTimeoutMs: timeoutMs = DIAL_MS } = this.#options;
    return await dial({ link: this.#worker.link, timeoutMs }, target);
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
    if (!this.#worker?.hasNode) throw new Error("The embedded node is not started yet");
    return await this.#worker.localapi(method, path);
  }

  /**
   * Freezes or crashes the Go program, for tests of the watchdog.
   *
   * @throws {Error} What the Go program reports.
   */
  async fault(kind: "block" | "panic" | "spin"): Promise<void> {
    await this.#worker?.link.call("fault", 0, kind);
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
    const worker = this.#worker;
    const logsOut = this.#logsOut;
    const isLoggedOut = worker !== undefined && worker.hasNode &&
      await shutDown(worker.link, { logsOut, delay, onLogout });
    worker?.link.kill("closed");
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
    this.#status.notify();
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
      this.#status.update({ state: "needs_login", error: reason, loginUrl: undefined });
      return undefined;
    }
    this.#stop.signal.throwIfAborted();
    const hasKey = key !== undefined;
    const isEphemeral = isNew && hasKey && hasEphemeralKeys;
    this.#standing.started({ hasKey, isEphemeral, isNeeded });
    this.#status.starting();
    const worker = this.#worker = this.#openWorker(onRunning);
    worker.join(key).catch((error) => {
      this.#endReplacement();
      this.#standing.login.failed(worker.explain(error));
      worker.look();
    });
    const reason = await worker.untilGone();
    if (reason !== LOGIN_REASON) this.#endReplacement();
    this.#status.starting();
    return reason;
  }

  #openWorker(onRunning: () => void): NodeWorker {
    return new NodeWorker({
      node: this.#options,
      ports: this.#ports,
      standing: this.#standing,
      onMade: () => this.#endReplacement(),
      onReport: (report) => {
        this.#judge(report);
        if (this.#status.state === "running") onRunning();
      },
      onStuck: () => this.#status.update({ state: "stuck" }),
    });
  }

  #endReplacement(): void {
    this.#replacement?.resolve();
    this.#replacement = undefined;
  }

  /** Looks at the node now and then: not every change is an event. */
  async #look(): Promise<void> {
    for (;;) {
      await this.#options.delay(LOOK_MS, this.#stop.signal);
      const worker = this.#worker;
      if (!worker?.hasNode) continue;
      await worker.look();
      if (worker !== this.#worker || !worker.hasNode) continue;
      if (this.#standing.isUrlDue()) this.#askForUrl(worker);
      if (!this.#standing.isLoginDue) continue;
      this.#standing.login.require();
      this.#replacement = Promise.withResolvers();
      worker.link.kill(LOGIN_REASON);
    }
  }

  /** Asks for a URL to log in at; the next look does so again where the request failed. */
  #askForUrl(worker: NodeWorker): void {
    worker.localapi("POST", "/localapi/v0/login-interactive").then(({ status }) => {
      if (status < 300 && worker === this.#worker) this.#standing.login.urlAsked();
    }, () => {});
  }

  #judge(report: SelfReport): void {
    if (this.#stop.signal.aborted) return;
    const status = this.#standing.judge(report, this.#status.state);
    if (status !== undefined) this.#status.set(status);
  }
}
