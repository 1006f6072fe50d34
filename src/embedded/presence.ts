/**
 * Whether our own node is still on the device lists. A control plane that deletes a node need not
 * tell it: headscale leaves it without peers, and Tailscale's code calls that running.
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

  /**
   * Takes the newest device list.
   *
   * @param own The addresses of the node.
   */
  listed(devices: readonly ListedDevice[], own: readonly string[]): void {
    const isListed = devices.some(({ device }) =>
      device.addresses.some((address) => own.includes(address))
    );
    if (isListed) this.#missing = 0;
    else if (this.#missing !== undefined) this.#missing++;
  }

  /** Whether it was on a list, and is not on the last two. */
  get isMissing(): boolean {
    return (this.#missing ?? 0) >= MAX_MISSING;
  }

  /** Forgets what was seen: the node logs in again. */
  reset(): void {
    this.#missing = undefined;
  }
}
