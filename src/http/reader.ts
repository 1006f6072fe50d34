/**
 * How much memory readers of pages may hold on to. A page is immutable, so a reader that takes
 * minutes keeps in memory what has long been replaced; many of them, one of each cycle, would keep
 * as many pages.
 *
 * @module
 */

/** One reply that is on its way. */
export interface Reader {
  /** The memory that is kept for it: the same objects as another's that is kept for the same. */
  memory(): Iterable<ArrayBufferLike>;
  /** Ends the reply, so that nothing is kept for it any more; the reason is for the log. */
  cutOff(reason: Error): void;
}

/** What old pages may hold together, where the page itself is smaller: too little to fuss about. */
const SMALL_BYTES = 16 * 1024 * 1024;

/** The replies on their way, in the order in which they began. */
export class Readers {
  readonly #readers = new Set<Reader>();
  readonly #smallBytes: number;

  /** Starts without readers. */
  constructor(smallBytes: number = SMALL_BYTES) {
    this.#smallBytes = smallBytes;
  }

  /** How many there are. */
  get size(): number {
    return this.#readers.size;
  }

  /** One more has begun. */
  add(reader: Reader): void {
    this.#readers.add(reader);
  }

  /** One has ended. */
  delete(reader: Reader): void {
    this.#readers.delete(reader);
  }

  /**
   * Cuts off those that began first, until all together keep no more than there is room for beside
   * the current page, or 16 MiB. A reader of what is current, or of what another one keeps anyway,
   * stays, and so does the last to begin of those that keep what is old, however much that is.
   *
   * Units: roomBytes in bytes. Default: those of `current`
   *
   * @param current The memory of the page as it is now, as far as there is any: unread
   * parts need not have been made.
   * @returns How many were cut off, and how many bytes the others keep that are not current.
   */
  bound(
    current: Iterable<ArrayBufferLike>,
    roomBytes?: number,
  ): { readonly cut: number; readonly keptBytes: number } {
    const seen = new Set(current);
    const room = Math.max(this.#smallBytes, roomBytes ?? bytesOf(seen));
    let keptBytes = 0;
    let cut = 0;
    for (const reader of [...this.#readers].reverse()) {
      const own = new Set(reader.memory()).difference(seen);
      const ownBytes = bytesOf(own);
      if (keptBytes > 0 && ownBytes > 0 && keptBytes + ownBytes > room) {
        cut++;
        reader.cutOff(
          new Error("Cannot send an old page to its end: newer ones need the room"),
        );
        continue;
      }
      keptBytes += ownBytes;
      for (const one of own) seen.add(one);
    }
    return { cut, keptBytes };
  }
}

function bytesOf(memory: Iterable<ArrayBufferLike>): number {
  let total = 0;
  for (const { byteLength } of memory) total += byteLength;
  return total;
}
