/**
 * The state of a device's own metrics: whether they were scraped, and if not, why. One shape for
 * all that write or show it.
 *
 * @module
 */

import type { ScrapeFailure } from "../errors.ts";

/** Why a device is not scraped. */
export type SkipReason =
  /** Not connected to the control plane. */
  | "offline"
  /** Lacks the tag that permits scraping. */
  | "untagged"
  /** Belongs to another tailnet, whose tags do not permit scraping. */
  | "shared_in"
  /** The control plane lists no address for it. */
  | "no_address"
  /** None of its addresses may be scraped. */
  | "address_not_allowed";

/** The outcome of the last scrape, or why there is none. */
export type ScrapeState =
  /** Selected, but not scraped yet. */
  | "pending"
  /** The last scrape succeeded. */
  | "up"
  /** The last scrape failed, in this cycle or in an earlier one (backoff). */
  | "down"
  /** Not selected. */
  | SkipReason;

/**
 * The state of one device's metrics. Immutable.
 *
 * Units: `…Ms` are milliseconds since 1970.
 */
export interface DeviceScrape {
  /** The state in one word. */
  readonly state: ScrapeState;
  /** Why there are no metrics and what to do, in one sentence; undefined if there are. */
  readonly reason: string | undefined;
  /** Kind of the last failure; undefined if the last scrape succeeded or there was none. */
  readonly failure: ScrapeFailure | undefined;
  /** The URL that is scraped; undefined for a device that is skipped. */
  readonly url: string | undefined;
  /** Start of the present run of failures; undefined if the last scrape succeeded. */
  readonly failingSinceMs: number | undefined;
  /** Time of the last success. */
  readonly lastSuccessMs: number | undefined;
  /** Time of the next try while backoff is in effect. */
  readonly nextTryMs: number | undefined;
}

/** Samples of a device that are not on our page. */
export interface LeftOut {
  /** Their family; undefined = all of the device's, or families beyond those that are named. */
  readonly family: string | undefined;
  /** Why, as `tsmetrics_relay_dropped_total` counts it. */
  readonly reason: string;
  /** Number of samples of the last scrape. */
  readonly samples: number;
}

/** The state of a device before its first scrape. */
export const PENDING: DeviceScrape = {
  state: "pending",
  reason: "Not tried yet",
  failure: undefined,
  url: undefined,
  failingSinceMs: undefined,
  lastSuccessMs: undefined,
  nextTryMs: undefined,
};

/** Number of devices in each state. */
export type StateCounts = Readonly<Record<ScrapeState, number>>;

/** Zero of every state. */
export function countNone(): Record<ScrapeState, number> {
  return {
    up: 0,
    down: 0,
    pending: 0,
    offline: 0,
    untagged: 0,
    shared_in: 0,
    no_address: 0,
    address_not_allowed: 0,
  };
}

/** Every state, in the order in which they are counted. */
export const SCRAPE_STATES: readonly ScrapeState[] = Object.keys(countNone()) as ScrapeState[];
