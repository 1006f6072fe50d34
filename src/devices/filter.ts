/**
 * Which devices of the tailnet are looked at: globs on what a device is called, and tags. Which of
 * them are scraped is another question (`target.ts`).
 *
 * @module
 */

import { matchGlob } from "../glob.ts";
import { tagKey } from "../tag.ts";
import type { Device } from "../control/device.ts";
import { ownTags } from "./own_tag.ts";

/** Whether a device is looked at. */
export type DeviceFilter = (device: Device) => boolean;

/** What {@linkcode createDeviceFilter} goes by; an empty list asks for nothing. */
export interface DeviceFilterOptions {
  /** Globs, one of which must match. */
  readonly targets: readonly string[];
  /** Globs, none of which may match. */
  readonly excludes: readonly string[];
  /**
   * Tags, with or without "tag:", globs too, one of which the device must carry; a device that is
   * shared in carries none.
   */
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
  const tags = options.tags.map(tagKey);
  if (targets.length + excludes.length + tags.length === 0) return () => true;
  return (device) => {
    const names = namesOf(device);
    if (targets.length > 0 && !matchesAny(targets, names)) return false;
    if (tags.length > 0 && !matchesAny(tags, ownTags(device).map(tagKey))) return false;
    return !matchesAny(excludes, names);
  };
}

function matchesAny(globs: readonly string[], texts: readonly string[]): boolean {
  return globs.some((glob) => texts.some((text) => matchGlob(glob, text)));
}

/** All that a device is called, in lower case: name, short name, id and host name. */
export function namesOf(device: Device): readonly string[] {
  const name = lower(device.name);
  const names = [name, name.split(".", 1)[0] ?? name, lower(device.id)];
  if (device.hostname !== undefined) names.push(lower(device.hostname));
  return names;
}

function lower(text: string): string {
  return text.toLowerCase();
}
