/**
 * Coalesces small pieces of a page into chunks, so that a response needs fewer writes.
 *
 * @module
 */

/** Turns the pieces of one page into chunks of bounded size, in order. */
export class Coalescer {
  /** Maximum size of a chunk in bytes. */
  readonly chunkBytes: number;
  /** Upper bound of the bytes still to come; no buffer is longer. */
  #left: number;
  #buffer = new Uint8Array(0);
  /** Start and end of the bytes in the buffer that have not been yielded. */
  #start = 0;
  #end = 0;

  /** Units: both in bytes; `byteLength` is the size of the whole page. */
  constructor(chunkBytes: number, byteLength: number) {
    this.chunkBytes = Math.trunc(chunkBytes);
    this.#left = byteLength;
  }

  /** Copies bytes into the buffer; yields the chunks that are full. */
  *copy(source: Uint8Array, start: number = 0, end: number = source.length): Generator<Uint8Array> {
    for (let from = start; from < end;) {
      if (this.#end === this.#buffer.length) {
        yield* this.flush();
        this.#buffer = new Uint8Array(Math.min(this.chunkBytes, this.#left));
        this.#start = this.#end = 0;
      }
      const length = Math.min(end - from, this.#buffer.length - this.#end);
      this.#buffer.set(source.subarray(from, from + length), this.#end);
      this.#end += length;
      this.#left -= length;
      from += length;
    }
  }

  /** Yields a long piece without a copy, cut to the size of a chunk. Flush before. */
  *pass(piece: Uint8Array): Generator<Uint8Array> {
    this.#left -= piece.length;
    if (piece.length <= this.chunkBytes) {
      yield piece;
      return;
    }
    for (let at = 0; at < piece.length; at += this.chunkBytes) {
      yield piece.subarray(at, at + this.chunkBytes);
    }
  }

  /** Yields what is buffered. */
  *flush(): Generator<Uint8Array> {
    if (this.#end > this.#start) yield this.#buffer.subarray(this.#start, this.#end);
    this.#start = this.#end;
  }
}
