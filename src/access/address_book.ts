/**
 * The owners of addresses over time. An address changes hands, and lines arrive late, so the time
 * of a line decides. Does no I/O: the caller notes what it has learnt.
 *
 * @module
 */

import type { Visitor } from "./visitor.ts";

/** The owner of an address. */
export interface AddressOwner {
  /** What identifies the device, so that a rename is no change of hands. */
  readonly id: string;
  /** The owner of the address. */
  readonly visitor: Visitor;
  /** When the device joined the tailnet, in milliseconds since 1970; undefined if not known. */
  readonly createdMs: number | undefined;
}

/** A stretch of time during which an address had one owner, or none. */
interface Tenure {
  readonly fromMs: number;
  readonly owner: AddressOwner | undefined;
}

/** Tenures that are kept of an address; the oldest is dropped. */
const MAX_TENURES = 4;

/** Addresses between two looks at the clock. */
const ADDRESSES_A_LOOK = 256;

/** Default of the maximum number of addresses: two of each device of the largest tailnet. */
const MAX_ADDRESSES = 400_000;

/** Remembers owners of addresses. */
export class AddressBook {
  readonly #max: number;
  readonly #tenures = new Map<string, readonly Tenure[]>();

  /**
   * An empty book.
   *
   * @param max Maximum number of addresses; further ones are not noted. Default: 400,000.
   */
  constructor(max: number = MAX_ADDRESSES) {
    this.#max = max;
  }

  /** Number of addresses. */
  get size(): number {
    return this.#tenures.size;
  }

  /**
   * Notes the owner of an address.
   *
   * The first owner counts as having had it since the device joined, or ever. A later one has it
   * since it joined, if that was after the owner before, and otherwise since it was seen.
   *
   * @param owner undefined if no device has it any more.
   * @param seenMs When that was learnt, in milliseconds since 1970.
   */
  note(address: string, owner: AddressOwner | undefined, seenMs: number): void {
    const tenures = this.#tenures.get(address) ?? [];
    const last = tenures.at(-1);
    if (last === undefined) {
      if (owner === undefined || this.#tenures.size >= this.#max) return;
      this.#tenures.set(address, [{ fromMs: owner.createdMs ?? -Infinity, owner }]);
      return;
    }
    if (last.owner?.id === owner?.id) {
      this.#tenures.set(address, tenures.with(-1, { fromMs: last.fromMs, owner }));
      return;
    }
    const createdMs = owner?.createdMs ?? -Infinity;
    const fromMs = createdMs > last.fromMs ? createdMs : Math.max(seenMs, last.fromMs);
    this.#tenures.set(address, [...tenures, { fromMs, owner }].slice(-MAX_TENURES));
  }

  /**
   * Drops owners that had an address only before a time: lines of that age are not taken any more,
   * and their room is wanted for others.
   *
   * @param beforeMs Milliseconds since 1970.
   */
  async prune(
    beforeMs: number,
    slice: { readonly isOver: boolean; next(): Promise<void> },
  ): Promise<void> {
    let looked = 0;
    for (const [address, tenures] of this.#tenures) {
      if (looked++ % ADDRESSES_A_LOOK === 0 && slice.isOver) await slice.next();
      const kept = tenures.filter((_, at) => (tenures[at + 1]?.fromMs ?? Infinity) > beforeMs);
      const [first] = kept;
      const isOver = kept.length === 1 && first?.owner === undefined;
      if (isOver && (first?.fromMs ?? 0) <= beforeMs) this.#tenures.delete(address);
      else if (kept.length < tenures.length) this.#tenures.set(address, kept);
    }
  }

  /** Drops all that is known of an address. */
  forget(address: string): void {
    this.#tenures.delete(address);
  }

  /** Who had an address at a time, in milliseconds since 1970; undefined if that is not known. */
  find(address: string, atMs: number): Visitor | undefined {
    return this.#tenures.get(address)?.findLast(({ fromMs }) => fromMs <= atMs)?.owner?.visitor;
  }
}
