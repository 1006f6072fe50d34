/**
 * A device as the Tailscale API lists it, in two parts: what every listing has, and what only
 * `fields=all` adds.
 *
 * @module
 */

import type { DeviceCondition } from "./device_condition.ts";
import type { DeviceIdentity } from "./device_identity.ts";
import { KINDS } from "./device_kind.ts";
import { hash, pick, STREAM, unit } from "./random.ts";
import type { DeviceSpec, Trait } from "./_spec.ts";

/** What goes into a device's entry. */
export interface RecordSource {
  /** The demo's seed. */
  readonly seed: number;
  /** The device's number. */
  readonly index: number;
  /** Its kind. */
  readonly kind: DeviceSpec["kind"];
  /** Its traits. */
  readonly traits: ReadonlySet<Trait>;
  /** Its identity. */
  readonly identity: DeviceIdentity;
  /** Its whole MagicDNS name. */
  readonly name: string;
  /** Its own host name. */
  readonly hostname: string;
  /** Its tags; empty for none. */
  readonly tags: readonly string[];
  /** CIDRs it announces. */
  readonly advertisedRoutes: readonly string[];
  /** CIDRs approved. */
  readonly enabledRoutes: readonly string[];
  /** When its key expires, in milliseconds. */
  readonly expiresMs: number;
  /** When it was added, in milliseconds. */
  readonly createdMs: number;
  /** How it is doing. */
  readonly condition: DeviceCondition;
}

/** The two parts of an entry, JSON without the braces around. */
export interface DeviceRecord {
  /** The fields of every listing. */
  readonly standard: string;
  /** The further fields of `fields=all`. */
  readonly further: string;
}

const DISTROS: readonly Readonly<Record<"name" | "version" | "codeName", string>>[] = [
  { name: "debian", version: "13", codeName: "trixie" },
  { name: "ubuntu", version: "24.04", codeName: "noble" },
  { name: "alpine", version: "3.22.1", codeName: "" },
  { name: "nixos", version: "26.05", codeName: "yarara" },
];

/**
 * A device's entry in the API's list.
 *
 * Source: `GET /api/v2/tailnet/{tailnet}/devices` of the published OpenAPI document.
 */
export function makeRecord(source: RecordSource): DeviceRecord {
  const isShared = source.traits.has("shared_in");
  return {
    standard: fieldsOf(isShared ? sharedFields(source) : ownFields(source)),
    further: fieldsOf(isShared ? sharedFurther() : ownFurther(source)),
  };
}

type Fields = Record<string, unknown>;

/** JSON without the braces; a field that is undefined is left out, as the API leaves it out. */
function fieldsOf(fields: Fields): string {
  return JSON.stringify(fields).slice(1, -1);
}

function ownFields(source: RecordSource): Fields {
  const { identity, traits, condition } = source;
  return {
    addresses: identity.addresses,
    id: identity.id,
    nodeId: identity.nodeId,
    user: userOf(source),
    name: source.name,
    hostname: source.hostname,
    clientVersion: identity.clientVersion,
    updateAvailable: traits.has("update_available"),
    os: KINDS[source.kind].os,
    created: timestamp(source.createdMs),
    connectedToControl: condition.isOnline,
    lastSeen: condition.lastSeenMs === undefined ? undefined : timestamp(condition.lastSeenMs),
    keyExpiryDisabled: hasEndlessKey(source),
    expires: timestamp(source.expiresMs),
    authorized: !traits.has("unauthorized"),
    isExternal: false,
    multipleConnections: traits.has("multiple_connections") ? true : undefined,
    machineKey: identity.machineKey,
    nodeKey: identity.nodeKey,
    blocksIncomingConnections: traits.has("shields_up"),
    tags: source.tags.length === 0 ? undefined : source.tags,
    tailnetLockKey: identity.lockKey,
    tailnetLockError: traits.has("lock_error")
      ? "node key is not signed by a trusted tailnet lock key"
      : "",
    isEphemeral: traits.has("ephemeral"),
  };
}

function ownFurther(source: RecordSource): Fields {
  const { seed, index, kind, traits } = source;
  const facts = KINDS[kind];
  return {
    enabledRoutes: source.enabledRoutes,
    advertisedRoutes: source.advertisedRoutes,
    clientConnectivity: traits.has("never_online") ? undefined : connectivityOf(source),
    sshEnabled: !facts.isPersonal && unit(seed, STREAM.feature, index, 1) < 0.4,
    postureIdentity: postureOf(source),
    distro: facts.os === "linux" ? pick(DISTROS, seed, STREAM.feature, index, 2) : undefined,
  };
}

/** Another tailnet's device: no dates, no version, no machine key, no tags. */
function sharedFields(source: RecordSource): Fields {
  const { identity, condition } = source;
  return {
    addresses: identity.addresses,
    id: identity.id,
    nodeId: identity.nodeId,
    user: "partner@example.org",
    name: source.name,
    hostname: source.hostname,
    clientVersion: "",
    updateAvailable: false,
    os: KINDS[source.kind].os,
    created: "",
    connectedToControl: condition.isOnline,
    lastSeen: condition.lastSeenMs === undefined ? undefined : timestamp(condition.lastSeenMs),
    keyExpiryDisabled: false,
    expires: "0001-01-01T00:00:00Z",
    authorized: true,
    isExternal: true,
    machineKey: "",
    nodeKey: identity.nodeKey,
    blocksIncomingConnections: false,
    tailnetLockKey: "",
    tailnetLockError: "",
  };
}

function sharedFurther(): Fields {
  return { enabledRoutes: [], advertisedRoutes: [], sshEnabled: false };
}

/** The user of a tagged device is its creator, or `tagged-devices` where an auth key created it. */
function userOf({ seed, index, tags, identity }: RecordSource): string {
  const isMadeByKey = tags.length > 0 && unit(seed, STREAM.feature, index, 7) < 0.6;
  return isMadeByKey ? "tagged-devices" : identity.person;
}

function hasEndlessKey({ traits, tags }: RecordSource): boolean {
  return traits.has("key_expiry_disabled") || tags.length > 0;
}

function connectivityOf(source: RecordSource): Fields {
  const { seed, index, identity, traits, condition } = source;
  const isHardNat = traits.has("hard_nat");
  const luck = hash(seed, STREAM.endpoint, index);
  const port = isHardNat ? 20_000 + luck % 40_000 : 41_641;
  const hasIpv6 = traits.has("ipv6_only") || unit(seed, STREAM.feature, index, 3) < 0.5;
  const hasMapping = !isHardNat && unit(seed, STREAM.feature, index, 4) < 0.3;
  const endpoints = [
    `203.0.113.${1 + luck % 254}:${port}`,
    `192.168.${(luck >>> 8) % 250}.${10 + (luck >>> 16) % 200}:41641`,
  ];
  if (hasIpv6) endpoints.push(`[2001:db8:${(luck >>> 16).toString(16)}::${1 + luck % 99}]:41641`);
  const latencies = identity.site.near
    .map(({ region, baseMs }) => {
      const spread = unit(seed, STREAM.latency, index * 32 + region.id, condition.latencyWindow);
      const latencyMs = Math.round(baseMs * (0.97 + 0.3 * spread) * 1e6) / 1e6;
      return [
        region.name,
        region === condition.home ? { preferred: true, latencyMs } : { latencyMs },
      ] as const;
    })
    .sort(([a], [b]) => a < b ? -1 : 1);
  return {
    endpoints,
    mappingVariesByDestIP: isHardNat,
    latency: Object.fromEntries(latencies),
    clientSupports: {
      hairPinning: null,
      ipv6: hasIpv6,
      pcp: hasMapping && luck % 3 === 0,
      pmp: hasMapping && luck % 3 === 1,
      udp: true,
      upnp: hasMapping && luck % 3 === 2,
    },
  };
}

/** Serial numbers of people's computers; some opted out. */
function postureOf({ seed, index, kind }: RecordSource): Fields | undefined {
  if (kind !== "mac" && kind !== "windows" && kind !== "linux_laptop") return undefined;
  const luck = hash(seed, STREAM.feature, index, 5);
  if (luck % 5 === 0) return { disabled: true };
  return { serialNumbers: [`DEMO${String(luck % 1e6).padStart(6, "0")}`] };
}

/** RFC 3339 in whole seconds, as the API writes it. */
function timestamp(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace(".000Z", "Z");
}
