/**
 * The lists of service discovery as a request would get them.
 *
 * @module
 */

import type { DeviceQuery, TargetGroup } from "../../src/devices/discovery.ts";
import type { Views } from "../../src/http/view.ts";

/** What can be asked for lists. */
type Lister = Views["discovery"];

/** Devices as targets; undefined while nothing is known. */
export async function listDevices(
  discovery: Lister,
  query: DeviceQuery,
): Promise<readonly TargetGroup[] | undefined> {
  const current = await discovery.current();
  return current && wholeList(current.devices(query));
}

/** Pages of devices as targets; undefined while nothing is known. */
export async function listPages(
  discovery: Lister,
  isOnline: boolean | undefined,
): Promise<readonly TargetGroup[] | undefined> {
  const current = await discovery.current();
  return current && wholeList(current.pages(isOnline));
}

function wholeList(groups: Iterable<TargetGroup | undefined>): readonly TargetGroup[] {
  return [...groups].filter((group) => group !== undefined);
}
