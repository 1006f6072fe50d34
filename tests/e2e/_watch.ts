/**
 * What a scraper sees of a program while something is done to it: every page is read by the strict
 * reader, and a page that does not come, or is not valid, is a fault.
 *
 * @module
 */

import { delay } from "../../src/time/delay.ts";
import { describeError } from "../../src/errors.ts";
import { Samples } from "./_samples.ts";

const INTERVAL_MS = 150;

/** Default scrape timeout of Prometheus: a target that answers later is down to it. */
const TIMEOUT_MS = 10_000;

/** Scrapes one server again and again until it is disposed of. */
export class Watch implements AsyncDisposable {
  /** Why a scrape failed; empty if all were good. */
  readonly faults: string[] = [];
  /** How many scrapes there were. */
  count = 0;
  readonly #origin: string;
  readonly #each: (samples: Samples) => void;
  readonly #stop = new AbortController();
  readonly #work: Promise<void>;

  /**
   * Begins at once.
   *
   * @param each Looks at each page; what it throws is a fault.
   */
  constructor(origin: string, each: (samples: Samples) => void = () => {}) {
    this.#origin = origin;
    this.#each = each;
    this.#work = this.#run();
  }

  /** Ends, and waits for the scrape on its way. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#work;
  }

  async #run(): Promise<void> {
    while (!this.#stop.signal.aborted) {
      try {
        const response = await fetch(`${this.#origin}/metrics`, {
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        this.#each(new Samples(await response.text()));
        if (response.status !== 200) throw new Error(`status ${response.status}`);
      } catch (error) {
        this.faults.push(describeError(error));
      }
      this.count++;
      await delay(INTERVAL_MS, this.#stop.signal).catch(() => {});
    }
  }
}
