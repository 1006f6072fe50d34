/**
 * Replies that many ask for, kept as bytes until what they are made of changes. Bounded in number
 * and in bytes: a client may ask for as many different ones as it likes. Making one may take a
 * while: all who ask for it meanwhile share it, and one is made at a time.
 *
 * @module
 */

/** What a {@linkcode ReplyCache} is told. */
export interface ReplyCacheOptions {
  /** Most replies that are kept. Default: 32. */
  readonly maxReplies?: number;
  /** Most bytes of all replies that are kept; a larger one is kept alone. Default: 16 MiB. */
  readonly maxBytes?: number;
}

/** A reply; it must not be written to. */
export type Bytes = Uint8Array<ArrayBuffer>;

/** Keeps replies of one version, and evicts the one that was not asked for the longest. */
export class ReplyCache {
  readonly #maxReplies: number;
  readonly #maxBytes: number;
  readonly #replies = new Map<string, Bytes>();
  #version = -Infinity;
  #byteCount = 0;
  /** Those that are being made, or wait for it, by version and key. */
  readonly #making = new Map<string, Promise<Bytes>>();
  /** Settles when the last of them is made. */
  #last: Promise<unknown> = Promise.resolve();

  /**
   * An empty cache.
   *
   * @param options Its bounds.
   */
  constructor({ maxReplies = 32, maxBytes = 16 * 2 ** 20 }: ReplyCacheOptions = {}) {
    this.#maxReplies = maxReplies;
    this.#maxBytes = maxBytes;
  }

  /** How many bytes all replies have together. */
  get byteCount(): number {
    return this.#byteCount;
  }

  /**
   * The reply of a key, made if it is not kept.
   *
   * @param version The replies of older versions are dropped. One that is still being made is
   *   finished for those who wait for it, and not kept.
   * @param key What was asked for.
   * @param make Is not aborted when all callers give up: the next one gets the reply.
   * @returns Bytes that must not be written to.
   * @throws What `make` throws, to all who wait; the next who asks has it made again.
   */
  async get(version: number, key: string, make: () => Promise<Bytes>): Promise<Bytes> {
    if (version > this.#version) {
      this.clear();
      this.#version = version;
    }
    const kept = version === this.#version ? this.#replies.get(key) : undefined;
    if (kept !== undefined) {
      this.#replies.delete(key);
      this.#replies.set(key, kept);
      return kept;
    }
    const id = `${version} ${key}`;
    const making = this.#making.get(id);
    if (making !== undefined) return await making;
    // Several at a time would only take longer, and hold more memory.
    const made = this.#last.then(() => this.#make(version, key, make))
      .finally(() => this.#making.delete(id));
    this.#making.set(id, made);
    this.#last = made.catch(() => {});
    return await made;
  }

  async #make(version: number, key: string, make: () => Promise<Bytes>): Promise<Bytes> {
    const bytes = await make();
    if (version === this.#version) {
      this.#replies.set(key, bytes);
      this.#byteCount += bytes.length;
      this.#evict();
    }
    return bytes;
  }

  /** Drops all replies. */
  clear(): void {
    this.#replies.clear();
    this.#byteCount = 0;
  }

  #evict(): void {
    for (const [key, bytes] of this.#replies) {
      const isOver = this.#replies.size > this.#maxReplies || this.#byteCount > this.#maxBytes;
      if (!isOver || this.#replies.size === 1) return;
      this.#replies.delete(key);
      this.#byteCount -= bytes.length;
    }
  }
}
