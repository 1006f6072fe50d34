/**
 * Logs once, and not for each device, that most devices stopped answering in one cycle: then the
 * network between is down, or what is at this end of it. Knows devices, and no proxy or node, whose
 * own failures `_way_trouble.ts` has.
 *
 * @module
 */

import type { ScrapeFailure } from "../errors.ts";
import type { Logger } from "../log/log.ts";
import type { TimeSlice } from "../time/slice.ts";
import { UNREACHED } from "./_cut_watch.ts";
import type { ScrapeEntry } from "./_scrape_entry.ts";

/** Number of devices from which on they have one line together. */
const MIN_DEVICES = 5;

/** Number of names in a line. */
const MAX_NAMES = 10;

/** The devices of each cycle that stopped answering. */
export class FleetOutage {
  readonly #log: Logger;
  readonly #report: (entry: ScrapeEntry) => void;
  /** Devices that stopped answering in this cycle. Failures by a closed way do not count. */
  readonly #lost = new Set<ScrapeEntry>();
  /** Devices whose silence has been logged together. */
  readonly #out = new Set<ScrapeEntry>();
  #back: ScrapeEntry[] = [];
  #answered = 0;

  /**
   * No outage so far.
   *
   * @param report Logs the failure of one device.
   */
  constructor(log: Logger, report: (entry: ScrapeEntry) => void) {
    this.#log = log;
    this.#report = report;
  }

  /** Notes that a device has answered. */
  answered(entry: ScrapeEntry): void {
    this.#answered++;
    if (this.#out.delete(entry)) this.#back.push(entry);
  }

  /**
   * Notes that a scrape failed, and logs it, if it is not one of many.
   *
   * @param hadAnswered Whether the last scrape that no closed way failed succeeded.
   */
  failed(entry: ScrapeEntry, failure: ScrapeFailure, hadAnswered: boolean): void {
    if (!UNREACHED.has(failure)) this.#out.delete(entry);
    else if (this.#out.has(entry)) return;
    else if (hadAnswered) {
      this.#lost.add(entry);
      return;
    }
    this.#report(entry);
  }

  /** Notes that a device is not scraped any more. */
  dropped(entry: ScrapeEntry): void {
    this.#lost.delete(entry);
    if (this.#out.delete(entry)) this.#back.push(entry);
  }

  /**
   * Ends a cycle. Only now is it known how many devices fell silent.
   *
   * @param takeLost Takes each device that fell silent where the reason is known and logged
   * elsewhere. Default: they are logged here.
   */
  async settle(slice: TimeSlice, takeLost?: (entry: ScrapeEntry) => void): Promise<void> {
    const [lost, answered] = [this.#lost, this.#answered];
    const isOutage = takeLost === undefined && lost.size >= MIN_DEVICES && lost.size >= answered;
    if (isOutage) {
      this.#log.warning(
        "{count} of {total} devices stopped answering in one collection: {devices}; check the " +
          "network of this machine first",
        { count: lost.size, total: lost.size + answered, devices: namesOf(lost) },
      );
    }
    for (const entry of lost) {
      if (isOutage) this.#out.add(entry);
      else (takeLost ?? this.#report)(entry);
      if (slice.isOver) await slice.next();
    }
    this.#tellBack();
    this.#lost.clear();
    this.#answered = 0;
  }

  #tellBack(): void {
    const [back, left] = [this.#back, this.#out.size];
    if (back.length === 0) return;
    this.#back = [];
    const count = back.length;
    this.#log.info(
      `{count:device|devices} can be scraped again, or no longer ${count === 1 ? "is" : "are"}: ` +
        `{devices}${left === 0 ? "" : "; {left} cannot yet"}`,
      { count, devices: namesOf(back), ...(left > 0 && { left }) },
    );
  }
}

function namesOf(entries: Iterable<ScrapeEntry>): string {
  const names: string[] = [];
  for (const { target } of entries) {
    if (names.push(target.device.name) > MAX_NAMES) break;
  }
  return names.length > MAX_NAMES ? `${names.slice(0, -1).join(", ")}, …` : names.join(", ");
}
