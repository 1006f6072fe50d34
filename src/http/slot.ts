/**
 * Slots for answers that take long to send, shared among client addresses: a stalled reader loses
 * its slot to a client that has fewer.
 *
 * @module
 */

import { addressKey } from "./rate_limiter.ts";

/** The slot of one answer. */
export interface Slot {
  /** Notes that the reader took something. */
  moved(): void;
  /** Frees the slot; the answer has ended. */
  release(): void;
}

/** Options for {@linkcode Slots}. */
export interface SlotsOptions {
  /** Number of slots. */
  readonly max: number;
  /** Number of slots of one address. Default: all. */
  readonly maxEach?: number;
  /** Monotonic clock in milliseconds. */
  readonly now: () => number;
  /** Called for an answer that is cut off for another, with the time since its reader moved. */
  readonly onCut?: ((address: string, stillMs: number) => void) | undefined;
}

interface Holder {
  readonly key: string;
  readonly hostname: string;
  readonly cutOff: (reason: Error) => void;
  movedAtMs: number;
}

/** A reader that took something within this time is not cut off for another. */
const MIN_STILL_MS = 1_000;

/** All slots. */
export class Slots {
  readonly #options: SlotsOptions;
  readonly #holders = new Set<Holder>();
  readonly #counts = new Map<string, number>();

  /** All are free. */
  constructor(options: SlotsOptions) {
    this.#options = options;
  }

  /** Number of slots in use. */
  get size(): number {
    return this.#holders.size;
  }

  /**
   * Takes a slot. If none is free, evicts the answer that has stalled longest, among those of
   * addresses that hold more slots than the one that asks. One that moved within a second is
   * evicted only if its address holds more than half of all slots.
   *
   * @param cutOff Ends the answer, with the reason; its slot is released by then.
   * @returns undefined if the address has all that it may have, or no answer can be evicted.
   */
  take(hostname: string, cutOff: (reason: Error) => void): Slot | undefined {
    const { max, maxEach = max, now } = this.#options;
    const key = addressKey(hostname);
    if (this.#countOf(key) >= maxEach) return undefined;
    if (this.#holders.size >= max && !this.#makeRoom(key)) return undefined;
    const holder: Holder = { key, hostname, cutOff, movedAtMs: now() };
    this.#holders.add(holder);
    this.#counts.set(key, this.#countOf(key) + 1);
    return {
      moved: () => holder.movedAtMs = now(),
      release: () => this.#release(holder),
    };
  }

  #makeRoom(key: string): boolean {
    const { max, now, onCut } = this.#options;
    const latestMs = now() - MIN_STILL_MS;
    let stillest: Holder | undefined;
    for (const each of this.#holders) {
      const count = this.#countOf(each.key);
      if (count <= this.#countOf(key)) continue;
      // Readers that move a little every second would otherwise keep all slots.
      if (each.movedAtMs > latestMs && count * 2 <= max) continue;
      if (each.movedAtMs < (stillest?.movedAtMs ?? Infinity)) stillest = each;
    }
    if (stillest === undefined) return false;
    const stillMs = now() - stillest.movedAtMs;
    this.#release(stillest);
    const problem = stillMs < MIN_STILL_MS
      ? "its address has more than half of all places"
      : "its reader stands still";
    stillest.cutOff(
      new Error(`Cannot send an answer to its end: ${problem}, and others want its place`),
    );
    onCut?.(stillest.hostname, stillMs);
    return true;
  }

  #countOf(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  #release(holder: Holder): void {
    if (!this.#holders.delete(holder)) return;
    const left = this.#countOf(holder.key) - 1;
    if (left > 0) this.#counts.set(holder.key, left);
    else this.#counts.delete(holder.key);
  }
}
