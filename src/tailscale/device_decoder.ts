/**
 * From the JSON of one device to a device: a total decoder that believes nothing. One bad field is
 * undefined, and the rest is kept. Tailscale's own API, its older answers and headscale's leaner
 * ones are read by the same code. The list around the devices is read in
 * `control/device_list.ts`.
 *
 * @module
 */

import type { Device } from "../control/device.ts";
import {
  explainId,
  isUnsafeId,
  kindOf,
  readAddresses,
  readId,
  readRoutes,
  readShared,
  readTags,
} from "../control/device_field.ts";
import type { DeviceListFormat } from "../control/device_list.ts";
import { readBoolean, readSeconds, readText } from "../json/field.ts";
import { isJsonObject, type JsonObject } from "../json/json.ts";
import { readConnectivity } from "./connectivity.ts";

/**
 * The list of devices as Tailscale's API and compatible ones write it.
 *
 * Source: Tailscale API v2, `listTailnetDevices`
 */
export const DEVICE_LIST: DeviceListFormat = {
  member: "devices",
  decode: decodeDevice,
  isInexact: hasUnsafeId,
  advise: () =>
    "check TAILSCALE_API_URL, and whether a proxy or a login page stands between (HTTPS_PROXY)",
};

/** Whether an id is a number that was rounded when it was parsed. */
function hasUnsafeId(entry: unknown): boolean {
  return isJsonObject(entry) && (isUnsafeId(entry.id) || isUnsafeId(entry.nodeId));
}

/** The device, or why there is none. */
function decodeDevice(entry: unknown): Device | string {
  if (!isJsonObject(entry)) return `No device: wanted an object, got ${kindOf(entry)}`;
  const id = readId(entry.id);
  if (id === undefined) return explainId(entry.id);
  const name = readName(entry);
  if (name === undefined) {
    return `No name: wanted text in "name" or "hostname", got ${kindOf(entry.name)}`;
  }
  const connectedToControl = readBoolean(entry.connectedToControl);
  // Tailscale's own API leaves these two out where they are false; others never knew.
  const absentFlag = connectedToControl === undefined ? undefined : false;
  const keyExpiryDisabled = readBoolean(entry.keyExpiryDisabled);
  return {
    id,
    nodeId: readId(entry.nodeId),
    nodeKey: readText(entry.nodeKey),
    name,
    hostname: readText(entry.hostname),
    addresses: readAddresses(entry.addresses),
    user: readShared(entry.user),
    tags: readTags(entry.tags),
    os: readShared(entry.os),
    clientVersion: readShared(entry.clientVersion),
    connectedToControl,
    lastSeenSeconds: readSeconds(entry.lastSeen),
    createdSeconds: readSeconds(entry.created),
    expiresSeconds: keyExpiryDisabled === true ? undefined : readSeconds(entry.expires),
    keyExpiryDisabled,
    authorized: readBoolean(entry.authorized),
    isExternal: readBoolean(entry.isExternal),
    isEphemeral: readFlag(entry.isEphemeral, absentFlag),
    updateAvailable: readBoolean(entry.updateAvailable),
    blocksIncomingConnections: readBoolean(entry.blocksIncomingConnections),
    multipleConnections: readFlag(entry.multipleConnections, absentFlag),
    tailnetLockError: entry.tailnetLockError === "" ? "" : readText(entry.tailnetLockError),
    advertisedRoutes: readRoutes(entry.advertisedRoutes),
    enabledRoutes: readRoutes(entry.enabledRoutes),
    primaryRoutes: undefined,
    connectivity: readConnectivity(entry.clientConnectivity),
    serialNumberCount: readSerialNumberCount(entry.postureIdentity),
  };
}

/** The name without its trailing dot; the host name only where the API sent no name at all. */
function readName(entry: JsonObject): string | undefined {
  const isAbsent = entry.name === undefined || entry.name === null || entry.name === "";
  const name = readText(isAbsent ? entry.hostname : entry.name);
  if (name === undefined || !name.endsWith(".")) return name;
  return name === "." ? undefined : name.slice(0, -1);
}

/** A flag that may be absent; one of the wrong type is unknown, not absent. */
function readFlag(value: unknown, absent: boolean | undefined): boolean | undefined {
  return value === undefined || value === null ? absent : readBoolean(value);
}

function readSerialNumberCount(identity: unknown): number | undefined {
  if (!isJsonObject(identity) || !Array.isArray(identity.serialNumbers)) return undefined;
  return identity.serialNumbers.filter((entry) => typeof entry === "string").length;
}
