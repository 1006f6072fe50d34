/**
 * Long pages, which are read in slices: between these the device may get other labels or leave the
 * fleet, the program may be stopped, and the time may be over.
 *
 * @module
 */

import { readingTimeout } from "../devices/scrape.ts";
import type { PageRelay } from "./_page_relay.ts";
import type { ScrapeEntry } from "./_scrape_entry.ts";

/** What {@linkcode takeLong} goes by. */
export interface TakeLongOptions {
  /** Whether the device is still scraped. */
  readonly isKept: () => boolean;
  /** Called between slices, as a sign of life. */
  readonly onProgress?: (() => void) | undefined;
  /** Stops it. */
  readonly signal: AbortSignal;
  /** Deadline from the page's turn on, in milliseconds. */
  readonly readTimeoutMs: number;
}

/**
 * Shows a device's page, with the labels that the device has when all of it is read.
 *
 * @returns Whether it is shown; false if the device is not scraped any more.
 * @throws {ScrapeError} If reading takes too long, and whatever the relay throws.
 */
export async function takeLong(
  relay: Pick<PageRelay, "take">,
  entry: Pick<ScrapeEntry, "labels" | "target">,
  page: Uint8Array,
  { isKept, onProgress, readTimeoutMs, signal }: TakeLongOptions,
): Promise<boolean> {
  for (;;) {
    const { labels, target } = entry;
    await relay.take(target, page, labels, {
      check(tookMs) {
        signal.throwIfAborted();
        if (tookMs > readTimeoutMs) throw readingTimeout(target.url, readTimeoutMs);
        onProgress?.();
      },
      isWanted: () => isKept() && entry.labels === labels,
    });
    if (!isKept()) return false;
    // Else new facts gave the device other labels.
    if (entry.labels === labels) return true;
  }
}
