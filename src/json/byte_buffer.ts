/**
 * A buffer that grows up to a bound and is used again. Knows nothing of what its bytes mean.
 *
 * @module
 */

/** Bytes put together from pieces. */
export class ByteBuffer {
  /** The most bytes it takes. */
  readonly max: number;
  #bytes = new Uint8Array(0);
  #length = 0;
  #isOver = false;

  /** Starts empty. */
  constructor(max: number) {
    this.max = max;
  }

  /** How many bytes were appended; those beyond the bound count, so that it is not empty. */
  get length(): number {
    return this.#length;
  }

  /** Whether more than the bound was appended; the bytes are gone then. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Copies bytes to the end. */
  append(bytes: Uint8Array): void {
    const length = this.#length + bytes.length;
    if (length > this.max) this.#isOver = true;
    if (!this.#isOver) {
      if (length > this.#bytes.length) {
        const grown = new Uint8Array(Math.min(this.max, Math.max(length * 2, 4096)));
        grown.set(this.view(0, this.#length));
        this.#bytes = grown;
      }
      this.#bytes.set(bytes, this.#length);
    }
    this.#length = length;
  }

  /** A view of some of its bytes, valid until the next change. */
  view(start: number, end: number): Uint8Array {
    return this.#bytes.subarray(start, end);
  }

  /** Empties it; the view that it gives is valid until the next change. */
  take(): Uint8Array {
    const bytes = this.view(0, this.#length);
    this.#length = 0;
    this.#isOver = false;
    return bytes;
  }
}
