/**
 * What the collector of devices' pages is made of, and who is told how it goes.
 *
 * @module
 */

import type { Backoff } from "../devices/backoff.ts";
import type { Inventory } from "../devices/inventory.ts";
import type { Scraper } from "../devices/scrape.ts";
import type { TargetChooser } from "../devices/target.ts";
import type { ScrapeFailure } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { TimeSliceOptions } from "../slice.ts";
import type { Device } from "../control/device.ts";
import type { PageRelay, RelayLimits } from "./_page_relay.ts";
import type { StateCounts } from "./_scrape_state.ts";

/** Who is told how the scrapes went. */
export interface ClientObserver {
  /** A device's page could not be used. */
  scrapeFailed(failure: ScrapeFailure): void;
  /** Samples of a good page were left out. */
  samplesDropped(reason: string, samples: number): void;
  /** How many devices are in each state, after each cycle. */
  devicesCounted(counts: StateCounts): void;
}

/** What a {@linkcode ClientCollector} needs. */
export interface ClientCollectorOptions extends RelayLimits {
  /** Passes the pages on, within limits of its own; one by the limits given here unless told. */
  readonly relay?: PageRelay;
  /** The fleet; another collector refreshes it. */
  readonly inventory: Inventory;
  /** Which devices are scraped. */
  readonly chooser: TargetChooser;
  /** Whether a device's page comes another way: it counts as up and is not scraped. */
  readonly isReadElsewhere?: (device: Device) => boolean;
  /** Fetches a page. */
  readonly scrape: Scraper;
  /** When a failing device is tried again. */
  readonly backoff: Backoff;
  /** How many pages are fetched at once. */
  readonly concurrency: number;
  /**
   * Deadline for reading a long page, from its turn on, in milliseconds: that of the scrape is over
   * when the page is there. Default: none.
   */
  readonly readTimeoutMs?: number;
  /**
   * Milliseconds of a cycle after which devices that are not known to answer have to wait for the
   * next one, so that dead devices cannot hold up the others; no bound unless told.
   */
  readonly budgetMs?: number;
  /**
   * The same for a cycle before which no device is known to answer: it holds up nobody, so it may
   * be longer; `budgetMs` unless told.
   */
  readonly firstBudgetMs?: number;
  /** The clock, in milliseconds since 1970: for what is shown as a date. */
  readonly now: () => number;
  /** A clock that nobody sets, in milliseconds, for waits and durations; `now` unless told. */
  readonly elapsed?: () => number;
  /** Is told how the scrapes went. */
  readonly observer: ClientObserver;
  /** Is told of troubles, once each. */
  readonly log: Logger;
  /** Takes secrets out of what a device or a proxy said; nothing is taken out unless told. */
  readonly hideSecrets?: (text: string) => string;
  /** Called after each page, as a sign of life. */
  readonly onProgress?: () => void;
  /** Takes back the memory of a page that has been read. */
  readonly recycle?: ((page: Uint8Array) => void) | undefined;
  /** Called when a device is no longer scraped. */
  readonly onGone?: (id: string) => void;
  /** How work on many devices is cut into slices. */
  readonly slices?: TimeSliceOptions;
}
