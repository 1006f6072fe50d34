/**
 * What is known of our own node besides what it says: whether the device lists have it, and whether
 * it is ephemeral, by them or, until one tells, by the login that made it. A control plane that
 * deletes a node need not tell it: headscale leaves it without peers, and Tailscale's code calls
 * that running.
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
  #isListedEphemeral: boolean | undefined;
  #isBornEphemeral = false;

  /** A login makes the node, with a key that makes ephemeral nodes or otherwise. */
  born(isEphemeral: boolean): void {
    this.#isBornEphemeral = isEphemeral;
  }

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
      this.#isListedEphemeral = found.device.isEphemeral;
    } else if (this.#missing !== undefined) this.#missing++;
  }

  /** Whether it was on a list, and is not on the last two. */
  get isMissing(): boolean {
    return (this.#missing ?? 0) >= MAX_MISSING;
  }

  /** Whether it is ephemeral, by the last list with it; by its login where none tells. */
  get isEphemeral(): boolean {
    return this.#isListedEphemeral ?? this.#isBornEphemeral;
  }

  /** Forgets what the lists said: another Worker starts. */
  reset(): void {
    this.#missing = undefined;
    this.#isListedEphemeral = undefined;
  }
}
