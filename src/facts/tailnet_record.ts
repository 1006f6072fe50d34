/**
 * Collects what is learnt about a tailnet and gives snapshots of it. The parts that learn something
 * report it here; no other part keeps a list.
 *
 * @module
 */

import type { ApiError } from "../errors.ts";
import type { Clock } from "../time/clock.ts";
import { countNone, type DeviceScrape, type StateCounts } from "./device_scrape.ts";
import type { ApiFacts, DeviceListing, TailnetFacts } from "./tailnet_facts.ts";

/** Options for a {@linkcode TailnetRecord}. */
export interface TailnetRecordOptions extends Pick<Clock, "elapsed" | "now"> {
  /** The tailnet's key, unique in the process. */
  readonly tailnet: string;
  /** How long a device list is shown after it arrived, in milliseconds. */
  readonly staleAfterMs: number;
}

/** What is known about a tailnet, as it is being learnt. */
export class TailnetRecord {
  readonly #options: TailnetRecordOptions;
  #api: ApiFacts = {
    answers: undefined,
    sinceMs: undefined,
    atMs: undefined,
    lastListMs: undefined,
    error: undefined,
  };
  #listing: DeviceListing | undefined;
  #scrapes = new Map<string, DeviceScrape>();
  readonly #counts = countNone();
  /** Whether a snapshot has the map of scrapes, so that it must not be written to. */
  #isShared = false;

  /** A record that knows nothing yet. */
  constructor(options: TailnetRecordOptions) {
    this.#options = options;
  }

  /** The tailnet's key. */
  get tailnet(): string {
    return this.#options.tailnet;
  }

  /** Whether the API answers. */
  get api(): ApiFacts {
    return this.#api;
  }

  /** The last device list while it is recent enough to be shown. */
  get listing(): DeviceListing | undefined {
    return this.#isFresh ? this.#listing : undefined;
  }

  /** Takes the device list of a call that succeeded. */
  listed(listing: DeviceListing): void {
    this.#listing = listing;
    this.#apiEnded(true, undefined);
  }

  /** Takes the failure of a call; the device list stays. */
  failed(error: ApiError): void {
    this.#apiEnded(false, error);
  }

  /** Number of devices in each state; zero without a recent list. */
  get counts(): StateCounts {
    return this.#isFresh ? { ...this.#counts } : countNone();
  }

  /** The devices whose state is known, by their keys. */
  scraped(): Iterable<string> {
    return this.#scrapes.keys();
  }

  /**
   * Takes the state of a device's metrics; undefined forgets the device.
   *
   * Keep the states of a stale list: when the API answers again, they are compared with the new.
   */
  setScrape(key: string, scrape: DeviceScrape | undefined): void {
    const before = this.#scrapes.get(key);
    if (before === scrape) return;
    if (before !== undefined) this.#counts[before.state]--;
    if (scrape !== undefined) this.#counts[scrape.state]++;
    if (this.#isShared) {
      this.#scrapes = new Map(this.#scrapes);
      this.#isShared = false;
    }
    if (scrape === undefined) this.#scrapes.delete(key);
    else this.#scrapes.set(key, scrape);
  }

  /** What is known now. Copies nothing; the next write copies one map. */
  snapshot(): TailnetFacts {
    this.#isShared = true;
    return {
      tailnet: this.tailnet,
      atMs: this.#options.now(),
      api: this.#api,
      listing: this.#listing,
      isFresh: this.#isFresh,
      scrapes: this.#scrapes,
    };
  }

  get #isFresh(): boolean {
    const { elapsed, staleAfterMs } = this.#options;
    return this.#listing !== undefined && elapsed() - this.#listing.elapsedMs <= staleAfterMs;
  }

  #apiEnded(answers: boolean, error: ApiError | undefined): void {
    const atMs = this.#options.now();
    const sinceMs = this.#api.answers === answers ? this.#api.sinceMs : atMs;
    const lastListMs = answers ? this.#listing?.atMs : this.#api.lastListMs;
    this.#api = { answers, sinceMs, atMs, lastListMs, error };
  }
}
