/**
 * Which devices of the tailnet are looked at: globs on what a device is called, and tags. Which of
 * them are scraped is another question (`target.ts`).
 *
 * @module
 */

import type { Device } from "../tailscale/device.ts";

/** Whether a device is looked at. */
export type DeviceFilter = (device: Device) => boolean;

/** What {@linkcode createDeviceFilter} goes by; an empty list asks for nothing. */
export interface DeviceFilterOptions {
  /** Globs, one of which must match. */
  readonly targets: readonly string[];
  /** Globs, none of which may match. */
  readonly excludes: readonly string[];
  /** Tags, with or without "tag:", globs too, one of which the device must carry. */
  readonly tags: readonly string[];
}

/**
 * A filter over a device's name, short name, host name and id, and over its tags.
 *
 * @returns A function that is compiled once; excludes win over targets.
 */
export function createDeviceFilter(options: DeviceFilterOptions): DeviceFilter {
  const targets = options.targets.map(lower);
  const excludes = options.excludes.map(lower);
  const tags = options.tags.map((tag) => lower(withTagPrefix(tag)));
  if (targets.length + excludes.length + tags.length === 0) return () => true;
  return (device) => {
    const names = namesOf(device);
    if (targets.length > 0 && !matchesAny(targets, names)) return false;
    if (tags.length > 0 && !matchesAny(tags, device.tags.map(lower))) return false;
    return !matchesAny(excludes, names);
  };
}

/** A tag as the API writes it: "exporter" → "tag:exporter". */
export function withTagPrefix(tag: string): string {
  return tag.toLowerCase().startsWith("tag:") ? tag : `tag:${tag}`;
}

/**
 * Whether a glob covers the whole text: `*` is any run of characters, `?` is one. Letter case
 * counts. The time is bounded by the product of both lengths, whatever the glob.
 */
export function matchGlob(glob: string, text: string): boolean {
  let at = 0;
  let from = 0;
  let star = -1;
  let resume = 0;
  while (from < text.length) {
    if (glob[at] === "*") {
      star = at++;
      resume = from;
    } else if (at < glob.length && (glob[at] === "?" || glob[at] === text[from])) {
      at++;
      from++;
    } else if (star >= 0) {
      // The last star takes one character more; earlier stars need no second try.
      at = star + 1;
      from = ++resume;
    } else {
      return false;
    }
  }
  while (glob[at] === "*") at++;
  return at === glob.length;
}

function matchesAny(globs: readonly string[], texts: readonly string[]): boolean {
  return globs.some((glob) => texts.some((text) => matchGlob(glob, text)));
}

function namesOf(device: Device): readonly string[] {
  const name = lower(device.name);
  const names = [name, name.split(".", 1)[0] ?? name, lower(device.id)];
  if (device.hostname !== undefined) names.push(lower(device.hostname));
  return names;
}

function lower(text: string): string {
  return text.toLowerCase();
}
