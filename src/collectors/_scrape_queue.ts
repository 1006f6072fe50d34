/**
 * The order in which a cycle scrapes devices, where it cannot scrape all, and what is said of a
 * device that has to wait.
 *
 * @module
 */

/**
 * The devices of a cycle: first those that answered last time, then those that were never tried,
 * then those that failed.
 *
 * Dead devices are mostly neighbours in the list, and no live one should wait for all of them:
 * while scrapes fail, untried devices are taken from both ends of the list alternately.
 */
export class ScrapeOrder<T> {
  readonly #answering: readonly T[];
  readonly #untried: readonly T[];
  readonly #failed: readonly T[];
  #next = 0;
  #front = 0;
  #back = 0;
  #nextFailed = 0;

  /** Turns in the order of each list; the lists must not change afterwards. */
  constructor(answering: readonly T[], untried: readonly T[], failed: readonly T[]) {
    this.#answering = answering;
    this.#untried = untried;
    this.#failed = failed;
  }

  /** How many turns there are in all. */
  get size(): number {
    return this.#answering.length + this.#untried.length + this.#failed.length;
  }

  /** Whether any device is known to answer. */
  get hasAnswering(): boolean {
    return this.#answering.length > 0;
  }

  /**
   * The next device, and whether it is scraped only while there is time.
   *
   * @param isFromBack Whether an untried one is taken from the list's end.
   * @returns undefined when all had a turn.
   */
  take(isFromBack: boolean): { readonly item: T; readonly isBounded: boolean } | undefined {
    const answering = this.#answering[this.#next];
    if (answering !== undefined) {
      this.#next++;
      return { item: answering, isBounded: false };
    }
    const item = this.#takeUntried(isFromBack) ?? this.#failed[this.#nextFailed++];
    return item === undefined ? undefined : { item, isBounded: true };
  }

  #takeUntried(isFromBack: boolean): T | undefined {
    if (this.#front + this.#back >= this.#untried.length) return undefined;
    return isFromBack
      ? this.#untried[this.#untried.length - ++this.#back]
      : this.#untried[this.#front++];
  }
}

/** Collects the turns of a cycle one by one, so that a loop over a fleet can pause. */
export class ScrapePlan<T> {
  readonly #answering: T[] = [];
  readonly #untried: T[] = [];
  /** By the time since which they wait: few times, since each is that of a whole cycle. */
  readonly #failed = new Map<number, T[]>();

  /** Adds one that answered last time. */
  addAnswering(item: T): void {
    this.#answering.push(item);
  }

  /** Adds one that was never tried. */
  addUntried(item: T): void {
    this.#untried.push(item);
  }

  /** Adds one that failed last time and is due since then. */
  addFailed(item: T, dueMs: number): void {
    const others = this.#failed.get(dueMs);
    if (others === undefined) this.#failed.set(dueMs, [item]);
    else others.push(item);
  }

  /** The turns; of those that failed, the ones that wait longest come first. */
  turns(): ScrapeOrder<T> {
    const failed = [...this.#failed].sort(([a], [b]) => a - b).flatMap(([, items]) => items);
    return new ScrapeOrder(this.#answering, this.#untried, failed);
  }
}

/**
 * Why a device has no page although nothing is wrong with it, or more than its last error.
 *
 * @param error What the last try failed of; undefined if there was none.
 * @param isPutOff Whether the cycle had no time left for it.
 */
export function describeWait(error: string | undefined, isPutOff: boolean): string {
  const what = error === undefined ? "Not tried yet" : `${error}; due, and not tried again yet`;
  if (!isPutOff) return error ?? what;
  return `${what}: devices that do not answer took the collection's time; raise ` +
    "MAX_CONCURRENT_SCRAPES, or lower CLIENT_METRICS_TIMEOUT";
}
