/**
 * The part of a device that tells about its network: `clientConnectivity` of the API.
 *
 * @module
 */

import type { ClientConnectivity, ClientFeature, DerpRegion } from "../control/device.ts";
import { isShortText, readBoolean } from "../json/field.ts";
import { isJsonObject } from "../json/json.ts";
import { intern } from "../json/intern.ts";

/** Tailscale has about 30 regions; a tailnet may add its own up to number 999. */
const MAX_LATENCIES = 256;

/** What devices have in common. */
const regionLists = new Map<string, readonly DerpRegion[]>();
const featureSets = new Map<string, ReadonlyMap<ClientFeature, boolean>>();

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
    ...readLatencies(value.latency),
    supports: readSupports(value.clientSupports),
  };
}

function readEndpointCount(value: unknown): number | undefined {
  if (!Array.isArray(value)) return undefined;
  let count = 0;
  for (const entry of value) if (typeof entry === "string") count++;
  return count;
}

function readLatencies(
  value: unknown,
): Pick<ClientConnectivity, "regions" | "latenciesMs"> {
  const measured: DerpRegion[] = [];
  const latenciesMs: number[] = [];
  let key = "";
  if (isJsonObject(value)) {
    for (const name in value) {
      if (measured.length === MAX_LATENCIES) break;
      const latency = value[name];
      if (!isShortText(name) || !name.isWellFormed() || !isJsonObject(latency)) continue;
      const { latencyMs } = latency;
      if (typeof latencyMs !== "number" || !(latencyMs >= 0 && latencyMs < Infinity)) continue;
      const isPreferred = latency.preferred === true;
      measured.push({ name, isPreferred });
      latenciesMs.push(latencyMs);
      key += `${isPreferred ? "+" : "-"}${JSON.stringify(name)}`;
    }
  }
  // A list that has grown has room for sixteen more.
  return { regions: intern(regionLists, key, measured), latenciesMs: latenciesMs.slice() };
}

function readSupports(value: unknown): ReadonlyMap<ClientFeature, boolean> {
  const supports = new Map<ClientFeature, boolean>();
  let key = "";
  if (isJsonObject(value)) {
    for (const [field, feature] of FEATURES) {
      const isSupported = value[field];
      if (typeof isSupported !== "boolean") continue;
      supports.set(feature, isSupported);
      key += `${isSupported ? "+" : "-"}${feature}`;
    }
  }
  return intern(featureSets, key, supports);
}
