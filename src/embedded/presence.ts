/**
 * What the device lists say of our own node: whether it is on them, and whether it is ephemeral. A
 * control plane that deletes a node need not tell it: headscale leaves it without peers, and
 * Tailscale's code calls that running.
 *
 * @module
 */

import type { ListedDevice } from "./node_status.ts";

/** Device lists in a row without the node, after which it counts as removed. */
const MAX_MISSING = 2;

/** Looks for a node on each device list. */
export class Presence {
  /** Device lists in a row without this node; undefined before it was on one. */
  #missing: number | undefined;
  #isEphemeral: boolean | undefined;

  /**
   * Takes the newest device list.
   *
   * @param own The addresses of the node.
   */
  listed(devices: readonly ListedDevice[], own: readonly string[]): void {
    const found = devices.find(({ device }) =>
      device.addresses.some((address) => own.includes(address))
    );
    if (found !== undefined) {
      this.#missing = 0;
      this.#isEphemeral = found.device.isEphemeral;
    } else if (this.#missing !== undefined) this.#missing++;
  }

  /** Whether it was on a list, and is not on the last two. */
  get isMissing(): boolean {
    return (this.#missing ?? 0) >= MAX_MISSING;
  }

  /** Whether the last list with the node says that it is ephemeral; undefined if none tells. */
  get isEphemeral(): boolean | undefined {
    return this.#isEphemeral;
  }

  /** Forgets what was seen: the node logs in again. */
  reset(): void {
    this.#missing = undefined;
    this.#isEphemeral = undefined;
  }
}
