/**
 * The health of all nodes at one moment as a few numbers.
 *
 * @module
 */

import type { KnownDevice } from "../facts/mod.ts";
import type { Severity } from "./event.ts";
import type { NodeClass } from "./node_class.ts";

/** How many nodes are online. */
export interface HealthPoint {
  /** When, in milliseconds since 1970. */
  readonly atMs: number;
  /** All nodes. */
  readonly nodes: number;
  /** Those that are online. */
  readonly online: number;
  /** Critical nodes. */
  readonly critical: number;
  /** Those that are online. */
  readonly criticalOnline: number;
}

/** Counts nodes. */
export function measureHealth(
  devices: Iterable<KnownDevice>,
  classify: (device: KnownDevice["device"]) => NodeClass,
  atMs: number,
): HealthPoint {
  let [nodes, online, critical, criticalOnline] = [0, 0, 0, 0];
  for (const { device, isOnline } of devices) {
    nodes++;
    if (isOnline) online++;
    if (!classify(device).isCritical) continue;
    critical++;
    if (isOnline) criticalOnline++;
  }
  return { atMs, nodes, online, critical, criticalOnline };
}

/** How bad a point is: critical nodes that are offline, other nodes, none. */
export function severityOfHealth(point: HealthPoint): Severity {
  if (point.criticalOnline < point.critical) return "critical";
  return point.online < point.nodes ? "warning" : "ok";
}

/** A point as a sentence without a full stop. */
export function describeHealth({ critical, criticalOnline, nodes, online }: HealthPoint): string {
  const rest = critical === 0 ? "" : `; critical: ${criticalOnline} of ${critical} online`;
  return `${online} of ${nodes} nodes online${rest}`;
}
