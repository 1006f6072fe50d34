/**
 * What service discovery keeps of each device: where it may be reached, and its labels as they are
 * sent. Made once for as long as nothing about the device changes; lists only put these together.
 *
 * @module
 */

import { bareTag, joinTags, tagKey } from "../tag.ts";
import { toJson } from "../text/printable.ts";
import { targetNameOf } from "./_target_name.ts";
import type { AddressCheck } from "./address_check.ts";
import type { KnownDevice } from "../facts/tailnet_facts.ts";
import { ownTags } from "./own_tag.ts";
import { askableAddresses } from "./target.ts";

/** What is kept of a device for all lists. */
export interface TargetEntry {
  /** The device and whether it is online. */
  readonly known: KnownDevice;
  /** The addresses that may be told, canonical, IPv4 first. */
  readonly addresses: readonly string[];
  /** The name that may be told, if there is one. */
  readonly name: string | undefined;
  /** The keys of the tags that it is asked for by. */
  readonly tags: ReadonlySet<string>;
  /** The labels about the device, as the inner text of a JSON object. */
  readonly labels: string;
}

/** What is the same for all devices. */
export interface EntryContext {
  /** Which addresses may be told. */
  readonly isAllowed: AddressCheck;
  /** Host of the API that told of the devices. */
  readonly api: string;
  /** The tailnet's name as the API was asked for it; undefined where an API has only one. */
  readonly tailnet: string | undefined;
}

/** What is made of a list of tags. */
interface TagTexts {
  readonly keys: ReadonlySet<string>;
  /** Their labels, as the inner text of a JSON object. */
  readonly labels: string;
}

/** Devices with the same tags mostly share one list. */
const tagTexts = new WeakMap<readonly string[], TagTexts>();

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
    addresses: askableAddresses(device, context.isAllowed),
    name: targetNameOf(device),
    tags: tagTextsOf(ownTags(device)).keys,
    labels: labelsOf(known, context),
  };
  // Text that is the same stays one piece of memory.
  return before?.labels === fresh.labels ? { ...fresh, labels: before.labels } : fresh;
}

/** Whether both stand in every list alike. */
export function isSameEntry(a: TargetEntry, b: TargetEntry | undefined): boolean {
  return a === b || (b !== undefined && a.labels === b.labels && a.name === b.name &&
    a.addresses.join() === b.addresses.join());
}

function tagTextsOf(tags: readonly string[]): TagTexts {
  const known = tagTexts.get(tags);
  if (known !== undefined) return known;
  const facts = [["device_tags", joinTags(tags)], ...tags.map((tag) => [tagLabel(tag), "1"])];
  const labels = new Map(facts.map(([name = "", value = ""]) => [name, value]));
  const texts = { keys: new Set(tags.map(tagKey)), labels: [...labels].map(labelText).join("") };
  tagTexts.set(tags, texts);
  return texts;
}

/**
 * What is told of a device; what is not known or empty has no label.
 *
 * By hand, because it runs for all devices of the tailnet at once.
 */
function labelsOf({ device, isOnline }: KnownDevice, { api, tailnet }: EntryContext): string {
  const text = labelText(["api", api]) +
    labelText(["device_authorized", device.authorized]) +
    labelText(["device_client_version", device.clientVersion]) +
    labelText(["device_external", device.isExternal === true ? true : undefined]) +
    labelText(["device_hostname", device.hostname]) +
    labelText(["device_id", device.id]) +
    labelText(["device_name", device.name]) +
    labelText(["device_online", isOnline]) +
    labelText(["device_os", device.os]) +
    labelText(["device_user", device.user]) +
    labelText(["tailnet", tailnet]) +
    tagTextsOf(device.tags).labels;
  return text.slice(1);
}

/** A label with a comma before it; "" without a value. */
function labelText(
  [name, value]: readonly [name: string, value: string | boolean | undefined],
): string {
  if (value === undefined || value === "") return "";
  return `,"__meta_tailscale_${name}":${quote(String(value))}`;
}

/** A text as JSON. */
function quote(text: string): string {
  return /^[ !#-[\]-~]*$/.test(text) ? `"${text}"` : toJson(text);
}

function tagLabel(tag: string): string {
  const name = bareTag(tag).toLowerCase().replace(/[^a-z0-9_]/g, "_");
  return `device_tag_${name === "" ? "EMPTY" : name}`;
}
