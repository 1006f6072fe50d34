/**
 * From a node of headscale's API v1 to a device: a total decoder that believes nothing. One bad
 * field is undefined, and the rest is kept. Reads the nodes of headscale 0.26 to 0.29.
 *
 * @module
 */

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
import type { Device } from "../control/device.ts";
import type { DeviceListFormat } from "../control/device_list.ts";
import { readBoolean, readSeconds, readText } from "../json/field.ts";
import { isJsonObject, type JsonObject } from "../json/json.ts";

/**
 * The list of nodes.
 *
 * Source: headscale 0.29.3, `GET /api/v1/node`; 0.26 and 0.27 by their `node.proto`
 */
export const NODE_LIST: DeviceListFormat = {
  member: "nodes",
  decode: decodeNode,
  isInexact: (entry) => isJsonObject(entry) && isUnsafeId(entry.id),
  advise: (beginning) =>
    /^\s*</.test(beginning)
      ? "that is a web page, of a web interface, a proxy or a login: set HEADSCALE_URL to the " +
        "server_url of headscale's configuration"
      : "check HEADSCALE_URL, and whether a proxy stands between (HTTPS_PROXY)",
};

/** The device, or why there is none. */
function decodeNode(entry: unknown): Device | string {
  if (!isJsonObject(entry)) return `No node: wanted an object, got ${kindOf(entry)}`;
  const id = readId(entry.id);
  if (id === undefined) return explainId(entry.id);
  const hostname = readText(entry.name);
  const name = readText(entry.givenName) ?? hostname;
  if (name === undefined) {
    return `No name: wanted text in "givenName" or "name", got ${kindOf(entry.givenName)}`;
  }
  const isOnline = readBoolean(entry.online);
  // Without it the rules for APIs that do not tell would guess.
  if (isOnline === undefined) return `No "online": wanted a boolean, got ${kindOf(entry.online)}`;
  return {
    id,
    // The same number as LocalAPI's stable id.
    nodeId: id,
    nodeKey: readText(entry.nodeKey),
    name,
    hostname,
    addresses: readAddresses(entry.ipAddresses),
    user: readUser(entry.user),
    tags: readAllTags(entry),
    os: undefined,
    clientVersion: undefined,
    connectedToControl: isOnline,
    // While a node is online this is when it connected.
    lastSeenSeconds: isOnline ? undefined : readSeconds(entry.lastSeen),
    createdSeconds: readSeconds(entry.createdAt),
    // Year 1 means never, as null does.
    expiresSeconds: readSeconds(entry.expiry),
    keyExpiryDisabled: undefined,
    // headscale lists no node that waits for approval.
    authorized: true,
    isExternal: undefined,
    isEphemeral: readEphemeral(entry.preAuthKey),
    updateAvailable: undefined,
    blocksIncomingConnections: undefined,
    multipleConnections: undefined,
    tailnetLockError: undefined,
    advertisedRoutes: readRoutes(entry.availableRoutes),
    enabledRoutes: readRoutes(entry.approvedRoutes),
    primaryRoutes: readRoutes(entry.subnetRoutes),
    connectivity: undefined,
    serialNumberCount: undefined,
  };
}

/** The owner's e-mail address as OIDC told it, else the name; "tagged-devices" of a tagged node. */
function readUser(user: unknown): string | undefined {
  if (!isJsonObject(user)) return undefined;
  return readShared(user.email) ?? readShared(user.name);
}

/** All tags that hold: up to 0.27 those forced by the admin and those that the policy permits. */
function readAllTags({ forcedTags, tags, validTags }: JsonObject): readonly string[] {
  if (Array.isArray(tags)) return readTags(tags);
  return readTags([forcedTags, validTags].flatMap((list) => Array.isArray(list) ? list : []));
}

/** Only a pre-auth key makes a node ephemeral; a node that joined without one is not. */
function readEphemeral(preAuthKey: unknown): boolean | undefined {
  if (preAuthKey === null) return false;
  return isJsonObject(preAuthKey) ? readBoolean(preAuthKey.ephemeral) : undefined;
}
