/**
 * What is logged of a tailnet beside the troubles of its parts: that the API has to be asked again
 * later, that the first collection worked, and that a sidecar would cost less.
 *
 * @module
 */

import type { ApiError } from "./errors.ts";
import type { TailnetRecord } from "./facts/mod.ts";
import { getLogger } from "./log/log.ts";

/** Minimum wait before a retry that is reported; one for a rate limit always is. */
const MIN_REPORTED_WAIT_MS = 2_000;

/** Devices up to which an embedded node is advised; docs/tailnet.md has the measurement. */
export const MAX_EMBEDDED_DEVICES = 200;

/**
 * Why a request to the API waits, and how long, as the end of a sentence.
 *
 * @returns undefined for a short wait that we chose ourselves.
 */
export function describeApiWait({ failure, status }: ApiError, waitMs: number): string | undefined {
  if (failure !== "rate_limited" && waitMs < MIN_REPORTED_WAIT_MS) return undefined;
  const what = status === undefined ? "does not answer" : `answered ${status}`;
  return `${what}: asking again in ${Math.max(1, Math.ceil(waitMs / 1000))} s`;
}

/** Logs that the first collection worked; later only changes are logged. */
export function logFirstCycle(
  { counts, listing }: Pick<TailnetRecord, "counts" | "listing">,
  seconds: number,
): void {
  if (listing === undefined) return;
  getLogger("collector").info(
    "First collection took {seconds} s: {devices:device|devices}, {up} scraped",
    { seconds: Math.round(seconds * 10) / 10, devices: listing.devices.length, up: counts.up },
  );
}

/**
 * Advises a sidecar where an embedded node has more devices than it is made for.
 *
 * @returns Whether it did.
 */
export function adviseSidecar({ counts }: Pick<TailnetRecord, "counts">): boolean {
  if (counts.up <= MAX_EMBEDDED_DEVICES) return false;
  getLogger("tsnet").warning(
    "{devices:device is|devices are} scraped through the embedded node, which is advised up to " +
      `${MAX_EMBEDDED_DEVICES}: TSNET_MODE=sidecar costs less CPU`,
    { devices: counts.up },
  );
  return true;
}
