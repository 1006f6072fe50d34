/**
 * Which devices of the tailnet are looked at: globs on what a device is called, and tags. Which of
 * them are scraped is another question (`target.ts`).
 *
 * @module
 */

import type { Device } from "../control/device.ts";
import { createSelector } from "../selector.ts";
import { ownTags } from "./own_tag.ts";

/** Whether a device is looked at. */
export type DeviceFilter = (device: Device) => boolean;

/** What {@linkcode createDeviceFilter} goes by; an empty list asks for nothing. */
export interface DeviceFilterOptions {
  /** Globs, one of which must match. */
  readonly targets?: readonly string[];
  /** Globs, none of which may match. */
  readonly excludes?: readonly string[];
  /**
   * Tags, with or without "tag:", globs too, one of which the device must carry; a device that is
   * shared in carries none.
   */
  readonly tags?: readonly string[];
}

/**
 * A filter over a device's name, short name, host name and id, and over its tags.
 *
 * @returns A function that is compiled once; excludes win over targets.
 */
export function createDeviceFilter(
  { excludes = [], tags = [], targets = [] }: DeviceFilterOptions,
): DeviceFilter {
  const selects = createSelector<Device>({ names: targets, tags, tagsOf: ownTags });
  if (excludes.length === 0) return selects;
  const isExcluded = createSelector<Device>({ names: excludes });
  return (device) => selects(device) && !isExcluded(device);
}
