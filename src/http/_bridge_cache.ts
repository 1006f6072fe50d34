/**
 * Short-lived cache of answers, failures included. Equal requests are coalesced, also while the
 * first is under way, so that a flood reaches tailscaled once per lifetime of an entry.
 *
 * @module
 */

/** Options for an {@linkcode AnswerCache}. */
export interface AnswerCacheOptions {
  /** Milliseconds that an answer is good for, from when it came. */
  readonly keepMs: number;
  /** How many answers are kept; those still being asked come on top. */
  readonly maxKept: number;
  /** How many questions may be on their way at once. */
  readonly maxAsked: number;
  /** A clock that is never set back, in milliseconds. */
  readonly now: () => number;
}

interface Kept<T> {
  readonly answer: T;
  readonly untilMs: number;
}

/** Answers by key. */
export class AnswerCache<T> {
  readonly #options: AnswerCacheOptions;
  readonly #asked = new Map<string, Promise<T>>();
  // In the order in which they came, which is the order in which they end.
  readonly #kept = new Map<string, Kept<T>>();

  /** Knows nothing yet. */
  constructor(options: AnswerCacheOptions) {
    this.#options = options;
  }

  /** How many answers are kept. */
  get size(): number {
    return this.#kept.size;
  }

  /**
   * The answer to a question, from the cache if it is fresh.
   *
   * @param ask Must not throw or reject; it is not aborted when a caller gives up.
   * @returns undefined if too many other questions are on their way.
   */
  get(key: string, ask: () => Promise<T>): Promise<T> | undefined {
    this.#forget();
    const kept = this.#kept.get(key);
    if (kept !== undefined) return Promise.resolve(kept.answer);
    const asked = this.#asked.get(key);
    if (asked !== undefined) return asked;
    if (this.#asked.size >= this.#options.maxAsked) return undefined;
    const asking = this.#ask(key, ask);
    this.#asked.set(key, asking);
    return asking;
  }

  async #ask(key: string, ask: () => Promise<T>): Promise<T> {
    const answer = await ask();
    this.#asked.delete(key);
    this.#kept.set(key, { answer, untilMs: this.#options.now() + this.#options.keepMs });
    if (this.#kept.size > this.#options.maxKept) this.#dropOldest();
    return answer;
  }

  #forget(): void {
    const nowMs = this.#options.now();
    for (const [key, { untilMs }] of this.#kept) {
      if (nowMs < untilMs) return;
      this.#kept.delete(key);
    }
  }

  #dropOldest(): void {
    const oldest = this.#kept.keys().next().value;
    if (oldest !== undefined) this.#kept.delete(oldest);
  }
}
