/**
 * Many bytes in parts of one size. In one piece they would be given back to the system late: its
 * allocator learns from the first large piece that is freed to keep such pieces, 40 MB of them.
 *
 * @module
 */

/** The size of a part; the last one may be shorter. */
export const PART_BYTES = 1 << 20;

/** Bytes that only grow, until they are given back. */
export class LongBytes {
  readonly #parts: Uint8Array<ArrayBuffer>[] = [];
  #length = 0;

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** Takes a copy of more. */
  add(bytes: Uint8Array): void {
    for (let from = 0; from < bytes.length;) {
      const room = this.#parts.length * PART_BYTES - this.#length;
      if (room === 0) {
        this.#parts.push(new Uint8Array(PART_BYTES));
        continue;
      }
      const part = bytes.subarray(from, from + room);
      this.#parts.at(-1)?.set(part, PART_BYTES - room);
      this.#length += part.length;
      from += part.length;
    }
  }

  /** All of them in one piece, and gives the parts' memory back now instead of when V8 does. */
  join(): Uint8Array<ArrayBuffer> {
    const whole = new Uint8Array(this.#length);
    for (const [index, part] of this.#parts.entries()) {
      const at = index * PART_BYTES;
      whole.set(part.subarray(0, this.#length - at), at);
      part.buffer.transfer(0);
    }
    this.#parts.length = 0;
    this.#length = 0;
    return whole;
  }
}
