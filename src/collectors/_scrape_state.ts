/**
 * How it stands with devices' pages, as `check` and `/debug` tell it.
 *
 * @module
 */

import type { ScrapeFailure } from "../errors.ts";
import type { Device } from "../control/device.ts";
import type { ScrapeState } from "../facts/device_scrape.ts";
import type { Cut } from "./_page_relay.ts";

export {
  countStates,
  SCRAPE_STATES,
  type ScrapeState,
  type StateCounts,
} from "../facts/device_scrape.ts";

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
