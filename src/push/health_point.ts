/**
 * A node as a point: whether it is online, at one moment.
 *
 * @module
 */

import type { KnownDevice } from "../facts/mod.ts";
import { shortName } from "../text/short_name.ts";
import type { Point } from "./line_protocol.ts";

/** The measurement of nodes. */
export const HEALTH_MEASUREMENT = "tailscale_health";

/** What is known of a node besides its device. */
export interface NodePointOptions {
  /** Its type, by NODE_TYPES. */
  readonly nodeType: string;
  /** Round-trip time from this host in milliseconds; undefined where it is not measured. */
  readonly latencyMs: number | undefined;
  /** When, in milliseconds since 1970. */
  readonly atMs: number;
}

/**
 * The point of a node. A node that was shared in has its full name, because its short name may be
 * that of a node of the tailnet: points with the same tags and time would be one.
 */
export function healthPoint(
  { device, isOnline }: KnownDevice,
  { atMs, latencyMs, nodeType }: NodePointOptions,
): Point {
  const { addresses, isExternal, name, os } = device;
  return {
    measurement: HEALTH_MEASUREMENT,
    tags: {
      hostname: isExternal === true ? name : shortName(name),
      node_type: nodeType,
      os,
    },
    fields: { online: isOnline ? 1n : 0n, ip: addresses[0], latency_ms: latencyMs },
    atMs: Math.floor(atMs),
  };
}
