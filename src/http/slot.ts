/**
 * Places for answers that are long on their way, shared among the addresses that ask: nobody who
 * reads is kept out by those who do not.
 *
 * @module
 */

import { addressKey } from "./limit.ts";

/** The place of one answer. */
export interface Slot {
  /** The reader has taken something. */
  moved(): void;
  /** The answer has ended. */
  release(): void;
}

/** What {@linkcode Slots} is told. */
export interface SlotsOptions {
  /** How many there are. */
  readonly max: number;
  /** Monotonic clock in milliseconds. */
  readonly now: () => number;
  /** Hears of an answer that had to make room, and how long its reader had stood still. */
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

/** The places. */
export class Slots {
  readonly #options: SlotsOptions;
  readonly #holders = new Set<Holder>();
  readonly #counts = new Map<string, number>();

  /** All are free. */
  constructor(options: SlotsOptions) {
    this.#options = options;
  }

  /** How many are taken. */
  get size(): number {
    return this.#holders.size;
  }

  /**
   * Takes a place. When there is none, the answer that has stood still longest loses its own, among
   * those of addresses that have more than the one that asks.
   *
   * @param cutOff Ends the answer, with the reason; its slot is released by then.
   * @returns undefined if nobody can be asked to make room.
   */
  take(hostname: string, cutOff: (reason: Error) => void): Slot | undefined {
    const { max, now } = this.#options;
    const key = addressKey(hostname);
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
    const { now, onCut } = this.#options;
    const latestMs = now() - MIN_STILL_MS;
    let stillest: Holder | undefined;
    for (const each of this.#holders) {
      if (each.movedAtMs > latestMs || this.#countOf(each.key) <= this.#countOf(key)) continue;
      if (each.movedAtMs < (stillest?.movedAtMs ?? Infinity)) stillest = each;
    }
    if (stillest === undefined) return false;
    const stillMs = now() - stillest.movedAtMs;
    this.#release(stillest);
    stillest.cutOff(
      new Error(
        "Cannot send an answer to its end: its reader stands still, and others want its place",
      ),
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
