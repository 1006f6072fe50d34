/**
 * What was done to the host within the last day, by its age in watched time, and what may therefore
 * be done now.
 *
 * @module
 */

import { DAY_MS } from "../time/timestamp.ts";
import type { HealingKind } from "./healing.ts";
import type { WatchdogState } from "./watchdog_state.ts";

/** Reconnects allowed per day where fewer restarts are allowed. */
const MIN_RECONNECTS = 3;

/** The limits that a {@linkcode ActionLog} keeps. */
export interface ActionLimits {
  /** The shortest time between two of one kind, in milliseconds. */
  readonly cooldownMs: number;
  /**
   * Maximum number of restarts a day. As many reconnects are allowed, but at least 3: they are
   * milder, and wanted even where no restart is allowed.
   */
  readonly maxRestarts: number;
}

/** Remembers restarts, reconnects and rebinds. */
export class ActionLog {
  readonly #limits: ActionLimits;
  #restarts: readonly number[];
  #reconnects: readonly number[];
  #rebindMs: number | undefined;

  /** What a state remembers. */
  constructor(limits: ActionLimits, state: WatchdogState) {
    this.#limits = limits;
    this.#restarts = state.restartAgesMs;
    this.#reconnects = state.reconnectAgesMs;
    this.#rebindMs = state.rebindAgeMs;
  }

  /** The harshest that there may ever be. */
  get harshest(): "reconnect" | "restart" {
    return this.#limits.maxRestarts === 0 ? "reconnect" : "restart";
  }

  /** How many restarts there were within a day. */
  get restarts(): number {
    return ofToday(this.#restarts);
  }

  /** Whether there may be no further restart today. */
  get isSpent(): boolean {
    return this.restarts >= this.#limits.maxRestarts;
  }

  /** Milliseconds until tailscaled may be restarted again; 0 if it may be now. */
  get cooldownMs(): number {
    return Math.max(0, this.#limits.cooldownMs - Math.min(...this.#restarts));
  }

  /** Lets everything grow older. */
  age(ms: number): void {
    const { cooldownMs } = this.#limits;
    const older = (ages: readonly number[]) =>
      ages.map((age) => age + ms).filter((age) => age < Math.max(DAY_MS, cooldownMs));
    this.#restarts = older(this.#restarts);
    this.#reconnects = older(this.#reconnects);
    this.#rebindMs = older(this.#rebindMs === undefined ? [] : [this.#rebindMs])[0];
  }

  /** Whether something may be done now, seen by what was done before. */
  may(kind: Exclude<HealingKind, "ping">): boolean {
    const { cooldownMs, maxRestarts } = this.#limits;
    if (this.cooldownMs > 0) return false;
    if (kind === "restart") return !this.isSpent;
    const reconnectMs = Math.min(...this.#reconnects);
    if (reconnectMs < cooldownMs) return false;
    if (kind === "reconnect") {
      return ofToday(this.#reconnects) < Math.max(MIN_RECONNECTS, maxRestarts);
    }
    return this.#rebindMs === undefined || this.#rebindMs >= cooldownMs;
  }

  /** Notes that something is done now. */
  note(kind: Exclude<HealingKind, "ping">): void {
    if (kind === "restart") this.#restarts = [...this.#restarts, 0];
    if (kind === "reconnect") this.#reconnects = [...this.#reconnects, 0];
    if (kind === "rebind") this.#rebindMs = 0;
  }

  /** The part of the state that is kept here. */
  state(): Pick<WatchdogState, "restartAgesMs" | "reconnectAgesMs" | "rebindAgeMs"> {
    return {
      restartAgesMs: this.#restarts,
      reconnectAgesMs: this.#reconnects,
      rebindAgeMs: this.#rebindMs,
    };
  }
}

function ofToday(ages: readonly number[]): number {
  return ages.filter((age) => age < DAY_MS).length;
}
