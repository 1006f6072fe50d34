/**
 * Work that all who ask for it meanwhile share. Nothing is kept once it is done.
 *
 * @module
 */

/** Work under way, by what it makes. */
export class SharedWork<T> {
  readonly #running = new Map<string, Promise<T>>();

  /**
   * Does the work of a key, or waits for it if it is under way.
   *
   * @param work Is not aborted when all callers give up.
   * @throws What the work throws, to all who wait.
   */
  run(key: string, work: () => Promise<T>): Promise<T> {
    const running = this.#running.get(key);
    if (running !== undefined) return running;
    const started = work().finally(() => this.#running.delete(key));
    this.#running.set(key, started);
    return started;
  }
}
