/**
 * The logins of the embedded node: whether the present Worker has an auth key, what came of it, and
 * when the next attempt is due.
 *
 * @module
 */

import type { NotifyEvent } from "./_protocol.ts";
import { controlFailureIn } from "../own_node/control_failure.ts";
import { isOut, type NodeState, type NodeStatus } from "../own_node/node_status.ts";
import { type SelfReport, withKeyAdvice } from "../own_node/self_report.ts";

/** What {@linkcode Login} is told. */
export interface LoginOptions {
  /** Whether an auth key can be had. */
  readonly hasAuthKey: boolean;
  /** Monotonic clock in milliseconds. */
  readonly elapsed: () => number;
  /** Hears of another attempt; once, until one succeeds. */
  readonly onLogin?: (() => void) | undefined;
}

/** Time between two attempts with an auth key. */
const LOGIN_MS = 5 * 60_000;

/** The reason where the control plane asks someone to log in instead. */
const KEY_REFUSED = "it does not accept the auth key and wants a login by hand";

/** A login that has no outcome yet. */
export const NO_ANSWER: Pick<NodeStatus, "error" | "loginUrl"> = {
  error: undefined,
  loginUrl: undefined,
};

/** The login of one Worker after the other. */
export class Login {
  readonly #options: LoginOptions;
  #isNeeded = false;
  #isTold = false;
  /** Whether the present Worker has an auth key. */
  #hasKey = false;
  #startedAtMs = 0;
  /** When a URL to log in at was last asked for; undefined if this Worker has not done so. */
  #urlAskedAtMs: number | undefined;
  #looksWithoutUrl = 0;
  #answer: Pick<NodeStatus, "error" | "loginUrl"> = NO_ANSWER;

  /** No Worker yet. */
  constructor(options: LoginOptions) {
    this.#options = options;
  }

  /** Whether the next Worker has to log in, so that a key may be made for it. */
  get isNeeded(): boolean {
    return this.#isNeeded;
  }

  /** Why the login of the present Worker failed, and where someone can log in. */
  get answer(): Pick<NodeStatus, "error" | "loginUrl"> {
    return this.#answer;
  }

  /**
   * Whether a login has no outcome yet, or one by key will be made because this Worker has none.
   * Without any key the outcome is the URL to log in at.
   */
  get isUnderWay(): boolean {
    if (this.#options.hasAuthKey && !this.#hasKey) return true;
    const { error, loginUrl } = this.#answer;
    return error === undefined && loginUrl === undefined;
  }

  /**
   * What keeps this Worker from the control plane, if anything does; for some seconds that may be a
   * network that comes up.
   *
   * @param isSilent Whether the control plane has not answered yet.
   */
  controlFailureIn(report: SelfReport, isSilent: boolean): string | undefined {
    return controlFailureIn(report, this.#options.elapsed() - this.#startedAtMs, isSilent);
  }

  /** A Worker starts, with an auth key or without. */
  started(hasKey: boolean): void {
    this.#isNeeded = false;
    this.#hasKey = hasKey;
    this.#startedAtMs = this.#options.elapsed();
    this.#urlAskedAtMs = undefined;
    this.#looksWithoutUrl = 0;
    this.#answer = NO_ANSWER;
  }

  /** The Go program tells what came of the login. */
  notified({ error, loginUrl, state }: NotifyEvent): void {
    if (error !== undefined) {
      this.#answer = { ...this.#answer, error: this.#hasKey ? withKeyAdvice(error) : error };
    }
    if (loginUrl !== undefined) {
      this.#answer = { ...this.#answer, loginUrl };
      // Without the URL, which is another one at each attempt.
      if (this.#hasKey) this.failed(withKeyAdvice(KEY_REFUSED));
    }
    if (state === "Running") this.succeeded();
  }

  /** The login failed, for a reason that matters only where the control plane gave none. */
  failed(error: string): void {
    this.#answer = { ...this.#answer, error: this.#answer.error ?? error };
  }

  /** The node is in the tailnet. */
  succeeded(): void {
    this.#answer = NO_ANSWER;
    this.#urlAskedAtMs = undefined;
    this.#isTold = false;
  }

  /**
   * Whether another attempt is due: at once if this Worker has no key, else five minutes after it
   * started.
   */
  isDue(state: NodeState): boolean {
    const { elapsed, hasAuthKey } = this.#options;
    if (!isOut(state) || !hasAuthKey) return false;
    if (!this.#hasKey) return true;
    const isUnderWay = state === "needs_login" && this.isUnderWay;
    return !isUnderWay && elapsed() - this.#startedAtMs >= LOGIN_MS;
  }

  /**
   * Whether a URL to log in at has to be asked for, at a look at the node: one without a key that
   * is out again gets none unasked. Waits for a second look, because asking gives up the node's
   * key, and a node that starts may want a login for a moment.
   */
  isUrlDue(state: NodeState): boolean {
    const { elapsed, hasAuthKey } = this.#options;
    const isWanted = isOut(state) && !hasAuthKey && this.#answer.loginUrl === undefined;
    this.#looksWithoutUrl = isWanted ? this.#looksWithoutUrl + 1 : 0;
    if (this.#looksWithoutUrl < 2) return false;
    return this.#urlAskedAtMs === undefined || elapsed() - this.#urlAskedAtMs >= LOGIN_MS;
  }

  /** A URL to log in at is asked for. */
  urlAsked(): void {
    this.#urlAskedAtMs = this.#options.elapsed();
  }

  /** The next Worker has to log in. */
  require(): void {
    this.#isNeeded = true;
    if (!this.#isTold) this.#options.onLogin?.();
    this.#isTold = true;
  }
}
