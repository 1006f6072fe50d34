/**
 * On which port a device has its metrics: hosts on 5252 (`tailscale set --webclient`), containers
 * on 9002 (`TS_ENABLE_METRICS=true`), and whatever an operator says of devices by name or tag.
 *
 * @module
 */

import { namesOf } from "../selector.ts";
import { tagKey } from "../tag.ts";
import type { Device } from "../control/device.ts";
import { matchGlob } from "../text/glob.ts";
import { ownTags } from "./own_tag.ts";

/** The port of some devices. */
export interface PortRule {
  /** A glob, in any case, on a device's name, short name, host name or id, or on its tags. */
  readonly pattern: string;
  /** Whether it is on tags, without "tag:" then. */
  readonly isTag: boolean;
  /** TCP port. */
  readonly port: number;
}

/** The port of a device's metrics. */
export type PortChooser = (device: Device) => number;

/**
 * Goes by rules, of which the first that matches counts.
 *
 * Tags of a device that is shared in do not match: they are its owner's.
 *
 * @param fallback The port of a device that no rule matches.
 */
export function createPortChooser(rules: readonly PortRule[], fallback: number): PortChooser {
  if (rules.length === 0) return () => fallback;
  const compiled = rules.map(({ pattern, isTag, port }) => ({
    glob: isTag ? tagKey(pattern) : pattern.toLowerCase(),
    isTag,
    port,
  }));
  return (device) => {
    const names = namesOf(device);
    const tags = ownTags(device).map(tagKey);
    const rule = compiled.find(({ glob, isTag }) =>
      (isTag ? tags : names).some((text) => matchGlob(glob, text))
    );
    return rule?.port ?? fallback;
  };
}
