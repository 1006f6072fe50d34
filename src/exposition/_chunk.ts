/**
 * Cuts what is written into pieces of one size, each in memory of its own.
 *
 * @module
 */

/** The piece that is being filled. */
export class Chunk {
  readonly #size: number;
  /** The piece; zeros from `used` on. */
  bytes: Uint8Array<ArrayBuffer>;
  /** How many bytes of it are filled. */
  used = 0;

  /** An empty piece of this many bytes; all that follow are as large. */
  constructor(size: number) {
    this.#size = Math.trunc(size);
    this.bytes = new Uint8Array(this.#size);
  }

  /** Copies as much as fits; where the rest starts. */
  fill(source: Uint8Array, start: number, end: number): number {
    const room = this.#size - this.used;
    const stop = end - start > room ? start + room : end;
    this.bytes.set(source.subarray(start, stop), this.used);
    this.used += stop - start;
    return stop;
  }

  /** The full piece; a new one is begun. */
  take(): Uint8Array {
    const full = this.bytes;
    this.bytes = new Uint8Array(this.#size);
    this.used = 0;
    return full;
  }
}
