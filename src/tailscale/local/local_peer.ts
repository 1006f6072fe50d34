/**
 * A node as tailscaled sees it: itself, or one of its peers. The decoder is total: a field of the
 * wrong type is unknown, and only an entry without an id is no peer.
 *
 * @module
 */

import { addressVersion } from "../../cidr.ts";
import {
  isUnsafeId,
  MAX_ADDRESSES,
  MAX_ID,
  MAX_ROUTES,
  MAX_TAGS,
} from "../../control/device_field.ts";
import { readBoolean, readSeconds, readText, readTexts } from "../../json/field.ts";
import { isJsonObject, parseEntryJson, parseJsonExactly } from "../../json/json.ts";
import { isInTailscaleRange } from "../../range.ts";
import { kindOf, type PeerKind } from "./peer_kind.ts";

/** A node of the tailnet, from the view of this host. Unknown is undefined, never zero. */
export interface LocalPeer {
  /** The stable id, "n292kg92CNTRL": the API's `nodeId`; headscale gives a number. */
  readonly id: string;
  /** The number of the node as decimal digits, beyond 2^53 too: the API's `id`. */
  readonly nodeId: string | undefined;
  /** "nodekey:…". */
  readonly publicKey: string | undefined;
  /** MagicDNS name without a trailing dot. */
  readonly name: string | undefined;
  /** The machine's own host name; not unique. */
  readonly hostname: string | undefined;
  /** "linux", "macOS", "iOS" … */
  readonly os: string | undefined;
  /** The owner's number, a key of the status' users. */
  readonly userId: string | undefined;
  /** Tailscale addresses; what is no address is left out. */
  readonly addresses: readonly string[];
  /** Tags with their prefix. */
  readonly tags: readonly string[];
  /** CIDRs that the node serves now, as a subnet router or exit node. */
  readonly primaryRoutes: readonly string[];
  /** Address and port of the direct path in use; an idle peer has none. */
  readonly currentAddress: string | undefined;
  /** Code of the node's home DERP region. */
  readonly relay: string | undefined;
  /** Address, port and number of the peer relay in use. */
  readonly peerRelay: string | undefined;
  /** Bytes received from it; starts again when tailscaled does, or forgets an idle peer. */
  readonly rxBytes: number | undefined;
  /** Bytes sent to it. */
  readonly txBytes: number | undefined;
  /** Unix seconds; absent while online, and it may be absent for one that is offline. */
  readonly lastSeenSeconds: number | undefined;
  /** Unix seconds; absent if there was none since tailscaled started. */
  readonly lastHandshakeSeconds: number | undefined;
  /** Unix seconds at which the node key expires; absent when it never does. */
  readonly keyExpirySeconds: number | undefined;
  /** Whether the control plane says that it is connected. */
  readonly isOnline: boolean | undefined;
  /** Whether something was sent to it lately; stays true for a while when the peer dies. */
  readonly isActive: boolean | undefined;
  /** Whether it is the exit node in use. */
  readonly isExitNode: boolean | undefined;
  /** Whether it could be one. */
  readonly isExitNodeOption: boolean | undefined;
  /** Whether its node key has ended. */
  readonly isExpired: boolean | undefined;
  /** Whether it is shown only because something is shared with it. */
  readonly isSharee: boolean | undefined;
  /** What it is. */
  readonly kind: PeerKind;
}

/** The system of a node in WebAssembly, as Go names it. It has no UDP: all paths are relayed. */
export const WEBASSEMBLY_OS = "js";

/** How Go writes a time that is not set. */
const ZERO_TIME = "0001-01-01T00:00:00Z";

/**
 * A peer from its JSON text.
 *
 * Source: `PeerStatus` in tailscale.com/ipn/ipnstate
 *
 * @returns Why there is none, as a sentence without its full stop, if the text is no usable peer.
 */
export function decodePeer(text: string): LocalPeer | string {
  try {
    return readPeer(parseEntryJson(text), () => parseJsonExactly(text));
  } catch (error) {
    return `No peer: ${error instanceof RangeError ? error.message : "wanted JSON"}`;
  }
}

/**
 * The same from a parsed value.
 *
 * @param exactly Parses it again with exact ids; called if there is one that a number cannot hold.
 */
export function readPeer(entry: unknown, exactly: () => unknown): LocalPeer | string {
  if (!isJsonObject(entry)) return "No peer: wanted an object";
  const { ID: id } = entry;
  if (typeof id !== "string" || id === "" || id.length > MAX_ID) {
    return `No id: wanted text of 1 to ${MAX_ID} characters in "ID"`;
  }
  const ids = isUnsafeId(entry.NodeID) || isUnsafeId(entry.UserID) ? exactly() : entry;
  const name = readDnsName(entry.DNSName);
  const hostname = readText(entry.HostName);
  const tags = readTexts(entry.Tags, MAX_TAGS) ?? [];
  // Go leaves it out where it is false.
  const isSharee = entry.ShareeNode === undefined ? false : readBoolean(entry.ShareeNode);
  return {
    name,
    hostname,
    tags,
    isSharee,
    kind: kindOf({ name, hostname, tags, isSharee }),
    id: id.toWellFormed(),
    nodeId: isJsonObject(ids) ? readNumberId(ids.NodeID) : undefined,
    publicKey: readText(entry.PublicKey),
    os: readText(entry.OS),
    userId: isJsonObject(ids) ? readNumberId(ids.UserID) : undefined,
    addresses: (readTexts(entry.TailscaleIPs, MAX_ADDRESSES) ?? []).filter(isAddress),
    primaryRoutes: readTexts(entry.PrimaryRoutes, MAX_ROUTES) ?? [],
    currentAddress: readText(entry.CurAddr),
    relay: readText(entry.Relay),
    peerRelay: readText(entry.PeerRelay),
    rxBytes: readCount(entry.RxBytes),
    txBytes: readCount(entry.TxBytes),
    lastSeenSeconds: readTime(entry.LastSeen),
    lastHandshakeSeconds: readTime(entry.LastHandshake),
    keyExpirySeconds: readTime(entry.KeyExpiry),
    isOnline: readBoolean(entry.Online),
    isActive: readBoolean(entry.Active),
    isExitNode: readBoolean(entry.ExitNode),
    isExitNodeOption: readBoolean(entry.ExitNodeOption),
    isExpired: entry.Expired === undefined ? false : readBoolean(entry.Expired),
  };
}

/** A number that names something, as decimal digits; one that lost digits names something else. */
export function readNumberId(value: unknown): string | undefined {
  if (typeof value === "string") return /^\d{1,20}$/.test(value) ? value : undefined;
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0
    ? String(value)
    : undefined;
}

/** A MagicDNS name without its trailing dot. */
export function readDnsName(value: unknown): string | undefined {
  const name = readText(value);
  if (name === undefined || !name.endsWith(".")) return name;
  return name === "." ? undefined : name.slice(0, -1);
}

/** A time in whole Unix seconds. Most peers have mostly Go's zero time, so that is told first. */
export function readTime(value: unknown): number | undefined {
  return value === ZERO_TIME ? undefined : readSeconds(value);
}

function isAddress(text: string): boolean {
  return isInTailscaleRange(text) || addressVersion(text) !== undefined;
}

function readCount(value: unknown): number | undefined {
  return typeof value === "number" && value >= 0 && value < Infinity ? value : undefined;
}
