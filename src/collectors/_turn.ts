/**
 * Who is asked when in a cycle, where not all can be: the time that devices which do not answer may
 * take, their order, and what is said of a device that has to wait.
 *
 * @module
 */

/** The two times that bound a cycle. */
export interface CycleTimes {
  /** From the start of a cycle to the start of the next, in milliseconds. */
  readonly intervalMs: number;
  /** The deadline of one device, in milliseconds. */
  readonly timeoutMs: number;
}

/**
 * For how long after the start of a cycle devices that are not known to answer are still tried.
 *
 * A try that begins at the last moment takes its whole deadline, and the cycle has to be over by
 * then: if it were not, the next one would be left out, for healthy devices too. A tenth of the
 * interval is left for the API. With a deadline nearly as long as the interval something has to
 * give; a quarter of the interval is always there, or the dead would never be tried again.
 *
 * Units: milliseconds
 */
export function tryBudgetMs({ intervalMs, timeoutMs }: CycleTimes): number {
  return Math.max(intervalMs - timeoutMs - intervalMs / 10, intervalMs / 4);
}

/**
 * The turns of a cycle: who answered before, then who was never tried, then who failed before.
 *
 * Devices that are dead stand together in a list more often than not, and none should have to wait
 * for all of them: while they fail, untried ones are taken from both ends of the list in turn.
 */
export class Turns<T> {
  readonly #answering: readonly T[];
  readonly #untried: readonly T[];
  readonly #failed: readonly T[];
  #next = 0;
  #front = 0;
  #back = 0;
  #nextFailed = 0;

  /** Turns in the order of each list, which must not change afterwards. */
  constructor(answering: readonly T[], untried: readonly T[], failed: readonly T[]) {
    this.#answering = answering;
    this.#untried = untried;
    this.#failed = failed;
  }

  /**
   * Whose turn it is, and whether only while there is time.
   *
   * @param isFromBack Whether an untried one is taken from the list's end.
   * @returns undefined when everybody had a turn.
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
