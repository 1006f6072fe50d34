/**
 * The order in which a cycle scrapes devices, where it cannot scrape all.
 *
 * @module
 */

/**
 * The devices of a cycle: first those that answered last time, then those that were never tried,
 * then those that failed, of which the ones that wait longest come first. All are added before the
 * first is taken.
 *
 * Dead devices are mostly neighbours in the list, and no live one should wait for all of them:
 * while scrapes fail, untried devices are taken from both ends of the list alternately.
 */
export class ScrapeQueue<T> {
  readonly #answering: T[] = [];
  readonly #untried: T[] = [];
  /** By the time at which they became due: few times, since each is that of a whole cycle. */
  readonly #failed = new Map<number, T[]>();
  #failedInOrder: readonly T[] | undefined;
  #next = 0;
  #front = 0;
  #back = 0;
  #nextFailed = 0;
  #size = 0;

  /** How many were added. */
  get size(): number {
    return this.#size;
  }

  /** Whether any device answered last time. */
  get hasAnswering(): boolean {
    return this.#answering.length > 0;
  }

  /** Adds one that answered last time. */
  addAnswering(item: T): void {
    this.#size++;
    this.#answering.push(item);
  }

  /** Adds one that was never tried. */
  addUntried(item: T): void {
    this.#size++;
    this.#untried.push(item);
  }

  /** Adds one that failed last time and is due since then. */
  addFailed(item: T, dueMs: number): void {
    this.#size++;
    const others = this.#failed.get(dueMs);
    if (others === undefined) this.#failed.set(dueMs, [item]);
    else others.push(item);
  }

  /**
   * The next device, and whether it is scraped only while there is time.
   *
   * @param isFromBack Whether an untried one is taken from the list's end.
   * @returns undefined when all were taken.
   */
  take(isFromBack: boolean): { readonly item: T; readonly isBounded: boolean } | undefined {
    const answering = this.#answering[this.#next];
    if (answering !== undefined) {
      this.#next++;
      return { item: answering, isBounded: false };
    }
    const item = this.#takeUntried(isFromBack) ?? this.#takeFailed();
    return item === undefined ? undefined : { item, isBounded: true };
  }

  #takeUntried(isFromBack: boolean): T | undefined {
    if (this.#front + this.#back >= this.#untried.length) return undefined;
    return isFromBack
      ? this.#untried[this.#untried.length - ++this.#back]
      : this.#untried[this.#front++];
  }

  #takeFailed(): T | undefined {
    this.#failedInOrder ??= [...this.#failed].sort(([a], [b]) => a - b)
      .flatMap(([, items]) => items);
    return this.#failedInOrder[this.#nextFailed++];
  }
}
