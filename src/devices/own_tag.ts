/**
 * The tags that count in this tailnet.
 *
 * @module
 */

import type { Device } from "../control/device.ts";

const NO_TAGS: readonly string[] = [];

/**
 * The tags of a device that this tailnet's operator has given it.
 *
 * @returns None for a device that is shared in: its tags are its owner's, who must not choose by
 *   them what we scrape.
 */
export function ownTags({ isExternal, tags }: Device): readonly string[] {
  return isExternal === true ? NO_TAGS : tags;
}
