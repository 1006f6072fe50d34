/**
 * The status of the embedded node for those who read it, hear of its changes, or wait until the
 * node is in the tailnet. Judges nothing.
 *
 * @module
 */

import { orAborted } from "../time/timeout.ts";
import {
  isIn,
  isOut,
  type NodeState,
  type NodeStatus,
  type Reach,
  UNKNOWN_STATUS,
} from "../own_node/node_status.ts";
import { describeOutage } from "../own_node/status_text.ts";

/** What {@linkcode CurrentStatus} is told. */
export interface CurrentStatusOptions {
  /** Monotonic clock in milliseconds. */
  readonly elapsed: () => number;
  /** Whether the node can log in with an auth key. Default: true. */
  readonly hasAuthKey?: boolean | undefined;
  /** Hears each change. */
  readonly onStatus?: ((status: NodeStatus) => void) | undefined;
}

/** Age of a start up to which a connection begins to wait for it, until its own deadline. */
const START_PATIENCE_MS = 20_000;

/** The status of a node. */
export class CurrentStatus {
  readonly #options: CurrentStatusOptions;
  readonly #subscribers: (() => void)[] = [];
  /** The status without regard to what the node reaches. */
  #judged: NodeStatus = UNKNOWN_STATUS;
  #reach: Reach | undefined;
  #value: NodeStatus = UNKNOWN_STATUS;
  #change: PromiseWithResolvers<void> = Promise.withResolvers();
  #startedAtMs = 0;

  /** The status of a node that has not joined. */
  constructor(options: CurrentStatusOptions) {
    this.#options = options;
  }

  /** The status as it is. */
  get value(): NodeStatus {
    return this.#value;
  }

  /** The state alone. */
  get state(): NodeState {
    return this.#value.state;
  }

  /** Why no device can be reached through the node; undefined while one may be. */
  get outage(): string | undefined {
    return describeOutage(this.#value, "embedded node", this.#options);
  }

  /** Calls back after each change, and after each {@linkcode CurrentStatus.notify}. */
  subscribe(listener: () => void): void {
    this.#subscribers.push(listener);
  }

  /** Calls the subscribers. */
  notify(): void {
    for (const listener of this.#subscribers) listener();
  }

  /** Changes the status. Nothing follows "stuck", which ends the program. */
  set(status: NodeStatus): void {
    if (this.#value.state === "stuck") return;
    this.#judged = status;
    this.#show();
  }

  /** Changes some of it. */
  update(change: Partial<NodeStatus>): void {
    this.set({ ...this.#judged, ...change });
  }

  /** Notes what the node reaches; undefined if its network is not cut. */
  reaches(reach: Reach | undefined): void {
    this.#reach = reach;
    this.#show();
  }

  /** A node whose network is cut has lost the control plane, whatever Tailscale's code says. */
  #show(): void {
    const isCut = this.#reach !== undefined && isIn(this.#judged.state);
    const status: NodeStatus = isCut
      ? { ...this.#judged, state: "control_away", reach: this.#reach }
      : this.#judged;
    if (JSON.stringify(status) === JSON.stringify(this.#value)) return;
    this.#value = status;
    this.#change.resolve();
    this.#change = Promise.withResolvers();
    this.#options.onStatus?.(status);
    this.notify();
  }

  /**
   * A Worker starts, or is gone. A node that has to log in stays out until the outcome of its login
   * is known.
   */
  starting(): void {
    this.#startedAtMs = this.#options.elapsed();
    if (!isOut(this.#value.state)) this.update({ state: "starting" });
  }

  /**
   * Waits while the node is starting.
   *
   * @throws {Error} If it is out of the tailnet, with what to do.
   * @throws The signal's reason.
   */
  async untilRunning(signal: AbortSignal): Promise<void> {
    const { elapsed } = this.#options;
    for (;;) {
      const { outage } = this;
      // While the network is cut, connections show whether it is back.
      if (outage === undefined || isIn(this.#value.state)) return;
      const isStarting = this.#value.state === "starting" &&
        elapsed() - this.#startedAtMs < START_PATIENCE_MS;
      if (!isStarting) throw new Error(outage.replace(/\.$/, ""));
      await orAborted(this.#change.promise, signal);
    }
  }
}
