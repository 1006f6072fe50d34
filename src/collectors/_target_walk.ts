/**
 * Choosing targets for a device list in slices: device by device, so that requests are answered in
 * between, and a list that is replaced meanwhile is given up for the newer one. What a target means
 * is the caller's business.
 *
 * @module
 */

import type { KnownDevice } from "../facts/tailnet_facts.ts";
import type { SkippedDevice, Target, TargetChooser } from "../devices/target.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";

/** What a {@linkcode TargetWalk} needs. */
export interface TargetWalkOptions {
  /** Decides for each device. */
  readonly chooser: TargetChooser;
  /** The list as it is now; the same array for as long as it does not change. */
  readonly list: () => readonly KnownDevice[];
  /** The keys of the devices that were taken or skipped before. */
  readonly known: () => Iterable<string>;
  /** A device is scraped from now on, or still, perhaps with another target. */
  readonly take: (target: Target) => void;
  /** A device is not scraped. */
  readonly skip: (skipped: SkippedDevice) => void;
  /** A device is gone. */
  readonly drop: (key: string) => void;
  /** How the walk is cut into slices. */
  readonly slices?: TimeSliceOptions | undefined;
}

/**
 * Brings what is scraped in line with the device list.
 *
 * Each device changes at once and by itself. A walk that stops halfway leaves some devices as the
 * old list has them and some as the new one; the next walk starts from there and needs no undo.
 */
export class TargetWalk {
  readonly #options: TargetWalkOptions;
  /** The list that the last whole walk was about. */
  #done: readonly KnownDevice[] | undefined;
  #walking: Promise<void> | undefined;

  /** Nothing is chosen before the first walk. */
  constructor(options: TargetWalkOptions) {
    this.#options = options;
  }

  /**
   * Chooses for the list as it is now.
   *
   * Costs nothing if that is done. Calls during a walk share it; one about a list that has been
   * replaced stops at its next pause, and begins again with the newer list.
   *
   * @returns When what is scraped fits the list that is current by then.
   */
  async follow(): Promise<void> {
    const { list, slices } = this.#options;
    while (this.#done !== list()) {
      this.#walking ??= this.#walk(list(), new TimeSlice(slices))
        .finally(() => this.#walking = undefined);
      await this.#walking;
    }
  }

  /** Goes through one list, to its end unless it is replaced meanwhile. */
  async #walk(list: readonly KnownDevice[], slice: TimeSlice): Promise<void> {
    const { chooser, drop, known: knownKeys, list: current, skip, take } = this.#options;
    const listed = new Set<string>();
    this.#done = undefined;
    chooser.trim(list.length);
    for (const known of list) {
      if (slice.isOver) {
        await slice.next();
        if (current() !== list) return;
      }
      listed.add(known.key);
      const choice = chooser.choose(known);
      if ("scrape" in choice) skip(choice);
      else take(choice);
    }
    for (const key of knownKeys()) {
      if (!listed.has(key)) drop(key);
      if (!slice.isOver) continue;
      await slice.next();
      if (current() !== list) return;
    }
    this.#done = list;
  }
}
