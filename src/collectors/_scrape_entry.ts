/**
 * What is remembered of a device that is scraped.
 *
 * @module
 */

import type { OwnLabels } from "../exposition/mod.ts";
import type { DeviceScrape } from "../facts/device_scrape.ts";
import type { Target } from "../devices/target.ts";

/** A device that is scraped. */
export interface ScrapeEntry {
  /** How it is scraped. */
  target: Target;
  /** The labels of all its series. */
  labels: OwnLabels;
  /** The state of its metrics, as the record has it, too. */
  scrape: DeviceScrape;
  /** Why the last scrape failed; undefined if it did not. */
  error: string | undefined;
  /** Whether it failed because the way to all devices was closed. */
  isWayClosed: boolean;
  /** Whether the last scrape that no closed way failed succeeded. Before the first: false. */
  hadAnswered: boolean;
}
