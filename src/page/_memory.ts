/**
 * Memory for lines: slightly longer than its content, so that copying can go by eight bytes, and
 * pooled where no view has handed it out. V8 frees array buffers late: new memory for every page of
 * every cycle would double what the process holds.
 *
 * @module
 */

/** Copying reads and writes up to seven bytes beyond the end. */
export const SLACK = 8;

/** Bytes from which the platform's copy is faster, although it creates two objects. */
const LONG = 1024;

/** Maximum number of pooled pieces, and how much longer than requested a piece may be. */
const MAX_SPARES = 2, MAX_WASTE = 1.25;

/** A piece of memory, in the two views that copying needs. */
export interface Memory {
  /** The bytes, slack included. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** A view of the same bytes. */
  readonly view: DataView<ArrayBuffer>;
}

/** New memory with room for this many bytes. */
export function allocate(length: number): Memory {
  const buffer = new ArrayBuffer(length + SLACK);
  return { bytes: new Uint8Array(buffer), view: new DataView(buffer) };
}

/** The number of bytes that fit in. */
export function roomOf({ bytes }: Memory): number {
  return bytes.length - SLACK;
}

/**
 * Returns memory to the system now; V8 waits until 64 MB are garbage. A write to a socket that is
 * under way holds a share of its own and completes; all other references see an empty buffer.
 */
export function free({ bytes }: Memory): void {
  bytes.buffer.transfer(0);
}

/** Copies bytes, and up to seven beyond: writes in ascending order overwrite these. */
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

/** Recycles the memory of tiles. */
export class MemoryPool {
  readonly #spares: Memory[] = [];

  /** Whether the pool has memory with room for this many bytes. */
  has(length: number): boolean {
    return this.#find(length) !== -1;
  }

  #find(length: number): number {
    return this.#spares.findIndex((spare) =>
      roomOf(spare) >= length && roomOf(spare) <= length * MAX_WASTE + 4096
    );
  }

  /** Memory with room for this many bytes, from the pool or new; its content is arbitrary. */
  take(length: number): Memory {
    const at = this.#find(length);
    const [spare] = at === -1 ? [] : this.#spares.splice(at, 1);
    // Values grow by a digit now and then, which must not make every spare too short.
    return spare ?? allocate(length + (length >> 6));
  }

  /** Returns memory without references to the pool. */
  give(memory: Memory): void {
    this.#spares.push(memory);
    if (this.#spares.length > MAX_SPARES) this.#spares.shift();
  }
}
