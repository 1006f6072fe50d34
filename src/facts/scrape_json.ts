/**
 * The state of a device's metrics as our JSON has it: `/debug` and the JSON API say it alike.
 *
 * @module
 */

import { formatOptionalTime } from "../time/timestamp.ts";
import type { DeviceScrape, LeftOut } from "./device_scrape.ts";

/** A scrape state; what is not known is null. */
export function scrapeJson(scrape: DeviceScrape): Readonly<Record<string, string | null>> {
  return {
    state: scrape.state,
    reason: scrape.reason ?? null,
    failure: scrape.failure ?? null,
    url: scrape.url ?? null,
    last_success: formatOptionalTime(scrape.lastSuccessMs),
    failing_since: formatOptionalTime(scrape.failingSinceMs),
    next_try: formatOptionalTime(scrape.nextTryMs),
  };
}

/** Samples that are not on our page. */
export function leftOutJson(
  leftOut: readonly LeftOut[],
): readonly Readonly<Record<string, string | number | null>>[] {
  return leftOut.map(({ family, reason, samples }) => ({
    family: family ?? null,
    reason,
    samples,
  }));
}
