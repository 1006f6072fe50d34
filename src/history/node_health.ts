/**
 * The health of all nodes at one moment as a few numbers.
 *
 * @module
 */

import { isHint, type KnownDevice, type ProblemContext } from "../facts/mod.ts";
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
  /** Nodes that are offline and that alerts would name: no laptop or phone, none abandoned. */
  readonly missed: number;
}

/** What decides about a node that is offline. */
export type HealthContext = Pick<ProblemContext, "includesPersonal">;

/** Counts nodes. */
export function measureHealth(
  devices: Iterable<KnownDevice>,
  classify: (device: KnownDevice["device"]) => NodeClass,
  atMs: number,
  { includesPersonal }: HealthContext = {},
): HealthPoint {
  let [nodes, online, critical, criticalOnline, missed] = [0, 0, 0, 0, 0];
  for (const known of devices) {
    const { isCritical } = classify(known.device);
    nodes++;
    if (isCritical) critical++;
    if (known.isOnline) {
      online++;
      if (isCritical) criticalOnline++;
    } else if (
      !isHint(
        known,
        { nowMs: atMs, includesPersonal, isCritical: () => isCritical },
        undefined,
      )
    ) missed++;
  }
  return { atMs, nodes, online, critical, criticalOnline, missed };
}

/**
 * How bad a point is: critical nodes that are offline, other servers, none. A laptop that is
 * offline is no news, or each night would be a warning.
 */
export function severityOfHealth(point: HealthPoint): Severity {
  if (point.criticalOnline < point.critical) return "critical";
  return point.missed > 0 ? "warning" : "ok";
}

/** A point as a sentence without a full stop. */
export function describeHealth({ critical, criticalOnline, nodes, online }: HealthPoint): string {
  const rest = critical === 0 ? "" : `; critical: ${criticalOnline} of ${critical} online`;
  return `${online} of ${nodes} nodes online${rest}`;
}
