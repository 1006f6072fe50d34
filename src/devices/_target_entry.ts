/**
 * What service discovery keeps of each device: where it may be reached, and its labels as they are
 * sent. Made once for as long as nothing about the device changes; lists only put these together.
 *
 * @module
 */

import { toJson } from "../printable.ts";
import { bareTag, joinTags, tagKey } from "../tag.ts";
import type { Device } from "../tailscale/device.ts";
import { targetNameOf } from "./_target_name.ts";
import type { KnownDevice } from "./inventory.ts";
import { askableAddresses, type TargetOptions } from "./target.ts";

/** What is kept of a device for all lists. */
export interface TargetEntry {
  readonly known: KnownDevice;
  /** The addresses that may be told, canonical, IPv4 first. */
  readonly addresses: readonly string[];
  /** The name that may be told, if there is one. */
  readonly name: string | undefined;
  /** The keys of its tags. */
  readonly tags: ReadonlySet<string>;
  /** The labels about the device, as the inner text of a JSON object. */
  readonly labels: string;
}

/** What is the same for all devices. */
export interface EntryContext {
  /** Which addresses may be told. */
  readonly target: Pick<TargetOptions, "isAllowed">;
  /** Host of the API that told of the devices. */
  readonly api: string;
  /** The tailnet's name as the API was asked for it. */
  readonly tailnet: string;
}

/** The keys of lists of tags; devices with the same tags mostly share one list. */
const tagKeys = new WeakMap<readonly string[], ReadonlySet<string>>();

/** The entry of a device: the one before, if nothing about the device changed. */
export function renewEntry(
  before: TargetEntry | undefined,
  known: KnownDevice,
  context: EntryContext,
): TargetEntry {
  if (before?.known === known) return before;
  const { device } = known;
  const fresh = {
    known,
    addresses: askableAddresses(device, context.target.isAllowed),
    name: targetNameOf(device),
    tags: tagKeysOf(device),
    labels: toJson(metaLabels(known, context)).slice(1, -1),
  };
  // Text that is the same stays one piece of memory.
  return before?.labels === fresh.labels ? { ...fresh, labels: before.labels } : fresh;
}

/** Whether both stand in every list alike. */
export function isSameEntry(a: TargetEntry, b: TargetEntry | undefined): boolean {
  return a === b || (b !== undefined && a.labels === b.labels && a.name === b.name &&
    a.addresses.join() === b.addresses.join());
}

function tagKeysOf({ tags }: Device): ReadonlySet<string> {
  const known = tagKeys.get(tags);
  if (known !== undefined) return known;
  const keys = new Set(tags.map(tagKey));
  tagKeys.set(tags, keys);
  return keys;
}

/** What is told of a device; what is not known or empty has no label. */
function metaLabels(
  { device, isOnline }: KnownDevice,
  { api, tailnet }: EntryContext,
): Readonly<Record<string, string>> {
  const labels: Record<string, string> = {};
  const facts: readonly (readonly [name: string, value: string | boolean | undefined])[] = [
    ["api", api],
    ["device_authorized", device.authorized],
    ["device_client_version", device.clientVersion],
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
