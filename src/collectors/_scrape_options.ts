/**
 * What the collector of devices' metrics is made of, and what observes it.
 *
 * @module
 */

import type { DeviceBackoff } from "../devices/device_backoff.ts";
import type { Scraper } from "../devices/scrape.ts";
import type { TargetChooser } from "../devices/target.ts";
import type { ScrapeFailure } from "../errors.ts";
import type { StateCounts } from "../facts/device_scrape.ts";
import type { TailnetRecord } from "../facts/tailnet_record.ts";
import type { Section } from "../page/mod.ts";
import type { Logger } from "../log/log.ts";
import type { TimeSliceOptions } from "../time/slice.ts";
import type { Clock } from "../time/clock.ts";
import type { CutCheck } from "./_cut_watch.ts";
import type { PageRelay, RelayedDevice } from "./_page_relay.ts";
import type { DeviceShape } from "./_device_shape.ts";

/** Observes the scrapes. */
export interface ScrapeObserver {
  /** A device's page could not be used. */
  scrapeFailed(failure: ScrapeFailure): void;
  /** How many devices are in each state, after each cycle. */
  devicesCounted(counts: StateCounts): void;
}

/** What a {@linkcode ScrapeCollector} needs. */
export interface ScrapeCollectorOptions extends Pick<Clock, "elapsed" | "now"> {
  /** Relays the metrics that are read. */
  readonly relay: PageRelay;
  /** Gets the state of each device's metrics. Another collector refreshes its device list. */
  readonly record: TailnetRecord;
  /** Where the outcome of the scrapes is shown. Default: a section of its own. */
  readonly scrapes?: Section;
  /** What is shown of a device. Default: everything. */
  readonly shape?: DeviceShape;
  /** Which devices are scraped. */
  readonly chooser: TargetChooser;
  /** Whether a device's page comes another way: it counts as up and is not scraped. */
  readonly isReadElsewhere?: (device: RelayedDevice) => boolean;
  /** Fetches a page. */
  readonly scrape: Scraper;
  /** Called at the end of each cycle. Default: there is no node of ours that could be cut off. */
  readonly cutCheck?: CutCheck | undefined;
  /** When a failing device is tried again. */
  readonly backoff: DeviceBackoff;
  /** How many pages are fetched at once. */
  readonly concurrency: number;
  /**
   * Deadline for reading a long page, from its turn on, in milliseconds: that of the scrape is over
   * when the page is there. Default: none.
   */
  readonly readTimeoutMs?: number;
  /**
   * Milliseconds of a cycle after which devices that are not known to answer have to wait for the
   * next one, so that dead devices cannot hold up the others. Default: no bound.
   */
  readonly budgetMs?: number;
  /**
   * The same for a cycle before which no device is known to answer: it holds up no other device, so
   * it may be longer. Default: `budgetMs`.
   */
  readonly firstBudgetMs?: number;
  /** Observes the scrapes. */
  readonly observer: ScrapeObserver;
  /** Logs each trouble once. */
  readonly log: Logger;
  /** Takes secrets out of what a device or a proxy said. Default: takes out nothing. */
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
