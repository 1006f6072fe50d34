/**
 * How it stands with devices' pages, as `check` and `/debug` tell it.
 *
 * @module
 */

import type { SkipReason } from "../devices/target.ts";
import type { ScrapeFailure } from "../errors.ts";
import type { Device } from "../control/device.ts";
import type { Cut } from "./_page_relay.ts";

/** What became of a device's page. */
export type ScrapeState =
  /** Chosen, and not tried yet. */
  | "pending"
  /** The last try gave a page. */
  | "up"
  /** The last try failed, whether it was in this cycle or an earlier one (backoff). */
  | "down"
  /** Not chosen. */
  | SkipReason;

/** Every state, in the order in which they are counted. */
export const SCRAPE_STATES: readonly ScrapeState[] = [
  "up",
  "down",
  "pending",
  "offline",
  "untagged",
  "shared_in",
  "no_address",
  "address_not_allowed",
];

/** How it stands with one device's page; never changed afterwards. */
export interface DeviceState {
  /** The device as the API describes it. */
  readonly device: Device;
  /** Whether the device is connected to the control server. */
  readonly isOnline: boolean;
  /** What became of its page. */
  readonly state: ScrapeState;
  /** Why there is no page and what mends it; undefined when there is one. */
  readonly reason: string | undefined;
  /** The kind of failure of the last try; undefined if it succeeded or there was none. */
  readonly failure: ScrapeFailure | undefined;
  /** Where the page is asked for; undefined for a device that is not asked. */
  readonly url: string | undefined;
  /** What of its last page is not passed on. */
  readonly cuts: readonly Cut[];
  /** Since when every try has failed, in milliseconds since 1970. */
  readonly failingSinceMs: number | undefined;
  /** When a try last succeeded, in milliseconds since 1970. */
  readonly lastSuccessMs: number | undefined;
  /** When a failing device is tried again, in milliseconds since 1970. */
  readonly nextTryMs: number | undefined;
}

/** How many devices are in each state. */
export type StateCounts = Readonly<Record<ScrapeState, number>>;

/** Counts states; every state is in the result. */
export function countStates(states: Iterable<ScrapeState>): StateCounts {
  const counts: Record<ScrapeState, number> = {
    up: 0,
    down: 0,
    pending: 0,
    offline: 0,
    untagged: 0,
    shared_in: 0,
    no_address: 0,
    address_not_allowed: 0,
  };
  for (const state of states) counts[state]++;
  return counts;
}
