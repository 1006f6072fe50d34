/**
 * Whether two descriptions of a device say the same, so that nothing has to be rendered again.
 *
 * @module
 */

import type { ClientConnectivity, DerpRegion, Device } from "../control/device.ts";
import { isSameList } from "../facts/same.ts";

/** The fields of a device that hold one value. */
const PLAIN_FIELDS = [
  "id",
  "nodeId",
  "nodeKey",
  "name",
  "hostname",
  "user",
  "os",
  "clientVersion",
  "connectedToControl",
  "lastSeenSeconds",
  "createdSeconds",
  "expiresSeconds",
  "keyExpiryDisabled",
  "authorized",
  "isExternal",
  "isEphemeral",
  "updateAvailable",
  "blocksIncomingConnections",
  "multipleConnections",
  "tailnetLockError",
  "serialNumberCount",
] as const satisfies readonly (keyof Device)[];

/** The fields that hold a list of texts. */
const LIST_FIELDS = [
  "addresses",
  "tags",
  "advertisedRoutes",
  "enabledRoutes",
  "primaryRoutes",
] as const satisfies readonly (keyof Device)[];

/** Whether both describe the same facts; the order of lists counts. */
export function isSameDevice(a: Device, b: Device): boolean {
  if (a === b) return true;
  for (const field of PLAIN_FIELDS) if (a[field] !== b[field]) return false;
  for (const field of LIST_FIELDS) if (!isSameList(a[field], b[field])) return false;
  return isSameConnectivity(a.connectivity, b.connectivity);
}

function isSameConnectivity(
  a: ClientConnectivity | undefined,
  b: ClientConnectivity | undefined,
): boolean {
  if (a === b) return true;
  if (a === undefined || b === undefined) return false;
  if (a.endpointCount !== b.endpointCount) return false;
  if (a.mappingVariesByDestIp !== b.mappingVariesByDestIp) return false;
  if (!isSameList(a.latenciesMs, b.latenciesMs) || !isSameRegions(a.regions, b.regions)) {
    return false;
  }
  if (a.supports === b.supports) return true;
  if (a.supports.size !== b.supports.size) return false;
  for (const [feature, supported] of a.supports) {
    if (b.supports.get(feature) !== supported) return false;
  }
  return true;
}

function isSameRegions(a: readonly DerpRegion[], b: readonly DerpRegion[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (const [at, { name, isPreferred }] of a.entries()) {
    if (b[at]?.name !== name || b[at]?.isPreferred !== isPreferred) return false;
  }
  return true;
}
