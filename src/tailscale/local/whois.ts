/**
 * The node behind an address of the tailnet, its owner and what it was granted here. Reads
 * the LocalAPI's JSON, and the words of `tailscale whois` that simple bridges pass on.
 *
 * @module
 */

import { isUnsafeId, MAX_ADDRESSES, MAX_TAGS } from "../../control/device_field.ts";
import { readBoolean, readText, readTexts } from "../../json/field.ts";
import { isJsonObject, type JsonObject, parseJson, parseJsonExactly } from "../../json/json.ts";
import { readDnsName, readNumberId, readTime } from "./local_peer.ts";
import { type LocalUser, readUser } from "./user.ts";

/** Node and owner behind an address. */
export interface Whois {
  /** The stable id, as a peer's. */
  readonly id: string | undefined;
  /** The number of the node as decimal digits. */
  readonly nodeId: string | undefined;
  /** MagicDNS name without a trailing dot. */
  readonly name: string | undefined;
  /** The machine's own host name. */
  readonly hostname: string | undefined;
  /** "linux", "macOS", "iOS" … */
  readonly os: string | undefined;
  /** Tailscale addresses, without a prefix length. */
  readonly addresses: readonly string[];
  /** Tags with their prefix; the owner of a tagged node is "tagged-devices". */
  readonly tags: readonly string[];
  /** Whether the control plane says that it is connected. */
  readonly isOnline: boolean | undefined;
  /** Unix seconds at which the node joined the tailnet. */
  readonly createdSeconds: number | undefined;
  /** Unix seconds at which the node key expires. */
  readonly keyExpirySeconds: number | undefined;
  /** The owner. */
  readonly user: LocalUser | undefined;
  /** Names of the capabilities that the policy grants the node towards this host. */
  readonly capabilities: readonly string[];
}

const MAX_CAPABILITIES = 256;

/**
 * Node and owner of an answer.
 *
 * Source: `WhoIsResponse` in tailscale.com/client/tailscale/apitype
 *
 * @throws {SyntaxError} If the text is neither JSON nor the words of `tailscale whois`.
 * @throws {TypeError} If it names no node.
 */
export function decodeWhois(text: string): Whois {
  if (/^\s*Machine:/.test(text)) return readWords(text);
  const parsed = parseJson(text);
  const answer = hasUnsafeId(parsed) ? parseJsonExactly(text) : parsed;
  if (!isJsonObject(answer) || !isJsonObject(answer.Node)) {
    throw new TypeError('wanted an object with "Node"');
  }
  const node = answer.Node;
  const info: JsonObject = isJsonObject(node.Hostinfo) ? node.Hostinfo : {};
  return {
    id: readText(node.StableID),
    nodeId: readNumberId(node.ID),
    name: readDnsName(node.Name),
    hostname: readText(info.Hostname),
    os: readText(info.OS),
    addresses: (readTexts(node.Addresses, MAX_ADDRESSES) ?? []).map(withoutPrefix),
    tags: readTexts(node.Tags, MAX_TAGS) ?? [],
    isOnline: readBoolean(node.Online),
    createdSeconds: readTime(node.Created),
    keyExpirySeconds: readTime(node.KeyExpiry),
    user: readUser(answer.UserProfile),
    capabilities: isJsonObject(answer.CapMap)
      ? readTexts(Object.keys(answer.CapMap), MAX_CAPABILITIES) ?? []
      : [],
  };
}

function hasUnsafeId(answer: unknown): boolean {
  if (!isJsonObject(answer)) return false;
  const parts = [answer.Node, answer.UserProfile];
  return parts.some((part) => isJsonObject(part) && isUnsafeId(part.ID));
}

/** "100.64.0.2/32" → "100.64.0.2". */
function withoutPrefix(address: string): string {
  return address.replace(/\/\d+$/, "");
}

/**
 * What `tailscale whois` prints: sections "Machine:" and "User:", in each lines "  Name:  value".
 * Lists are "[a b]" in Go's way, tags separated by ", ".
 */
function readWords(text: string): Whois {
  const fields = new Map<string, string>();
  let section = "";
  for (const line of text.split("\n", 100)) {
    const heading = /^(\w+):\s*$/.exec(line)?.[1];
    if (heading !== undefined) section = heading;
    const [, name, value] = /^\s+(\w+):\s+(\S.*)$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) {
      fields.set(`${section}.${name}`, value.trimEnd());
    }
  }
  const addresses = fields.get("Machine.Addresses")?.replace(/[[\],]/g, " ").trim().split(/\s+/);
  return {
    id: readText(fields.get("Machine.ID")),
    nodeId: undefined,
    name: readDnsName(fields.get("Machine.Name")),
    hostname: undefined,
    os: undefined,
    addresses: (readTexts(addresses, MAX_ADDRESSES) ?? []).map(withoutPrefix),
    tags: readTexts(fields.get("Machine.Tags")?.split(/[,\s]+/), MAX_TAGS) ?? [],
    isOnline: undefined,
    createdSeconds: undefined,
    keyExpirySeconds: undefined,
    user: readUser({ ID: fields.get("User.ID"), LoginName: fields.get("User.Name") }),
    capabilities: [],
  };
}
