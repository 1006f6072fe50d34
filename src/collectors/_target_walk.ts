/**
 * Choosing targets for a device list in slices: device by device, so that requests are answered in
 * between, and a list that is replaced meanwhile is given up for the newer one. What a target means
 * is the caller's business.
 *
 * @module
 */

import type { KnownDevice } from "../devices/inventory.ts";
import type { SkippedDevice, Target, TargetChooser } from "../devices/target.ts";
import { TimeSlice, type TimeSliceOptions } from "../slice.ts";

/** What a {@linkcode TargetWalk} needs. */
export interface TargetWalkOptions {
  /** Decides for each device. */
  readonly chooser: TargetChooser;
  /** The list as it is now; the same array for as long as it does not change. */
  readonly list: () => readonly KnownDevice[];
  /** The ids that are scraped now. */
  readonly scraped: () => Iterable<string>;
  /** A device is scraped from now on, or still, perhaps with another target. */
  readonly take: (target: Target) => void;
  /** A device that was scraped no longer is; without a reason it is gone. */
  readonly drop: (id: string, why: SkippedDevice | undefined) => void;
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
  #skipped: ReadonlyMap<string, SkippedDevice> = new Map();
  /** The list that the last whole walk was about. */
  #done: readonly KnownDevice[] | undefined;
  #walking: Promise<void> | undefined;

  /** Nothing is chosen before the first walk. */
  constructor(options: TargetWalkOptions) {
    this.#options = options;
  }

  /** The devices that the last whole walk skipped, by id. */
  get skipped(): ReadonlyMap<string, SkippedDevice> {
    return this.#skipped;
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
    const { chooser, drop, list: current, scraped, take } = this.#options;
    const chosen = new Set<string>();
    const skipped = new Map<string, SkippedDevice>();
    this.#done = undefined;
    chooser.trim(list.length);
    for (const known of list) {
      if (slice.isOver) {
        await slice.next();
        if (current() !== list) return;
      }
      const choice = chooser.choose(known);
      if ("reason" in choice) {
        skipped.set(choice.device.id, choice);
        continue;
      }
      chosen.add(choice.device.id);
      take(choice);
    }
    this.#skipped = skipped;
    for (const id of scraped()) {
      if (!chosen.has(id)) drop(id, skipped.get(id));
      if (!slice.isOver) continue;
      await slice.next();
      if (current() !== list) return;
    }
    this.#done = list;
  }
}
