/**
 * Puts short pieces together to long ones.
 *
 * @module
 */

/** Pieces of a page that are being put together. */
export class Gather {
  /** How long a piece may be. */
  readonly pieceBytes: number;
  /** How many bytes are still to come at most; memory is not made for more. */
  #left: number;
  #memory = new Uint8Array(0);
  /** The piece that is begun. */
  #start = 0;
  #end = 0;

  /** Nothing is put together yet. */
  constructor(pieceBytes: number, byteLength: number) {
    this.pieceBytes = Math.trunc(pieceBytes);
    this.#left = byteLength;
  }

  /** Copies these bytes; gives the pieces that become full. */
  *add(source: Uint8Array, start: number = 0, end: number = source.length): Generator<Uint8Array> {
    for (let from = start; from < end;) {
      if (this.#end === this.#memory.length) {
        yield* this.flush();
        this.#memory = new Uint8Array(Math.min(this.pieceBytes, this.#left));
        this.#start = this.#end = 0;
      }
      const length = Math.min(end - from, this.#memory.length - this.#end);
      this.#memory.set(source.subarray(from, from + length), this.#end);
      this.#end += length;
      this.#left -= length;
      from += length;
    }
  }

  /** Gives these bytes as they are, cut if they are too many. */
  *pass(piece: Uint8Array): Generator<Uint8Array> {
    this.#left -= piece.length;
    if (piece.length <= this.pieceBytes) {
      yield piece;
      return;
    }
    for (let at = 0; at < piece.length; at += this.pieceBytes) {
      yield piece.subarray(at, at + this.pieceBytes);
    }
  }

  /** Gives what is put together so far. */
  *flush(): Generator<Uint8Array> {
    if (this.#end > this.#start) yield this.#memory.subarray(this.#start, this.#end);
    this.#start = this.#end;
  }
}
