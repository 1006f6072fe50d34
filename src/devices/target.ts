/**
 * Which devices are scraped and at which URL, and for each of the others the reason and what mends
 * it. By address, not by name: a device answers a request by name with a redirect to its address.
 *
 * @module
 */

import { addressVersion, bracketed, canonicalAddress } from "../cidr.ts";
import { tagKey, withTagPrefix } from "../tag.ts";
import type { Device } from "../control/device.ts";
import type { AddressCheck } from "./address_check.ts";
import { type DeviceScrape, PENDING, type SkipReason } from "../facts/device_scrape.ts";
import type { KnownDevice } from "../facts/tailnet_facts.ts";
import type { PortChooser } from "./port.ts";

/** A device to scrape. */
export interface Target {
  /** The device's key. */
  readonly key: string;
  /** The device as the API describes it. */
  readonly device: Device;
  /** The address to ask, in its canonical spelling. */
  readonly address: string;
  /** All addresses of the device that may be asked, canonical, the one above first. */
  readonly addresses: readonly string[];
  /** TCP port of its metrics. */
  readonly port: number;
  /** "http://100.64.0.7:5252/metrics". */
  readonly url: string;
}

/** A device that is not scraped. */
export interface SkippedDevice {
  /** The device's key. */
  readonly key: string;
  /** The device as the API describes it. */
  readonly device: Device;
  /** Why, and what to do. */
  readonly scrape: DeviceScrape;
}

/** What a {@linkcode TargetChooser} goes by. */
export interface TargetOptions {
  /** The tag that a scraped device must carry, with or without "tag:"; "" asks for none. */
  readonly scrapeTag: string;
  /** The TCP port of a device's metrics. */
  readonly portOf: PortChooser;
  /** Which addresses may be asked. */
  readonly isAllowed: AddressCheck;
}

/** What becomes of a device. */
export type Choice = Target | SkippedDevice;

/**
 * Decides for each device whether it is scraped. IPv4 comes first; IPv6 is asked only where no IPv4
 * address may be.
 *
 * Remembers what it decided: a device that did not change costs a lookup, since the inventory keeps
 * its object. One device at a time, so that a caller with a long list can pause.
 */
export class TargetChooser {
  readonly #options: TargetOptions;
  /** What becomes of each device while it is online, by its key. */
  #choices = new Map<string, Choice>();

  /** Nothing is decided yet. */
  constructor(options: TargetOptions) {
    this.#options = options;
  }

  /** The target of a device, or the reason why it has none. */
  choose(known: KnownDevice): Choice {
    const { key, device, isOnline } = known;
    let choice = this.#choices.get(key);
    if (choice?.device !== device) {
      choice = chooseDevice(known, this.#options);
      this.#choices.set(key, choice);
    }
    const state = "scrape" in choice ? choice.scrape.state : undefined;
    if (isOnline || state === "untagged" || state === "shared_in") return choice;
    return { key, device, scrape: OFFLINE };
  }

  /**
   * Forgets all choices if most are of devices that are gone.
   *
   * @param count How many devices there are.
   */
  trim(count: number): void {
    if (this.#choices.size > 2 * count) this.#choices = new Map();
  }
}

/** What becomes of a device that is online. */
function chooseDevice({ key, device }: KnownDevice, options: TargetOptions): Choice {
  const { scrapeTag, portOf, isAllowed } = options;
  const tag = scrapeTag === "" ? "" : withTagPrefix(scrapeTag);
  if (tag !== "" && device.isExternal === true) {
    return { key, device, scrape: SHARED_IN };
  }
  if (tag !== "" && !hasTag(device, tag)) {
    return { key, device, scrape: untagged(tag) };
  }
  if (!device.addresses.some((each) => addressVersion(each) !== undefined)) {
    return { key, device, scrape: NO_ADDRESS };
  }
  const addresses = askableAddresses(device, isAllowed);
  const address = addresses[0];
  if (address === undefined) {
    return { key, device, scrape: skipped("address_not_allowed", notAllowedDetail(device)) };
  }
  const port = portOf(device);
  return { key, device, address, addresses, port, url: pageUrl(address, port) };
}

function skipped(state: SkipReason, reason: string): DeviceScrape {
  return { ...PENDING, state, reason };
}

const OFFLINE = skipped(
  "offline",
  "The device is offline: it is scraped again once it is connected (run `tailscale up` on it)",
);

const SHARED_IN = skipped(
  "shared_in",
  "The device is shared in from another tailnet, its tags are its owner's: nothing to do, or set " +
    "SCRAPE_TAG= (empty) to scrape all devices, this one too",
);

const NO_ADDRESS = skipped(
  "no_address",
  "The API lists no address for the device: it has to be approved and to join the tailnet first",
);

/** One object for all devices: of 200,000 the texts would be 80 MB. */
const untaggedByTag = new Map<string, DeviceScrape>();

function untagged(tag: string): DeviceScrape {
  const scrape = untaggedByTag.get(tag) ?? skipped("untagged", describeUntagged(tag));
  untaggedByTag.set(tag, scrape);
  return scrape;
}

function describeUntagged(tag: string): string {
  return `The device lacks ${tag}. A server: list the tag under tagOwners in the tailnet policy, ` +
    "then add it in the admin console or run " +
    `\`tailscale up --advertise-tags=${tag}\`. A person's device: do not tag it, because a tag ` +
    "replaces its user, turns its key expiry off, and rules for the user no longer apply; set " +
    "SCRAPE_TAG= (empty) to scrape devices without the tag, too";
}

function notAllowedDetail(device: Device): string {
  const addresses = device.addresses.slice(0, 4).join(", ");
  return `None of the addresses may be scraped (${addresses}): wanted one of Tailscale's ranges, ` +
    "or add its block to SCRAPE_ALLOW_CIDRS";
}

function hasTag(device: Device, tag: string): boolean {
  const wanted = tagKey(tag);
  return device.tags.some((own) => tagKey(own) === wanted);
}

/** What {@linkcode askableAddresses} gave for each device, by check. */
const askable = new WeakMap<AddressCheck, WeakMap<Device, readonly string[]>>();

/**
 * The addresses of a device that may be asked, canonical, IPv4 first. Read once for each device:
 * scraping and service discovery both ask, and reading takes 12 µs.
 */
export function askableAddresses(device: Device, isAllowed: AddressCheck): readonly string[] {
  const known = askable.get(isAllowed) ?? new WeakMap<Device, readonly string[]>();
  askable.set(isAllowed, known);
  const addresses = known.get(device) ?? readAddresses(device, isAllowed);
  known.set(device, addresses);
  return addresses;
}

function readAddresses(device: Device, isAllowed: AddressCheck): readonly string[] {
  const v4: string[] = [];
  const v6: string[] = [];
  for (const sent of device.addresses) {
    const address = canonicalAddress(sent);
    if (address === undefined || !isAllowed(address)) continue;
    (address.includes(":") ? v6 : v4).push(address);
  }
  return [...v4, ...v6];
}

function pageUrl(address: string, port: number): string {
  return `http://${bracketed(address)}:${port}/metrics`;
}
