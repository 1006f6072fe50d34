/**
 * The part of a device that tells about its network: `clientConnectivity` of the API.
 *
 * @module
 */

import type { ClientConnectivity, ClientFeature, DerpLatency } from "./device.ts";
import { isShortText, readBoolean } from "./field.ts";
import { isJsonObject, type JsonObject } from "./json.ts";

/** Tailscale has about 30 regions; a tailnet may add its own up to number 999. */
const MAX_LATENCIES = 256;

/** The API's name of each feature, and ours. */
const FEATURES: readonly (readonly [field: string, feature: ClientFeature])[] = [
  ["hairPinning", "hairpinning"],
  ["ipv6", "ipv6"],
  ["pcp", "pcp"],
  ["pmp", "pmp"],
  ["udp", "udp"],
  ["upnp", "upnp"],
];

/**
 * What a client knows about its network; a null, an entry of the wrong type and a latency that is
 * no positive number are left out.
 *
 * @returns undefined if the API sent no such object.
 */
export function readConnectivity(value: unknown): ClientConnectivity | undefined {
  if (!isJsonObject(value)) return undefined;
  return {
    endpointCount: readEndpointCount(value.endpoints),
    mappingVariesByDestIp: readBoolean(value.mappingVariesByDestIP),
    latencies: isJsonObject(value.latency) ? readLatencies(value.latency) : [],
    supports: readSupports(value.clientSupports),
  };
}

function readEndpointCount(value: unknown): number | undefined {
  if (!Array.isArray(value)) return undefined;
  let count = 0;
  for (const entry of value) if (typeof entry === "string") count++;
  return count;
}

function readLatencies(value: JsonObject): readonly DerpLatency[] {
  const latencies: DerpLatency[] = [];
  for (const region in value) {
    if (latencies.length === MAX_LATENCIES) break;
    const latency = value[region];
    if (!isShortText(region) || !region.isWellFormed() || !isJsonObject(latency)) continue;
    const { latencyMs } = latency;
    if (typeof latencyMs !== "number" || !(latencyMs >= 0 && latencyMs < Infinity)) continue;
    latencies.push({ region, latencyMs, isPreferred: latency.preferred === true });
  }
  return latencies;
}

function readSupports(value: unknown): ReadonlyMap<ClientFeature, boolean> {
  const supports = new Map<ClientFeature, boolean>();
  if (!isJsonObject(value)) return supports;
  for (const [field, feature] of FEATURES) {
    const isSupported = value[field];
    if (typeof isSupported === "boolean") supports.set(feature, isSupported);
  }
  return supports;
}
