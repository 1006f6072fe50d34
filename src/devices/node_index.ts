/**
 * Finds the device that is a node, by the ids that tailscaled tells.
 *
 * @module
 */

import type { DeviceListing, KnownDevice } from "../facts/mod.ts";

/** The devices of a list by their node; indexed at the first look at each list. */
export class NodeIndex {
  #listing: DeviceListing | undefined;
  #devices: ReadonlyMap<string, KnownDevice> = new Map();

  /**
   * The device of a list that is a node.
   *
   * @param listing The last device list; undefined before the first.
   * @param nodeId The node's stable id.
   * @param id Its number, for a control plane that does not tell stable ids.
   */
  find(listing: DeviceListing | undefined, nodeId: string, id?: string): KnownDevice | undefined {
    if (this.#listing !== listing) {
      this.#listing = listing;
      const nodeOf = ({ device }: KnownDevice) => device.nodeId ?? `number ${device.id}`;
      this.#devices = new Map(listing?.all.map((known) => [nodeOf(known), known]));
    }
    return this.#devices.get(nodeId) ?? this.#devices.get(`number ${id}`);
  }
}
