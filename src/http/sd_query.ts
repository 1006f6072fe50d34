/**
 * What the query of a service discovery request asks for. A parameter that is not known is a fault,
 * not a shrug: a misspelt `tag` would make every device of the tailnet a target.
 *
 * @module
 */

import { MAX_SHARDS } from "../shard.ts";
import { parseTagAndPort, tagKey } from "../tag.ts";
import type { DeviceQuery, TargetAddress, WantedTag } from "../devices/discovery.ts";

/** Tags that may be asked for at once. */
const MAX_TAGS = 50;

/** The parameters of each path, for answers to those who sent something else. */
export const SD_WANTED = {
  /** `/sd/shards` */
  shards: `want shards=N, once, with N from 1 to ${MAX_SHARDS}`,
  /** `/sd/devices` */
  devices:
    "want port=PORT, tag=NAME or tag=NAME:PORT (up to 50 times), online=true, false or all, " +
    "address=ipv4, ipv6 or name; either all tags have a port or port is given, or none has one",
  /** `/sd/pages` */
  pages: "want online=true, false or all, or nothing",
} as const;

/**
 * How many shards are to be listed.
 *
 * @returns undefined if the query is not what {@linkcode SD_WANTED} says; so do all of these.
 */
export function readShardsQuery(params: URLSearchParams): number | undefined {
  const fields = readFields(params, ["shards"]);
  const count = readOne(fields?.get("shards"), (text) => readNumber(text, MAX_SHARDS));
  return count === "fault" ? undefined : count;
}

/** Which devices are to be listed, and how. Default: online and offline ones. */
export function readDeviceQuery(params: URLSearchParams): DeviceQuery | undefined {
  const fields = readFields(params, ["tag", "port", "online", "address"]);
  if (fields === undefined) return undefined;
  const tags = readTags(fields.get("tag") ?? []);
  const port = readOne(fields.get("port"), (text) => readNumber(text, 65_535));
  const online = readOne(fields.get("online"), readOnline);
  const address = readOne(fields.get("address"), readAddress);
  const isRead = tags !== undefined && port !== "fault" && online !== "fault" &&
    address !== "fault";
  if (!isRead || (port === undefined && isMixed(tags))) return undefined;
  return { tags, port, isOnline: (online ?? BOTH).isOnline, address: address ?? "any" };
}

/** Which pages are to be listed. Default: those of online devices. */
export function readPagesQuery(
  params: URLSearchParams,
): { readonly isOnline: boolean | undefined } | undefined {
  const fields = readFields(params, ["online"]);
  if (fields === undefined) return undefined;
  const online = readOne(fields.get("online"), readOnline);
  return online === "fault" ? undefined : online ?? { isOnline: true };
}

const BOTH: { readonly isOnline: boolean | undefined } = { isOnline: undefined };

/** All values of each parameter; undefined if there is one of another name. */
function readFields(
  params: URLSearchParams,
  names: readonly string[],
): ReadonlyMap<string, readonly string[]> | undefined {
  const fields = new Map<string, string[]>();
  for (const [name, value] of params) {
    if (!names.includes(name)) return undefined;
    const values = fields.get(name) ?? [];
    values.push(value);
    fields.set(name, values);
  }
  return fields;
}

/** The one value there may be. */
function readOne<T>(
  values: readonly string[] | undefined,
  read: (text: string) => T | undefined,
): T | undefined | "fault" {
  if (values === undefined) return undefined;
  return (values.length === 1 ? read(values[0] ?? "") : undefined) ?? "fault";
}

function readNumber(text: string, most: number): number | undefined {
  if (!/^[1-9]\d{0,4}$/.test(text)) return undefined;
  return Number(text) <= most ? Number(text) : undefined;
}

function readOnline(text: string): { readonly isOnline: boolean | undefined } | undefined {
  if (text === "all") return BOTH;
  return text === "true" || text === "false" ? { isOnline: text === "true" } : undefined;
}

function readAddress(text: string): TargetAddress | undefined {
  return text === "ipv4" || text === "ipv6" || text === "name" ? text : undefined;
}

function readTags(texts: readonly string[]): readonly WantedTag[] | undefined {
  if (texts.length > MAX_TAGS) return undefined;
  const tags: WantedTag[] = [];
  for (const text of texts) {
    const read = parseTagAndPort(text);
    if (read === undefined) return undefined;
    tags.push({ tag: tagKey(read.tag), port: read.port });
  }
  return tags;
}

/** Whether some tags have a port and some have none. */
function isMixed(tags: readonly WantedTag[]): boolean {
  return tags.some(({ port }) => port === undefined) && tags.some(({ port }) => port !== undefined);
}
