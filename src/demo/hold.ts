/**
 * Requests that hang: a device that accepts a connection and never answers.
 *
 * @module
 */

/** Longest hang in milliseconds: longer than any timeout of a client of the demo. */
const SILENCE_MS = 120_000;

/**
 * Keeps requests hanging until their time is over or all are released.
 *
 * It does not watch whether the client has given up: `Deno.serve` calls a request's signal aborted
 * after a good answer too, and warns of that on standard error.
 */
export class Hold {
  readonly #waiting = new Set<() => void>();
  #isOver = false;

  /** Number of hanging requests. */
  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves after a time, or when all are released.
   *
   * @param ms Milliseconds. Default: two minutes.
   */
  wait(ms: number = SILENCE_MS): Promise<void> {
    if (this.#isOver) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        this.#waiting.delete(finish);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      this.#waiting.add(finish);
    });
  }

  /** Releases all, future ones included. */
  release(): void {
    this.#isOver = true;
    for (const finish of [...this.#waiting]) finish();
  }
}
