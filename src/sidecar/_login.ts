/**
 * The logins of a sidecar: when the next one is due, and what came of the last.
 *
 * @module
 */

import {
  isDecided,
  isUnreached,
  loginErrorOf,
  type SelfReport,
  withKeyAdvice,
} from "../own_node/self_report.ts";
import { describeError } from "../errors.ts";
import type { LoginApi } from "../tailscale/local/mod.ts";

/** What {@linkcode Login} is told. */
export interface LoginOptions {
  /** The tailscaled. */
  readonly api: Pick<LoginApi, "login">;
  /** Host name in the tailnet. */
  readonly hostname: string;
  /** The control plane; "" for Tailscale's. */
  readonly controlUrl: string;
  /** Gives an auth key for a login; undefined if there is none. */
  readonly authKey: () => Promise<string | undefined>;
  /** Whether {@linkcode LoginOptions.authKey} can log in. */
  readonly hasAuthKey: boolean;
  /** Monotonic clock in milliseconds. */
  readonly elapsed: () => number;
}

/** Time between two attempts. */
const RETRY_MS = 5 * 60_000;
/** Time for a login with a key, after which a URL to log in at means that the key is refused. */
const PATIENCE_MS = 20_000;
/** Time that a tailscaled may have no state: it reads its own after a start. */
const NO_STATE_MS = 5_000;

/** One login after the other. */
export class Login {
  readonly #options: LoginOptions;
  #attemptedAtMs: number | undefined;
  /** Why the last one could not even begin, until the next one. */
  #refusal: string | undefined;
  #error: string | undefined;
  #statelessSinceMs: number | undefined;

  /** None so far. */
  constructor(options: LoginOptions) {
    this.#options = options;
  }

  /** Why the control plane refused the last one, or what kept it from being asked. */
  get error(): string | undefined {
    return this.#error;
  }

  /** Whether tailscaled did not even begin the last one. */
  get isRefused(): boolean {
    return this.#refusal !== undefined;
  }

  /**
   * Whether the node is logged out or deleted, and an attempt is due. A login gives up the node's
   * key, so one that has a key and no state waits for its control plane, however long, unless that
   * has decided against the key.
   *
   * @param isMissing Whether the lists of devices have it no more.
   */
  isDue(report: SelfReport, isMissing: boolean): boolean {
    const { authUrl, backend, hasNodeKey } = report;
    const { elapsed, hasAuthKey } = this.#options;
    const nowMs = elapsed();
    const error = loginErrorOf(report);
    const isRefused = error !== undefined && isDecided(error);
    const isStateless = backend === "NoState" && (!hasNodeKey || isRefused);
    this.#statelessSinceMs = isStateless ? this.#statelessSinceMs ?? nowMs : undefined;
    const isDeleted = backend === "Running" && hasAuthKey && isMissing;
    const isOut = backend === "NeedsLogin" || isDeleted ||
      (this.#statelessSinceMs !== undefined && nowMs - this.#statelessSinceMs >= NO_STATE_MS);
    if (!isOut || (!hasAuthKey && authUrl !== undefined)) return false;
    return this.#attemptedAtMs === undefined || nowMs - this.#attemptedAtMs >= RETRY_MS;
  }

  /** Begins one, and tells whether tailscaled has taken it. */
  async begin(signal: AbortSignal): Promise<boolean> {
    const { api, authKey, controlUrl, elapsed, hostname } = this.#options;
    this.#attemptedAtMs = elapsed();
    this.#refusal = undefined;
    try {
      await api.login({ authKey: await authKey(), controlUrl, hostname }, signal);
      return true;
    } catch (error) {
      signal.throwIfAborted();
      this.#refusal = describeError(error);
      return false;
    }
  }

  /** Learns from tailscaled what came of it so far. */
  hear(report: SelfReport): void {
    const error = loginErrorOf(report);
    const isOfKey = error !== undefined && this.#options.hasAuthKey;
    this.#error = this.#refusal ?? (isOfKey ? withKeyAdvice(error) : error);
  }

  /** Whether it has no outcome yet; a control plane that is not reached decides nothing. */
  isUnderWay({ authUrl }: SelfReport): boolean {
    if (this.#error !== undefined) return isUnreached(this.#error);
    if (authUrl === undefined) return true;
    const { elapsed, hasAuthKey } = this.#options;
    return hasAuthKey && elapsed() - (this.#attemptedAtMs ?? 0) < PATIENCE_MS;
  }

  /** The node is in, so that the next attempt need not wait. */
  succeed(): void {
    this.#attemptedAtMs = undefined;
    this.#refusal = undefined;
  }
}
