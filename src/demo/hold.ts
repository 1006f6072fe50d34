/**
 * Answers that do not come: what a device does that accepts a connection and then is silent.
 *
 * @module
 */

/** The longest silence in milliseconds: no client of the demo waits as long. */
const SILENCE_MS = 120_000;

/**
 * Keeps requests waiting until their time is over or everything is let go.
 *
 * It does not watch whether the client has given up: `Deno.serve` calls a request's signal aborted
 * after a good answer too, and warns of that on standard error.
 */
export class Hold {
  readonly #waiting = new Set<() => void>();
  #isOver = false;

  /** Number of requests that wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves after so many milliseconds, or when all are let go.
   *
   * @param ms How long; two minutes unless told.
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

  /** Lets all go, those to come too. */
  release(): void {
    this.#isOver = true;
    for (const finish of [...this.#waiting]) finish();
  }
}
