/**
 * Which devices ask for attention. Laptops and phones come and go, and a node that has been away
 * for a month is abandoned: what is wrong with their connection or key is a hint, and no alert. The
 * page, the JSON API and alerts all go by this. Pure.
 *
 * @module
 */

import type { Device } from "../control/device.ts";
import type { KnownDevice } from "./tailnet_facts.ts";

/**
 * A node that has been away for longer is abandoned; a key that expired earlier is given up. Units:
 * milliseconds.
 */
export const ABANDONED_MS = 30 * 86_400_000;

/** Systems of laptops and phones, in lower case. Linux without a tag counts as a server. */
const PERSONAL: readonly string[] = ["ios", "android", "macos", "windows", "tvos"];

/** What a device is judged by. */
export interface ProblemContext {
  /** The time in milliseconds since 1970. */
  readonly nowMs: number;
  /** Whether a device is critical. Default: none is. */
  readonly isCritical?: ((device: Device) => boolean) | undefined;
  /** Whether a device is our own node. Default: none is. */
  readonly isOwnNode?: ((device: Device) => boolean) | undefined;
  /** Whether laptops and phones count as servers do. Default: false. */
  readonly includesPersonal?: boolean | undefined;
}

/** Whether a device may come and go: a laptop or phone, an ephemeral node, one shared in. */
export function isPersonal({ isEphemeral, isExternal, os = "", tags }: Device): boolean {
  if (isExternal === true || isEphemeral === true) return true;
  return tags.length === 0 && PERSONAL.includes(os.toLowerCase());
}

/** Whether a device may come and go without anyone being told; a critical one may not. */
export function isQuiet(
  device: Device,
  { includesPersonal = false, isCritical }: Omit<ProblemContext, "nowMs">,
): boolean {
  return !includesPersonal && isPersonal(device) && isCritical?.(device) !== true;
}

/**
 * Whether a problem of a device's connection or key is a hint only: the device is quiet, or it has
 * been away, or has had the problem, for so long that it is abandoned.
 *
 * @param sinceMs Since when it has the problem, in milliseconds since 1970; undefined if unknown.
 */
export function isHint(
  { device, isOnline }: Pick<KnownDevice, "device" | "isOnline">,
  context: ProblemContext,
  sinceMs: number | undefined,
): boolean {
  const startMs = context.nowMs - ABANDONED_MS;
  if (sinceMs !== undefined && sinceMs < startMs) return true;
  const { lastSeenSeconds } = device;
  if (!isOnline && lastSeenSeconds !== undefined && lastSeenSeconds * 1000 < startMs) return true;
  return isQuiet(device, context);
}
