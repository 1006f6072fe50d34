/**
 * The fleet as targets that Prometheus can discover: devices for other exporters that run on them,
 * and the devices' own pages. Which devices and in which form is asked for by the request; what is
 * told about each is told in the words of tailscalesd, so that relabelling rules move over.
 *
 * @module
 */

import { bracketed } from "../cidr.ts";
import { bareTag, joinTags, tagKey } from "../tag.ts";
import type { Device } from "../tailscale/device.ts";
import type { AddressCheck } from "./address.ts";
import type { Inventory, KnownDevice } from "./inventory.ts";
import { ownTags } from "./own_tag.ts";
import { askableAddresses, selectTargets, type TargetOptions } from "./target.ts";

/** Targets with the labels they share, as Prometheus reads them. */
export interface TargetGroup {
  /** Such as "100.64.0.7:9100". */
  readonly targets: readonly string[];
  /** Label names and values. */
  readonly labels: Readonly<Record<string, string>>;
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
  /** The tailnet's name as the API was asked for it. */
  readonly tailnet: string;
}

/** The fleet as lists of targets. */
export class Discovery {
  readonly #options: DiscoveryOptions;

  /**
   * Lists over an inventory; each is made when it is asked for.
   *
   * @param options The fleet, and what is told of all of it.
   */
  constructor(options: DiscoveryOptions) {
    this.#options = options;
  }

  /** The devices as targets of another exporter; undefined while nothing is known. */
  devices(query: DeviceQuery): readonly TargetGroup[] | undefined {
    const facts = this.#options.inventory.facts();
    return facts && listDevices(facts.all, query, this.#options);
  }

  /** The pages of all, online or offline devices; undefined while nothing is known. */
  pages(isOnline: boolean | undefined): readonly TargetGroup[] | undefined {
    const facts = this.#options.inventory.facts();
    return facts && listPages(facts.all, isOnline, this.#options);
  }
}

/** What is the same for all devices. */
type Context = Omit<DiscoveryOptions, "inventory">;

/**
 * The devices as targets of another exporter.
 *
 * Shape: KnownDevice[] (0..n) → at most as many groups, in the same order, each with a target for
 * each port; a device without a usable address has none
 */
function listDevices(
  known: readonly KnownDevice[],
  query: DeviceQuery,
  context: Context,
): readonly TargetGroup[] {
  const groups: TargetGroup[] = [];
  for (const one of known) {
    if (!isWanted(one, query.isOnline)) continue;
    const ports = portsOf(one.device, query);
    const host = ports.length > 0
      ? hostOf(one.device, query.address, context.target.isAllowed)
      : "";
    if (host === undefined || host === "") continue;
    const targets = ports.map((port) => port === undefined ? host : `${host}:${port}`);
    groups.push({ targets, labels: metaLabels(one, context) });
  }
  return groups;
}

/**
 * The devices' own pages as targets: those that the exporter would scrape itself. They carry the
 * labels that it would add, so that the series are called the same.
 *
 * Shape: KnownDevice[] (0..n) → at most as many groups of one target, in the same order
 *
 * @param isOnline Only devices that are online, or only those that are not; undefined = both.
 */
function listPages(
  known: readonly KnownDevice[],
  isOnline: boolean | undefined,
  context: Context,
): readonly TargetGroup[] {
  const wanted = known.filter((one) => isWanted(one, isOnline));
  const byDevice = new Map(wanted.map((one) => [one.device, one]));
  // Whether a device is online is the request's affair here.
  const { targets } = selectTargets(
    wanted.map(({ device }) => ({ device, isOnline: true })),
    context.target,
  );
  return targets.map(({ device, address, port }) => ({
    targets: [`${bracketed(address)}:${port}`],
    labels: {
      device_id: device.id,
      device_name: device.name,
      __metrics_path__: "/metrics",
      ...metaLabels(byDevice.get(device) ?? { device, isOnline: true }, context),
    },
  }));
}

function isWanted(one: KnownDevice, isOnline: boolean | undefined): boolean {
  return isOnline === undefined || one.isOnline === isOnline;
}

/** One entry for each target of the device, each once; none if the device is not asked for. */
function portsOf(device: Device, query: DeviceQuery): readonly (number | undefined)[] {
  if (query.tags.length === 0) return [query.port];
  const own = new Set(ownTags(device).map(tagKey));
  const ports = query.tags.filter(({ tag }) => own.has(tag)).map(({ port }) => port ?? query.port);
  return [...new Set(ports)];
}

function hostOf(
  device: Device,
  form: TargetAddress,
  isAllowed: AddressCheck,
): string | undefined {
  const addresses = askableAddresses(device, isAllowed);
  // A name stands for an address, so a device without one that may be told has no target either.
  if (form === "name") return addresses.length > 0 ? nameOf(device) : undefined;
  const address = addresses.find((each) =>
    form === "any" || (form === "ipv6") === each.includes(":")
  );
  return address === undefined ? undefined : bracketed(address);
}

function nameOf(device: Device): string | undefined {
  return /^[a-z0-9](?:[a-z0-9._-]{0,251}[a-z0-9])?$/i.test(device.name) ? device.name : undefined;
}

/** What is told of a device; what is not known or empty has no label. */
function metaLabels(
  { device, isOnline }: KnownDevice,
  { api, tailnet }: Context,
): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  const facts: readonly (readonly [name: string, value: string | boolean | undefined])[] = [
    ["api", api],
    ["device_authorized", device.authorized],
    ["device_client_version", device.clientVersion],
    ["device_external", device.isExternal === true ? true : undefined],
    ["device_hostname", device.hostname],
    ["device_id", device.id],
    ["device_name", device.name],
    ["device_online", isOnline],
    ["device_os", device.os],
    ["device_tags", joinTags(device.tags)],
    ["device_user", device.user],
    ["tailnet", tailnet],
  ];
  for (const [name, value] of facts) {
    if (value !== undefined && value !== "") labels[`__meta_tailscale_${name}`] = String(value);
  }
  for (const tag of device.tags) labels[tagLabel(tag)] = "1";
  return labels;
}

function tagLabel(tag: string): string {
  const name = bareTag(tag).toLowerCase().replace(/[^a-z0-9_]/g, "_");
  return `__meta_tailscale_device_tag_${name === "" ? "EMPTY" : name}`;
}
