/**
 * A node of the tailnet inside this process: Tailscale's Go code as WebAssembly in a Worker. One
 * that crashes or falls silent is started anew with the same identity, and its listeners with it;
 * open connections break, as they do when a network does.
 *
 * @module
 */

import { describeError } from "../errors.ts";
import { parseJson } from "../json/json.ts";
import { orAborted } from "../time/timeout.ts";
import type { ConnInfo, EventKind, LocalResponse, NotifyEvent, StateEvent } from "./_protocol.ts";
import { Login, NO_ANSWER } from "./_login.ts";
import { createNode, openGoProgram } from "./_go_program.ts";
import { dial, type DialTarget } from "./_dial.ts";
import type { EmbeddedNodeOptions } from "./_node_options.ts";
import { Contact } from "./contact.ts";
import { shutDown } from "./_shutdown.ts";
import { LOGIN_REASON, supervise } from "./_supervise.ts";
import type { Link } from "./link.ts";
import { TailnetListener } from "./listener.ts";
import { Presence } from "./presence.ts";
import {
  decodeSelf,
  describePublicly,
  describeState,
  isIn,
  isOut,
  isUndecided,
  judgeSelf,
  type ListedDevice,
  NODE_STATES,
  type NodeState,
  type NodeStatus,
  type OwnNode,
  type SelfReport,
  UNKNOWN_STATUS,
} from "./node_status.ts";
import { TailnetConnection } from "./tailnet_connection.ts";

export type { DialTarget, EmbeddedNodeOptions };

/** Time between two looks at the node's own status. */
const LOOK_MS = 15_000;
/** Connections wait for a node that starts, for this long since it began. */
const START_PATIENCE_MS = 20_000;
/** Deadline of a dial where the settings name none. */
const DIAL_MS = 30_000;
/** Deadline of a LocalAPI call. */
const CALL_MS = 10_000;

/** A node of the tailnet. */
export class EmbeddedNode implements OwnNode {
  readonly #options: EmbeddedNodeOptions;
  readonly #listeners = new Map<number, TailnetListener>();
  readonly #stop = new AbortController();
  #link: Link | undefined;
  /** Whether the Go program of this link has a node. */
  #isCreated = false;
  /** Settles when the Worker that replaces another for a login has a node, or has failed to. */
  #replacement: PromiseWithResolvers<void> | undefined;
  readonly #subscribers: (() => void)[] = [];
  #status: NodeStatus = UNKNOWN_STATUS;
  #change: PromiseWithResolvers<void> = Promise.withResolvers();
  #startedAtMs = 0;
  #wasRunning = false;
  /** What the last report says, whether or not a login that is under way hides it. */
  #judged: NodeState = "starting";
  readonly #presence = new Presence();
  readonly #contact = new Contact();
  readonly #login: Login;
  #restarts = 0;
  #running: Promise<unknown> | undefined;

  /** A node that has not joined; see {@linkcode EmbeddedNode.start}. */
  constructor(options: EmbeddedNodeOptions) {
    this.#options = options;
    const { elapsed, hasAuthKey, onLogin } = options;
    this.#login = new Login({ elapsed, hasAuthKey, onLogin });
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
    return describeState(this.#status.state);
  }

  /** Calls back after each change of the status, and after each restart that counts. */
  subscribe(listener: () => void): void {
    this.#subscribers.push(listener);
  }

  /** Looks for this node on the newest device list. */
  listed(devices: readonly ListedDevice[]): void {
    const { addresses, state } = this.#status;
    if (!isIn(state) && state !== "removed") return;
    this.#presence.listed(devices, addresses);
    if (this.#presence.isMissing) this.#set({ ...this.#status, state: "removed" });
  }

  /** How often the Worker crashed or froze, and was started anew. */
  get restarts(): number {
    return this.#restarts;
  }

  /** Joins the tailnet, and stays until it is closed; a second call does nothing. */
  start(): void {
    const { delay } = this.#options;
    // Both reject when the node is closed.
    this.#running ??= Promise.allSettled([
      supervise({
        run: (onRunning) => this.#runOnce(onRunning),
        onRestart: (reason, waitMs) => this.#restarted(reason, waitMs),
        delay,
        signal: this.#stop.signal,
      }),
      this.#look(),
    ]);
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
    if (this.#listeners.has(port)) {
      throw new RangeError(`Cannot listen on port ${port} of the tailnet: it is open already`);
    }
    const listener = new TailnetListener(port, () => {
      this.#listeners.delete(port);
      if (this.#isCreated) this.#link?.call("unlisten", 0, port).catch(() => {});
    });
    this.#listeners.set(port, listener);
    if (this.#isCreated) this.#link?.call("listen", 0, port).catch(() => {});
    return listener;
  }

  /**
   * Asks the node's LocalAPI. Waits for a Worker that is replaced for a login, which takes seconds
   * and is no fault of the node.
   *
   * @throws {Error} If there is no node to ask.
   */
  async localapi(method: string, path: string): Promise<LocalResponse> {
    await this.#replacement?.promise;
    if (!this.#isCreated || this.#link === undefined) {
      throw new Error("The embedded node is not started yet");
    }
    const response = await this.#link.call("localapi", CALL_MS, method, path, null);
    return response as LocalResponse;
  }

  /** Freezes or crashes the Go program, for tests of the watchdog. */
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
    for (const listener of [...this.#listeners.values()]) listener.close();
    const { delay, identity, onLogout } = this.#options;
    const link = this.#link;
    const logsOut = this.#logsOut;
    const isLoggedOut = link !== undefined && this.#isCreated &&
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
      this.#presence.isEphemeral;
  }

  #restarted(reason: string, waitMs: number): void {
    this.#restarts++;
    this.#options.onRestart?.(reason, waitMs);
    for (const notify of this.#subscribers) notify();
  }

  /**
   * Runs one Worker until it is gone.
   *
   * @returns Why it is gone; undefined if there was none, for want of an auth key.
   */
  async #runOnce(onRunning: () => void): Promise<string | undefined> {
    const { authKey, hasEphemeralKeys, identity } = this.#options;
    const isNew = Object.keys(identity.load()).length === 0;
    const isNeeded = isNew || this.#login.isNeeded || isOut(this.#status.state);
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
    if (isNeeded) this.#wasRunning = false;
    this.#login.started(key !== undefined);
    if (isNeeded) this.#presence.born(isNew && key !== undefined && hasEphemeralKeys === true);
    this.#judged = "starting";
    this.#presence.reset();
    this.#setStarting();
    const link = this.#link = this.#open();
    this.#join(link, key).then(onRunning, (error) => {
      this.#endReplacement();
      this.#login.failed(describeError(error));
      this.#refresh(link);
    });
    const reason = await link.gone;
    this.#isCreated = false;
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

  async #join(link: Link, authKey: string | undefined): Promise<void> {
    try {
      await this.#create(link, authKey);
    } catch (error) {
      // A Worker without a node would stay so for ever. Does nothing where the link is gone.
      link.kill(`cannot make the node: ${describeError(error)}`);
      throw error;
    }
    await link.call("start", 0);
    await this.#refresh(link);
  }

  async #create(link: Link, authKey: string | undefined): Promise<void> {
    await createNode(link, this.#options, authKey);
    this.#isCreated = true;
    this.#endReplacement();
    // Those that are added meanwhile are opened by listen().
    for (const port of [...this.#listeners.keys()]) {
      if (this.#listeners.has(port)) await link.call("listen", 0, port);
    }
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
        this.#login.notified(event);
        // A login by hand makes a node that is not ephemeral.
        if (event.loginUrl !== undefined) this.#presence.born(false);
        this.#refresh(link);
        break;
      }
      case "log":
        this.#options.onLog?.(String(data).trimEnd());
        break;
      case "conn": {
        const info = data as ConnInfo;
        const connection = new TailnetConnection(link, info);
        const listener = this.#listeners.get(info.port ?? 0);
        if (listener === undefined) connection.close();
        else listener.offer(connection);
        break;
      }
    }
  }

  /** Looks at the node now and then: not every change is an event. */
  async #look(): Promise<void> {
    for (;;) {
      await this.#options.delay(LOOK_MS, this.#stop.signal);
      const link = this.#link;
      if (link === undefined || !this.#isCreated) continue;
      await this.#refresh(link);
      if (link !== this.#link) continue;
      if (this.#login.isUrlDue(this.#judged)) {
        this.#login.urlAsked();
        // Fails where the link is gone; the next Worker asks for itself.
        this.localapi("POST", "/localapi/v0/login-interactive").catch(() => {});
      }
      if (!this.#login.isDue(this.#judged)) continue;
      this.#login.require();
      this.#replacement = Promise.withResolvers();
      link.kill(LOGIN_REASON);
    }
  }

  async #refresh(link: Link): Promise<void> {
    if (!this.#isCreated || this.#stop.signal.aborted) return;
    let report: SelfReport;
    try {
      const { body } = await this.localapi("GET", "/localapi/v0/status?peers=false");
      report = decodeSelf(parseJson(new TextDecoder().decode(body ?? new Uint8Array())));
    } catch {
      return; // the link is gone, which has its own message
    }
    if (this.#link !== link || !this.#isCreated) return;
    const { elapsed, now } = this.#options;
    const reported = judgeSelf(report, this.#wasRunning, now());
    const judged = this.#contact.judge(reported, report, elapsed());
    const isMissing = isIn(judged) && this.#presence.isMissing;
    this.#judged = isMissing ? "removed" : judged;
    // Tailscale says so, too, while a login by key is under way.
    const isUnderWay = judged === "needs_login" && this.#login.isUnderWay;
    if (isOut(this.#status.state) && isUndecided(report, isUnderWay)) return;
    const state = isUnderWay ? "starting" : this.#judged;
    if (state === "running") {
      this.#wasRunning = true;
      this.#login.succeeded();
    }
    const { addresses, keyExpiresSeconds, name, tags } = report;
    // The URL of a Worker without a key is not shown: the next Worker has the key.
    const { error, loginUrl } = isUnderWay ? NO_ANSWER : this.#login.answer;
    this.#set({ state, error, loginUrl, addresses, keyExpiresSeconds, name, tags });
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
      const { state } = this.#status;
      if (isIn(state)) return;
      const isStarting = state === "starting" && elapsed() - this.#startedAtMs < START_PATIENCE_MS;
      if (!isStarting) throw new Error(describePublicly(this.#status).replace(/\.$/, ""));
      await orAborted(this.#change.promise, signal);
    }
  }
}
