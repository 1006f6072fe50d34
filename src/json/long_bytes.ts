/**
 * Many bytes in parts of one size. In one piece they would be given back to the system late: its
 * allocator learns from the first large piece that is freed to keep such pieces, 40 MB of them.
 *
 * @module
 */

import { TimeSlice } from "../time/slice.ts";

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

  /**
   * All of them in one piece; gives each part's memory back as soon as it is copied, not when V8
   * does.
   *
   * Units: 64 MiB take 40 ms and more, most of it for new memory, so they are copied in slices.
   */
  async join(slice: TimeSlice = new TimeSlice()): Promise<Uint8Array<ArrayBuffer>> {
    const whole = new Uint8Array(this.#length);
    const parts = this.#parts.splice(0);
    this.#length = 0;
    for (const [index, part] of parts.entries()) {
      if (slice.isOver) await slice.next();
      const at = index * PART_BYTES;
      whole.set(part.subarray(0, whole.length - at), at);
      part.buffer.transfer(0);
    }
    return whole;
  }
}
