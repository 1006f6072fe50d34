/**
 * Keeps the address book in step with the device lists of control planes: only devices that changed
 * cost anything.
 *
 * @module
 */

import { canonicalAddress } from "../cidr.ts";
import type { DeviceListing, KnownDevice } from "../facts/tailnet_facts.ts";
import type { AddressBook, AddressOwner } from "./address_book.ts";

/** How a walk over a device list lets other work run. */
export interface WalkSlice {
  /** Whether the slice is used up. */
  readonly isOver: boolean;
  /** Lets other work run, then starts the next slice. */
  next(): Promise<void>;
}

/** Devices between two looks at the clock. */
const DEVICES_A_LOOK = 64;

/** The addresses of one tailnet's devices. */
export class FleetAddresses {
  readonly #book: AddressBook;
  #listing: DeviceListing | undefined;
  #known: ReadonlyMap<string, KnownDevice> = new Map();
  /** How many devices of the last list have an address: two do while it changes hands. */
  readonly #counts = new Map<string, number>();

  /** Knows no device yet. */
  constructor(book: AddressBook) {
    this.#book = book;
  }

  /** Whether a device of the last list has the address. */
  has(address: string): boolean {
    return this.#counts.has(address);
  }

  /** Takes a device list; returns at once if it is the last one. */
  async follow(listing: DeviceListing | undefined, slice: WalkSlice): Promise<void> {
    if (listing === undefined || listing === this.#listing) return;
    this.#listing = listing;
    const known = new Map<string, KnownDevice>();
    const before = this.#known;
    this.#known = known;
    let count = 0;
    for (const each of listing.all) {
      if (count++ % DEVICES_A_LOOK === 0 && slice.isOver) await slice.next();
      known.set(each.key, each);
      if (before.get(each.key)?.device !== each.device) this.#count(each, 1);
    }
    for (const [key, old] of before) {
      if (count++ % DEVICES_A_LOOK === 0 && slice.isOver) await slice.next();
      if (known.get(key)?.device === old.device) continue;
      this.#count(old, -1);
      for (const address of addressesOf(old)) {
        if (!this.#counts.has(address)) this.#book.note(address, undefined, listing.atMs);
      }
    }
    for (const each of known.values()) {
      if (count++ % DEVICES_A_LOOK === 0 && slice.isOver) await slice.next();
      if (before.get(each.key)?.device === each.device) continue;
      const owner = ownerOf(each);
      for (const address of addressesOf(each)) this.#book.note(address, owner, listing.atMs);
    }
  }

  #count(known: KnownDevice, step: 1 | -1): void {
    for (const address of addressesOf(known)) {
      const count = (this.#counts.get(address) ?? 0) + step;
      if (count > 0) this.#counts.set(address, count);
      else this.#counts.delete(address);
    }
  }
}

function addressesOf({ device }: KnownDevice): readonly string[] {
  return [...new Set(device.addresses.map(canonicalAddress).filter((one) => one !== undefined))];
}

function ownerOf({ key, device }: KnownDevice): AddressOwner {
  const isTagged = device.tags.length > 0;
  return {
    id: device.nodeId ?? key,
    visitor: {
      userClass: device.isExternal === true ? "shared" : isTagged ? "tagged" : "own",
      user: isTagged ? undefined : device.user,
      device: device.name,
    },
    createdMs: device.createdSeconds === undefined ? undefined : device.createdSeconds * 1000,
  };
}
