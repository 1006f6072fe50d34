/**
 * The settings of a sidecar: ours are given to it once, and again when it may have lost them.
 *
 * @module
 */

import { describeError } from "../errors.ts";
import type { LoginApi, LoginPrefs } from "../tailscale/local/mod.ts";

/** What {@linkcode PrefsKeeper} is told. */
export interface PrefsKeeperOptions {
  /** The tailscaled. */
  readonly api: Pick<LoginApi, "prefs" | "edit">;
  /** Host name in the tailnet. */
  readonly hostname: string;
  /** The control plane; "" for Tailscale's. */
  readonly controlUrl: string;
  /** Hears that the node is logged in at another control plane. */
  readonly onOtherControl?: ((actual: string) => void) | undefined;
  /** Hears why tailscaled did not take our settings, once for each reason. */
  readonly onRefused?: ((reason: string) => void) | undefined;
  /** Monotonic clock in milliseconds. */
  readonly elapsed: () => number;
}

/** Time between two attempts to change settings that were refused. */
const RETRY_MS = 5 * 60_000;

/** Sees to it that a tailscaled has our settings. */
export class PrefsKeeper {
  readonly #options: PrefsKeeperOptions;
  #areGiven = false;
  /** When and why ours were refused; undefined if they were not. */
  #refused: { readonly atMs: number; readonly reason: string } | undefined;
  #isControlCompared = false;

  /** For a tailscaled whose settings are unknown. */
  constructor(options: PrefsKeeperOptions) {
    this.#options = options;
  }

  /** Whether there is nothing to do for now. */
  get isSettled(): boolean {
    return this.#areGiven || this.#refused !== undefined;
  }

  /** The tailscaled does not answer: another one may, with settings of its own. */
  forget(): void {
    this.#areGiven = false;
    this.#refused = undefined;
    this.#isControlCompared = false;
  }

  /** A login took our settings along. */
  given(): void {
    this.#areGiven = true;
  }

  /**
   * Gives the node our settings, unless it has them or has just refused them.
   *
   * @param isStopped Whether the node is down, by its operator or by settings from before.
   */
  async give(isStopped: boolean, signal: AbortSignal): Promise<void> {
    const { elapsed, onRefused } = this.#options;
    if (this.#areGiven && !isStopped) return;
    if (this.#refused !== undefined && elapsed() - this.#refused.atMs < RETRY_MS) return;
    try {
      await this.#apply(signal);
      this.#refused = undefined;
    } catch (error) {
      signal.throwIfAborted();
      const reason = describeError(error);
      if (reason !== this.#refused?.reason) onRefused?.(reason);
      this.#refused = { atMs: elapsed(), reason };
    }
  }

  /** A node that waits for its control plane may wait for another one than that of the settings. */
  async compareControl(signal: AbortSignal): Promise<void> {
    if (this.#isControlCompared) return;
    try {
      this.#compare(await this.#options.api.prefs(signal));
    } catch {
      signal.throwIfAborted(); // who may not read the settings hears so from the login
    }
  }

  /** Gives the node our name, and has it up; what else its operator has set stays. */
  async #apply(signal: AbortSignal): Promise<void> {
    const { api, hostname } = this.#options;
    const prefs = await api.prefs(signal);
    const edit = {
      ...prefs.hostname !== hostname && { hostname },
      ...!prefs.wantRunning && { wantRunning: true },
    };
    if (Object.keys(edit).length > 0) await api.edit(edit, signal);
    this.#compare(prefs);
    this.#areGiven = true;
  }

  #compare({ controlUrl: actual }: LoginPrefs): void {
    const { controlUrl, onOtherControl } = this.#options;
    if (!this.#isControlCompared && !isSameUrl(actual, controlUrl)) onOtherControl?.(actual);
    this.#isControlCompared = true;
  }
}

/** Tailscale's own control plane, which an empty setting stands for. */
const TAILSCALE_URL = "https://controlplane.tailscale.com";

function isSameUrl(actual: string, wanted: string): boolean {
  const [one, other] = [actual, wanted].map((url) => (url || TAILSCALE_URL).replace(/\/+$/, ""));
  return one === other;
}
