/**
 * Many bytes in parts of one size. In one piece they would be given back to the system late: its
 * allocator learns from the first large piece that is freed to keep such pieces, 40 MB of them.
 *
 * @module
 */

/** The size of a part; the last one may be shorter. */
export const PART_BYTES = 1 << 20;

const encoder = new TextEncoder();

/** Bytes that only grow, until they are given back. */
export class LongBytes {
  readonly #parts: Uint8Array<ArrayBuffer>[] = [];
  #length = 0;

  /** A text as UTF-8. */
  static of(text: string): LongBytes {
    const bytes = new LongBytes();
    const encoded = encoder.encode(text);
    if (encoded.length > PART_BYTES) bytes.add(encoded);
    else {
      // As it is: a whole part would cost more to clear than a short text to read.
      bytes.#parts.push(encoded);
      bytes.#length = encoded.length;
    }
    return bytes;
  }

  /** How many there are. */
  get length(): number {
    return this.#length;
  }

  /** All of them in order. */
  parts(): readonly Uint8Array[] {
    const last = this.#parts.length - 1;
    const rest = this.#length - last * PART_BYTES;
    return this.#parts.map((part, at) => at === last ? part.subarray(0, rest) : part);
  }

  /** Takes a copy of more. */
  add(bytes: Uint8Array): void {
    const last = this.#parts.pop();
    if (last !== undefined) this.#parts.push(widen(last));
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

  /** Some of them, not to be changed and not to be kept. */
  slice(start: number, end: number): Uint8Array {
    const first = Math.floor(start / PART_BYTES);
    const base = first * PART_BYTES;
    if (end <= base + PART_BYTES) {
      return this.#parts[first]?.subarray(start - base, end - base) ??
        new Uint8Array(0);
    }
    const whole = new Uint8Array(end - start);
    for (let at = start; at < end;) {
      const next = Math.min(end, (Math.floor(at / PART_BYTES) + 1) * PART_BYTES);
      whole.set(this.slice(at, next), at - start);
      at = next;
    }
    return whole;
  }

  /** What they say; bytes that are not UTF-8 are U+FFFD, a byte order mark is gone. */
  text(): string {
    const decoder = new TextDecoder();
    const texts = this.parts().map((part) => decoder.decode(part, { stream: true }));
    return texts.join("") + decoder.decode();
  }

  /** Gives the memory back now, which V8 would do some time; there are no bytes then. */
  release(): void {
    for (const { buffer } of this.#parts) buffer.transfer(0);
    this.#parts.length = 0;
    this.#length = 0;
  }
}

/** A part of the whole size that begins with what is there. */
function widen(part: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  if (part.length === PART_BYTES) return part;
  const whole = new Uint8Array(PART_BYTES);
  whole.set(part);
  return whole;
}
