/**
 * Where the embedded node stands: what its LocalAPI reports, seen in the light of its login, of the
 * device lists, and of how long it is without the control plane.
 *
 * @module
 */

import type { NotifyEvent } from "./_protocol.ts";
import { Login, type LoginOptions } from "./_login.ts";
import { Contact } from "../own_node/contact.ts";
import {
  isIn,
  isOut,
  type ListedDevice,
  type NodeState,
  type NodeStatus,
} from "../own_node/node_status.ts";
import { isUndecided, judgeSelf, type SelfReport } from "../own_node/self_report.ts";
import { Presence } from "../own_node/presence.ts";
import { StaleRefusal } from "../own_node/stale_refusal.ts";

/** What {@linkcode Standing} is told. */
export interface StandingOptions extends LoginOptions {
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** A Worker that starts. */
export interface WorkerStart {
  /** Whether it is given an auth key. */
  readonly hasKey: boolean;
  /** Whether it has to log in. */
  readonly isNeeded: boolean;
  /** Whether a login makes an ephemeral node. */
  readonly isEphemeral: boolean;
}

/** Judges one report after the other. */
export class Standing {
  /** Its logins. */
  readonly login: Login;
  readonly #options: StandingOptions;
  readonly #presence = new Presence();
  readonly #contact = new Contact();
  readonly #staleRefusal = new StaleRefusal();
  /** Whether it was in the tailnet since its last login. */
  #wasRunning = false;
  /** What the last report says, whether or not a login that is under way hides it. */
  #judged: NodeState = "starting";
  /** Tailscale's word for the state in the last report. */
  #backend: string | undefined;
  /** Whether more than our clock says that the node is out. */
  #isSurelyOut = false;

  /** A node without a Worker. */
  constructor(options: StandingOptions) {
    this.#options = options;
    this.login = new Login(options);
  }

  /** Whether the node is ephemeral, as far as that is known. */
  get isEphemeral(): boolean {
    return this.#presence.isEphemeral;
  }

  /** Whether another attempt to log in is due, which costs a node that is in its connections. */
  get isLoginDue(): boolean {
    return this.#isSurelyOut && this.login.isDue(this.#judged);
  }

  /**
   * Whether a URL to log in at has to be asked for, at a look at the node. Asking would put out a
   * node that is in, so only Tailscale's code itself can say so.
   */
  isUrlDue(): boolean {
    // Each look counts.
    return this.login.isUrlDue(this.#judged) && this.#backend === "NeedsLogin";
  }

  /** Another Worker starts. */
  started({ hasKey, isEphemeral, isNeeded }: WorkerStart): void {
    this.login.started(hasKey);
    this.#staleRefusal.reset();
    this.#judged = "starting";
    this.#presence.reset();
    if (!isNeeded) return;
    this.#wasRunning = false;
    this.#presence.born(isEphemeral);
  }

  /** The Go program tells what came of a login. */
  notified(event: NotifyEvent): void {
    this.login.notified(event);
    // A login by hand makes a node that is not ephemeral.
    if (event.loginUrl !== undefined) this.#presence.born(false);
  }

  /**
   * Looks for the node on the newest device list.
   *
   * @returns Whether it was on a list, and is not any more.
   */
  isDeletedBy(devices: readonly ListedDevice[], { addresses, state }: NodeStatus): boolean {
    if (!isIn(state) && state !== "removed") return false;
    this.#presence.listed(devices, addresses);
    return this.#presence.isMissing;
  }

  /**
   * The status by a report.
   *
   * @param current The status so far.
   * @returns Undefined where the report leaves it open: a node that was out stays so until the
   * outcome of its login is known, or its control plane is found not to be reached.
   */
  judge(report: SelfReport, current: NodeState): NodeStatus | undefined {
    const { elapsed, now } = this.#options;
    const reported = judgeSelf(report, this.#wasRunning, now());
    const judged = this.#contact.judge(reported, report, elapsed());
    const isMissing = isIn(judged) && this.#presence.isMissing;
    this.#judged = isMissing ? "removed" : judged;
    this.#backend = report.backend;
    this.#isSurelyOut = isMissing || report.isExpired || report.backend !== "Running";
    // Tailscale says so, too, while a login is under way.
    const isUnderWay = judged === "needs_login" && this.login.isUnderWay;
    const isOpen = isUndecided(report, isUnderWay);
    const isStale = this.#staleRefusal.judge(current, report, isOpen, elapsed());
    if (isOut(current) && isOpen && !isStale) return undefined;
    // A program that refuses to start says nothing else of it.
    const isRefused = judged === "starting" && isUndecided(report, false) &&
      this.login.answer.error !== undefined;
    const state = isUnderWay ? "starting" : isRefused ? "needs_login" : this.#judged;
    if (state === "running") {
      this.#wasRunning = true;
      this.login.succeeded();
    }
    const { addresses, keyExpiresSeconds, name, tags } = report;
    // The URL of a Worker without a key is not shown: the next Worker has the key.
    const { error, loginUrl } = state === "starting"
      ? {
        error: this.login.controlFailureIn(report, isOpen),
        loginUrl: undefined,
      }
      : this.login.answer;
    return { state, error, loginUrl, addresses, keyExpiresSeconds, name, tags };
  }
}
