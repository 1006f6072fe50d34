/**
 * Caches in memory, which fail or damage what they hold if the test wants.
 *
 * @module
 */

import type { CacheLike, CachesLike } from "../../src/runtime.ts";

/** What the platform's caches do. */
export class FakeCaches implements CachesLike {
  /** The bytes of each entry, by cache and URL. */
  readonly entries: Map<string, Map<string, Uint8Array<ArrayBuffer>>> = new Map();
  /** What each use throws; undefined for nothing. */
  failure: Error | undefined;
  /** What each change throws, while all can be read; undefined for nothing. */
  changeFailure: Error | undefined;
  /** Changes, in their order: a test may end the process after any of them. */
  readonly changes: string[] = [];
  /** Number of changes after which all fail, as after the end of the process. */
  maxChanges: number = Infinity;

  open(name: string): Promise<CacheLike> {
    return this.#use(() => {
      const cache = this.entries.get(name) ?? new Map<string, Uint8Array<ArrayBuffer>>();
      if (!this.entries.has(name)) {
        this.#change(`open ${name}`, () => this.entries.set(name, cache));
      }
      return {
        put: (url, response) =>
          this.#use(async () => {
            const bytes = await response.bytes();
            this.#change(`put ${name}`, () => cache.set(url, bytes));
          }),
        match: (url) =>
          this.#use(() => {
            const bytes = cache.get(url);
            return bytes && new Response(bytes);
          }),
      };
    });
  }

  has(name: string): Promise<boolean> {
    return this.#use(() => this.entries.has(name));
  }

  delete(name: string): Promise<boolean> {
    return this.#use(() => {
      let was = false;
      this.#change(`delete ${name}`, () => was = this.entries.delete(name));
      return was;
    });
  }

  keys(): Promise<readonly string[]> {
    return this.#use(() => [...this.entries.keys()]);
  }

  async #use<T>(use: () => T | Promise<T>): Promise<T> {
    if (this.failure !== undefined) throw this.failure;
    return await use();
  }

  #change(what: string, change: () => void): void {
    if (this.changeFailure !== undefined) throw this.changeFailure;
    if (this.changes.length >= this.maxChanges) throw new Error("the process has ended");
    this.changes.push(what);
    change();
  }
}
