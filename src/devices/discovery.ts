/**
 * The fleet as targets that Prometheus can discover: devices for other exporters that run on them,
 * and the devices' own pages. Which devices and in which form is asked for by the request; what is
 * told about each is told in the words of tailscalesd, so that relabelling rules move over.
 *
 * @module
 */

import { bracketed } from "../cidr.ts";
import { toJson } from "../printable.ts";
import { isSameEntry, renewEntry, type TargetEntry } from "./_target_entry.ts";
import type { Facts, Inventory, KnownDevice } from "./inventory.ts";
import { selectTargets, type TargetOptions } from "./target.ts";

/** Targets with the labels they share, as Prometheus reads them. */
export interface TargetGroup {
  /** Such as "100.64.0.7:9100": addresses or host names, with or without a port. */
  readonly targets: readonly string[];
  /** Label names and values, as the text of a JSON object. */
  readonly labels: string;
}

/** How a device is addressed. */
export type TargetAddress =
  /** By IPv4 if it has one, else by IPv6. */
  | "any"
  /** By IPv4 only. */
  | "ipv4"
  /** By IPv6 only. */
  | "ipv6"
  /** By its name in the tailnet. */
  | "name";

/** A tag that is asked for. */
export interface WantedTag {
  /** With its "tag:", lower case. */
  readonly tag: string;
  /** The port of what runs on devices with the tag; undefined is that of the query. */
  readonly port: number | undefined;
}

/** Which devices are wanted as targets of another exporter. */
export interface DeviceQuery {
  /** Devices with one of these, for which those of a device shared in do not count; empty = all. */
  readonly tags: readonly WantedTag[];
  /** The exporter's port; without one targets have none. */
  readonly port: number | undefined;
  /** Only devices that are online, or only those that are not; undefined = both. */
  readonly isOnline: boolean | undefined;
  /** How they are addressed. */
  readonly address: TargetAddress;
}

/** What a {@linkcode Discovery} needs. */
export interface DiscoveryOptions {
  /** The fleet; all of it is listed, whichever shard is ours. */
  readonly inventory: Pick<Inventory, "facts">;
  /**
   * Which devices' pages are scraped and where; addresses that may not be asked are not told
   * either, for whoever is told them sends requests there.
   */
  readonly target: TargetOptions;
  /** Host of the API that told of the devices. */
  readonly api: string;
  /** The tailnet's name as the API was asked for it; undefined where an API has only one. */
  readonly tailnet: string | undefined;
}

/**
 * The fleet as lists of targets.
 *
 * Labels are rendered once for each device and kept while nothing about it changes, so that a list
 * of 10,000 devices costs milliseconds, whatever is asked for. Nothing is rendered before the first
 * request.
 */
export class Discovery {
  readonly #options: DiscoveryOptions;
  #version = 0;
  /** The facts that the entries were made of. */
  #facts: Facts | undefined;
  #entries: readonly TargetEntry[] = [];
  #byId: ReadonlyMap<string, TargetEntry> = new Map();

  /**
   * Lists over an inventory; each is made when it is asked for.
   *
   * @param options The fleet, and what is told of all of it.
   */
  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /**
   * The number of the present state: as long as it stays the same, so does the answer to each
   * query.
   *
   * @returns undefined while nothing is known.
   */
  version(): number | undefined {
    return this.#current() === undefined ? undefined : this.#version;
  }

  /** The devices as targets of another exporter; undefined while nothing is known. */
  devices(query: DeviceQuery): readonly TargetGroup[] | undefined {
    const entries = this.#current();
    return entries && listDevices(entries, query);
  }

  /** The pages of all, online or offline devices; undefined while nothing is known. */
  pages(isOnline: boolean | undefined): readonly TargetGroup[] | undefined {
    const entries = this.#current();
    return entries && this.#listPages(entries, isOnline);
  }

  /** The entries of the present facts; nothing is kept once these are stale. */
  #current(): readonly TargetEntry[] | undefined {
    const facts = this.#options.inventory.facts();
    if (facts === undefined) {
      this.#facts = undefined;
      this.#entries = [];
      this.#byId = new Map();
      this.#version++;
      return undefined;
    }
    if (facts !== this.#facts) this.#take(facts);
    return this.#entries;
  }

  #take(facts: Facts): void {
    const before = this.#entries;
    const entries = facts.all.map((known) =>
      renewEntry(this.#byId.get(known.device.id), known, this.#options)
    );
    this.#facts = facts;
    this.#entries = entries;
    this.#byId = new Map(entries.map((entry) => [entry.known.device.id, entry]));
    const isSame = entries.length === before.length &&
      entries.every((entry, at) => isSameEntry(entry, before[at]));
    if (!isSame) this.#version++;
  }

  /**
   * The devices' own pages as targets: those that the exporter would scrape itself. They carry the
   * labels that it would add, so that the series are called the same.
   *
   * Shape: TargetEntry[] (0..n) → at most as many groups of one target, in the same order
   *
   * @param isOnline Only devices that are online, or only those that are not; undefined = both.
   */
  #listPages(
    entries: readonly TargetEntry[],
    isOnline: boolean | undefined,
  ): readonly TargetGroup[] {
    const { target } = this.#options;
    // Whether a device is online is the request's affair here.
    const wanted = entries.filter(({ known }) => isWanted(known, isOnline))
      .map(({ known: { device } }) => ({ device, isOnline: true }));
    return selectTargets(wanted, target).targets.map(({ device, address, port }) => {
      const own = toJson({
        device_id: device.id,
        device_name: device.name,
        __metrics_path__: "/metrics",
      });
      return {
        targets: [`${bracketed(address)}:${port}`],
        labels: `${own.slice(0, -1)},${this.#byId.get(device.id)?.labels}}`,
      };
    });
  }
}

/**
 * The devices as targets of another exporter.
 *
 * Shape: TargetEntry[] (0..n) → at most as many groups, in the same order, each with a target for
 * each port; a device without a usable address has none
 */
function listDevices(entries: readonly TargetEntry[], query: DeviceQuery): readonly TargetGroup[] {
  const groups: TargetGroup[] = [];
  for (const entry of entries) {
    if (!isWanted(entry.known, query.isOnline)) continue;
    const ports = portsOf(entry, query);
    const host = ports.length > 0 ? hostOf(entry, query.address) : undefined;
    if (host === undefined) continue;
    const targets = ports.map((port) => port === undefined ? host : `${host}:${port}`);
    groups.push({ targets, labels: `{${entry.labels}}` });
  }
  return groups;
}

function isWanted(one: KnownDevice, isOnline: boolean | undefined): boolean {
  return isOnline === undefined || one.isOnline === isOnline;
}

/** One entry for each target of the device, each once; none if the device is not asked for. */
function portsOf(entry: TargetEntry, query: DeviceQuery): readonly (number | undefined)[] {
  if (query.tags.length === 0) return [query.port];
  const ports = query.tags.filter(({ tag }) => entry.tags.has(tag))
    .map(({ port }) => port ?? query.port);
  return ports.length > 1 ? [...new Set(ports)] : ports;
}

function hostOf({ addresses, name }: TargetEntry, form: TargetAddress): string | undefined {
  // A name stands for an address, so a device without one that may be told has no target either.
  if (form === "name") return addresses.length > 0 ? name : undefined;
  const address = addresses.find((each) =>
    form === "any" || (form === "ipv6") === each.includes(":")
  );
  return address === undefined ? undefined : bracketed(address);
}
