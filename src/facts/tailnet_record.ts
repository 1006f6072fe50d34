/**
 * Collects what is learnt about a tailnet and gives snapshots of it. The parts that learn something
 * report it here; no other part keeps a list.
 *
 * @module
 */

import type { ApiError } from "../errors.ts";
import type { DeviceScrape } from "./device_scrape.ts";
import type { ApiFacts, DeviceListing, TailnetFacts } from "./tailnet_facts.ts";

/** Options for a {@linkcode TailnetRecord}. */
export interface TailnetRecordOptions {
  /** The tailnet's key, unique in the process. */
  readonly tailnet: string;
  /** How long a device list is shown after it arrived, in milliseconds. */
  readonly staleAfterMs: number;
  /** Clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Monotonic clock, in milliseconds, for ages. Default: `now`. */
  readonly elapsed?: () => number;
}

/** What is known about a tailnet, as it is being learnt. */
export class TailnetRecord {
  readonly #options: TailnetRecordOptions;
  #api: ApiFacts = { answers: undefined, sinceMs: undefined, atMs: undefined, error: undefined };
  #listing: DeviceListing | undefined;
  #listedMs = 0;
  #scrapes = new Map<string, DeviceScrape>();
  /** Whether a snapshot has the map of scrapes, so that it must not be written to. */
  #isShared = false;

  /** A record that knows nothing yet. */
  constructor(options: TailnetRecordOptions) {
    this.#options = options;
  }

  /** Whether the API answers. */
  get api(): ApiFacts {
    return this.#api;
  }

  /** The last device list while it is recent enough to be shown. */
  get listing(): DeviceListing | undefined {
    return this.#isFresh ? this.#listing : undefined;
  }

  /** Takes the device list of a call that succeeded, with the monotonic time of its arrival. */
  listed(listing: DeviceListing, elapsedMs: number = this.#elapsed()): void {
    this.#listing = listing;
    this.#listedMs = elapsedMs;
    this.#apiEnded(true, undefined);
  }

  /** Takes the failure of a call; the device list stays. */
  failed(error: ApiError): void {
    this.#apiEnded(false, error);
  }

  /** Takes the state of a device's metrics; undefined forgets the device. */
  setScrape(key: string, scrape: DeviceScrape | undefined): void {
    if (this.#scrapes.get(key) === scrape) return;
    if (this.#isShared) {
      this.#scrapes = new Map(this.#scrapes);
      this.#isShared = false;
    }
    if (scrape === undefined) this.#scrapes.delete(key);
    else this.#scrapes.set(key, scrape);
  }

  /** The state of a device's metrics; undefined if none was told. */
  scrape(key: string): DeviceScrape | undefined {
    return this.#scrapes.get(key);
  }

  /** What is known now. Copies nothing; the next write copies one map. */
  snapshot(): TailnetFacts {
    this.#isShared = true;
    return {
      tailnet: this.#options.tailnet,
      atMs: this.#options.now(),
      api: this.#api,
      listing: this.#listing,
      isFresh: this.#isFresh,
      scrapes: this.#scrapes,
    };
  }

  get #isFresh(): boolean {
    return this.#listing !== undefined &&
      this.#elapsed() - this.#listedMs <= this.#options.staleAfterMs;
  }

  #apiEnded(answers: boolean, error: ApiError | undefined): void {
    const atMs = this.#options.now();
    const sinceMs = this.#api.answers === answers ? this.#api.sinceMs : atMs;
    this.#api = { answers, sinceMs, atMs, error };
  }

  #elapsed(): number {
    const { now, elapsed = now } = this.#options;
    return elapsed();
  }
}
