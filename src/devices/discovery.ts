/**
 * The fleet as targets that Prometheus can discover: devices for other exporters that run on them,
 * and the devices' own pages. Which devices and in which form is asked for by the request; what is
 * told about each is told in the words of tailscalesd, so that relabelling rules move over.
 *
 * @module
 */

import { bracketed } from "../cidr.ts";
import { toJson } from "../text/printable.ts";
import { isSameEntry, renewEntry, type TargetEntry } from "./_target_entry.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import type { AddressCheck } from "./address_check.ts";
import type { DeviceListing, KnownDevice } from "../facts/tailnet_facts.ts";
import type { TailnetRecord } from "../facts/tailnet_record.ts";
import type { TargetChooser } from "./target.ts";

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
  /** The tailnet; its devices are listed whichever shard they are in. */
  readonly record: Pick<TailnetRecord, "listing">;
  /** Which devices' pages are scraped and where. */
  readonly chooser: TargetChooser;
  /**
   * Which addresses may be asked; the others are not listed either, because the client of a list
   * sends requests there.
   */
  readonly isAllowed: AddressCheck;
  /** Host of the API that told of the devices. */
  readonly api: string;
  /** The tailnet's name as the API was asked for it; undefined where an API has only one. */
  readonly tailnet: string | undefined;
  /** How the rendering of many devices is cut into slices. */
  readonly slices?: TimeSliceOptions;
}

/**
 * The fleet as one device list tells it; never changed afterwards.
 *
 * Each list of targets is made while it is gone through, and has a place for each device in the
 * API's order, undefined for one that is no target of it: so there can be a pause at any place.
 */
export interface TargetList {
  /** As long as it stays the same, so does the answer to each query. */
  readonly version: number;
  /**
   * The devices as targets of another exporter: a group has a target for each port; a device
   * without a usable address has none.
   */
  devices(query: DeviceQuery): Iterable<TargetGroup | undefined>;
  /**
   * The devices' own pages as targets: those that the exporter would scrape itself. They carry the
   * labels that it would add, so that the series are called the same.
   *
   * @param isOnline Only devices that are online, or only those that are not; undefined = both.
   */
  pages(isOnline: boolean | undefined): Iterable<TargetGroup | undefined>;
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
  #listing: DeviceListing | undefined;
  #entries: readonly TargetEntry[] = [];
  #byId: ReadonlyMap<string, TargetEntry> = new Map();
  #taking: Promise<void> | undefined;

  /**
   * Lists over a device list; each is made when it is asked for.
   *
   * @param options The fleet, and what is told of all of it.
   */
  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /**
   * The fleet as it is known now, rendered in slices; calls at once share the work.
   *
   * @returns undefined while nothing is known.
   */
  async current(): Promise<TargetList | undefined> {
    // It may be about an older list; one that begins after this call cannot be.
    if (this.#taking !== undefined) await this.#taking.catch(() => {});
    const { listing } = this.#options.record;
    if (listing === undefined) {
      this.#forget();
      return undefined;
    }
    if (listing !== this.#listing) {
      this.#taking ??= this.#take(listing).finally(() => this.#taking = undefined);
      await this.#taking;
    }
    const [version, entries] = [this.#version, this.#entries];
    return {
      version,
      devices: (query) => listDevices(entries, query),
      pages: (isOnline) => this.#listPages(entries, isOnline),
    };
  }

  /** Keeps nothing of facts that are stale. */
  #forget(): void {
    if (this.#listing === undefined) return;
    this.#listing = undefined;
    this.#entries = [];
    this.#byId = new Map();
    this.#version++;
  }

  async #take(listing: DeviceListing): Promise<void> {
    const { isAllowed, api, tailnet } = this.#options;
    const slice = new TimeSlice(this.#options.slices);
    const before = this.#entries;
    const entries: TargetEntry[] = [];
    const byId = new Map<string, TargetEntry>();
    let isSame = listing.all.length === before.length;
    for (const known of listing.all) {
      const { id } = known.device;
      const entry = renewEntry(this.#byId.get(id), known, { isAllowed, api, tailnet });
      isSame &&= isSameEntry(entry, before[entries.length]);
      entries.push(entry);
      byId.set(id, entry);
      if (slice.isOver) await slice.next();
    }
    this.#listing = listing;
    this.#entries = entries;
    this.#byId = byId;
    if (!isSame) this.#version++;
  }

  *#listPages(
    entries: readonly TargetEntry[],
    isOnline: boolean | undefined,
  ): Generator<TargetGroup | undefined> {
    for (const { known, labels } of entries) {
      // Whether a device is online is the request's affair here.
      const choice = isWanted(known, isOnline)
        ? this.#options.chooser.choose({ ...known, isOnline: true })
        : undefined;
      if (choice === undefined || "scrape" in choice) {
        yield undefined;
        continue;
      }
      const { device, address, port } = choice;
      const own = toJson({
        device_id: device.id,
        device_name: device.name,
        __metrics_path__: "/metrics",
      });
      yield {
        targets: [`${bracketed(address)}:${port}`],
        labels: `${own.slice(0, -1)},${labels}}`,
      };
    }
  }
}

function* listDevices(
  entries: readonly TargetEntry[],
  query: DeviceQuery,
): Generator<TargetGroup | undefined> {
  for (const entry of entries) {
    const ports = isWanted(entry.known, query.isOnline) ? portsOf(entry, query) : [];
    const host = ports.length > 0 ? hostOf(entry, query.address) : undefined;
    yield host === undefined ? undefined : {
      targets: ports.map((port) => port === undefined ? host : `${host}:${port}`),
      labels: `{${entry.labels}}`,
    };
  }
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
