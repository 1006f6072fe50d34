/**
 * Memory that lines are copied into: a little longer than what it holds, so that copying may go in
 * steps of eight bytes, and reused where it was never handed out. Memory that V8 has to give
 * back is given back late: fresh memory for every page of every cycle would double what is held.
 *
 * @module
 */

/** Copying reads and writes up to seven bytes beyond the end. */
export const SLACK = 8;

/** Bytes from which the platform's own copying is faster, though it makes two objects. */
const LONG = 1024;

/** Spare pieces that are kept, and how much longer than wanted a piece may be. */
const MAX_SPARES = 2, MAX_WASTE = 1.25;

/** A piece of memory, seen in the two ways that copying needs. */
export interface Memory {
  /** The bytes, and a few more. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** The same. */
  readonly view: DataView<ArrayBuffer>;
}

/** New memory with room for this many bytes. */
export function allocate(length: number): Memory {
  const buffer = new ArrayBuffer(length + SLACK);
  return { bytes: new Uint8Array(buffer), view: new DataView(buffer) };
}

/** How many bytes fit in. */
export function roomOf({ bytes }: Memory): number {
  return bytes.length - SLACK;
}

/**
 * Gives memory back to the system now: V8 would wait until 64 MB of it are waste. What is on its
 * way to a socket has a share of its own and stays; all other references see an empty buffer.
 */
export function free({ bytes }: Memory): void {
  bytes.buffer.transfer(0);
}

/** Copies bytes, and up to seven more beyond: writing in order overwrites these. */
export function copy(
  source: Memory,
  start: number,
  end: number,
  target: Memory,
  to: number,
): void {
  const length = end - start;
  if (length >= LONG) {
    target.bytes.set(source.bytes.subarray(start, end), to);
    return;
  }
  const from = source.view, into = target.view;
  for (let at = 0; at < length; at += 8) {
    into.setBigInt64(to + at, from.getBigInt64(start + at, true), true);
  }
}

/** Memory that was given back, for those who need some of about that size. */
export class MemoryPool {
  readonly #spares: Memory[] = [];

  /** Whether there is memory with room for this many bytes. */
  has(length: number): boolean {
    return this.#find(length) !== -1;
  }

  #find(length: number): number {
    return this.#spares.findIndex((spare) =>
      roomOf(spare) >= length && roomOf(spare) <= length * MAX_WASTE + 4096
    );
  }

  /** Memory with room for this many bytes; what it holds is anything. */
  take(length: number): Memory {
    const at = this.#find(length);
    const [spare] = at === -1 ? [] : this.#spares.splice(at, 1);
    // Numbers grow by a digit now and then, which must not make every piece useless.
    return spare ?? allocate(length + (length >> 6));
  }

  /** Returns memory without references to the pool. */
  give(memory: Memory): void {
    this.#spares.push(memory);
    if (this.#spares.length > MAX_SPARES) this.#spares.shift();
  }
}
