/**
 * Answers that do not come: what a device does that accepts a connection and then is silent.
 *
 * @module
 */

/** Keeps requests waiting until their client gives up or everything is let go. */
export class Hold {
  readonly #waiting = new Set<() => void>();
  #isOver = false;

  /** Number of requests that wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /**
   * Resolves when the client gives up, when all are let go, or after so many milliseconds.
   *
   * @param ms The longest wait; forever unless told.
   */
  wait(signal: AbortSignal, ms?: number): Promise<void> {
    if (this.#isOver || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", finish);
        this.#waiting.delete(finish);
        resolve();
      };
      const timer = ms === undefined ? undefined : setTimeout(finish, ms);
      signal.addEventListener("abort", finish);
      this.#waiting.add(finish);
    });
  }

  /** Lets all go, those to come too. */
  release(): void {
    this.#isOver = true;
    for (const finish of [...this.#waiting]) finish();
  }
}
