/**
 * Replies that many ask for, kept as bytes until what they are made of changes. Bounded in number
 * and in bytes: a client may ask for as many different ones as it likes.
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

/** Keeps replies of one version, and evicts the one that was not asked for the longest. */
export class ReplyCache {
  readonly #maxReplies: number;
  readonly #maxBytes: number;
  readonly #replies = new Map<string, Uint8Array<ArrayBuffer>>();
  #version: number | undefined;
  #byteCount = 0;

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
   * @param version The replies of every other version are dropped.
   * @param key What was asked for.
   * @returns Bytes that must not be written to.
   */
  get(version: number, key: string, make: () => Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    if (version !== this.#version) this.clear();
    this.#version = version;
    const kept = this.#replies.get(key);
    if (kept !== undefined) {
      this.#replies.delete(key);
      this.#replies.set(key, kept);
      return kept;
    }
    const bytes = make();
    this.#replies.set(key, bytes);
    this.#byteCount += bytes.length;
    this.#evict();
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
