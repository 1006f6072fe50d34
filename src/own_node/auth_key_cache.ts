/**
 * Reuses the auth key that an OAuth client made until a login succeeds with it: each key stays
 * listed at the control plane until it expires, and logins may be retried for days.
 *
 * @module
 */

import { KEY_LIFETIME_SECONDS } from "./auth_key.ts";
import { isIn, type NodeStatus } from "./node_status.ts";

/** What {@linkcode AuthKeyCache} needs. */
export interface AuthKeyCacheOptions {
  /** Makes a key. */
  readonly make: () => Promise<string>;
  /** Monotonic clock in milliseconds. */
  readonly elapsed: () => number;
}

/** Age up to which a key is reused, in milliseconds; the login needs some time, too. */
const MAX_AGE_MS = (KEY_LIFETIME_SECONDS - 60) * 1000;

/** The auth key of a node, which is good for one login. */
export class AuthKeyCache {
  readonly #options: AuthKeyCacheOptions;
  #cached: { readonly key: string; readonly madeAtMs: number; uses: number } | undefined;

  /** No key yet. */
  constructor(options: AuthKeyCacheOptions) {
    this.#options = options;
  }

  /**
   * A key for an attempt to log in: the last one while it is valid and unused, else a new one.
   *
   * @throws What `make` throws; the next call tries again.
   */
  async get(): Promise<string> {
    const { elapsed, make } = this.#options;
    const nowMs = elapsed();
    if (this.#cached === undefined || nowMs - this.#cached.madeAtMs >= MAX_AGE_MS) {
      this.#cached = undefined;
      this.#cached = { key: await make(), madeAtMs: nowMs, uses: 0 };
    }
    this.#cached.uses++;
    return this.#cached.key;
  }

  /**
   * Hears each status of the node. Forgets the key once it is used, or may have been used by an
   * attempt before the one that was refused: its outcome is unknown where the Worker crashed. An
   * error of a node that is starting is that of a control plane that is not reached.
   */
  told({ error, state }: Pick<NodeStatus, "error" | "state">): void {
    const isUsed = isIn(state) || state === "needs_approval";
    const mayBeUsed = error !== undefined && state !== "starting" && (this.#cached?.uses ?? 0) > 1;
    if (isUsed || mayBeUsed) this.#cached = undefined;
  }
}
