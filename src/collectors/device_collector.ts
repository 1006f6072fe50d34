/**
 * What the control plane says about each device, as samples. One call for the whole fleet; a
 * device's block is made again only if something about the device changed.
 *
 * @module
 */

import type { ApiError } from "../errors.ts";
import { BlockWriter } from "../exposition/mod.ts";
import { Section } from "../page/mod.ts";
import type { Inventory } from "../devices/inventory.ts";
import type { DeviceListing, KnownDevice } from "../facts/tailnet_facts.ts";
import type { TailnetRecord } from "../facts/tailnet_record.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import { TroubleLog } from "../log/trouble.ts";
import { ApiCollector, type ApiCollectorOptions } from "./_api_collector.ts";
import { renderDevice } from "./_device_block.ts";
import { DEVICE_METRIC_INDEX as M, DEVICE_METRICS } from "./_device_metric.ts";
import { DeviceShape, type SampleWriter } from "./_device_shape.ts";

/** The key of the block about all devices; no device has it. */
const COUNT_KEY = "";

/** Observes the calls of the API. */
export interface DeviceObserver {
  /** The API answered with a usable list; it counts as refreshed when this is done. */
  apiAnswered(listing: DeviceListing): void | Promise<void>;
  /** The API gave no usable answer. */
  apiFailed(error: ApiError): void;
}

/** What a {@linkcode DeviceCollector} needs. */
export interface DeviceCollectorOptions extends ApiCollectorOptions {
  /** Refreshes the device list. */
  readonly inventory: Pick<Inventory, "refresh">;
  /** Has the device list. */
  readonly record: Pick<TailnetRecord, "listing">;
  /** Observes the calls. */
  readonly observer: DeviceObserver;
  /** Where the samples are shown. Default: a section of its own. */
  readonly section?: Section;
  /** Whether the number of devices is shown too. Default: true. */
  readonly showsCount?: boolean;
  /** Number of devices of the other tailnets in the same section. Default: 0. */
  readonly countOthers?: () => number;
  /** What is shown of a device, and with which labels. Default: everything, with id and name. */
  readonly shape?: DeviceShape;
  /** How the rendering of many devices is cut into slices. */
  readonly slices?: TimeSliceOptions;
}

/** Asks the API once a cycle and keeps one block for each device. */
export class DeviceCollector extends ApiCollector<DeviceListing> {
  /** The samples: one block for each device under its key, and one for the number of devices. */
  readonly section: Section;

  /**
   * A collector whose section is empty until the first cycle.
   *
   * @param options The fleet and the observer.
   */
  constructor(options: DeviceCollectorOptions) {
    const { inventory, observer, record, section = new Section(DEVICE_METRICS) } = options;
    const trouble = new TroubleLog(options.log);
    const blocks = new DeviceBlocks(section, options);
    super({
      name: "api",
      title: "device list",
      ask: (signal) => inventory.refresh(signal),
      answered: async (listing) => {
        await observer.apiAnswered(listing);
        reportRejected(trouble, listing);
      },
      failed: (error) => observer.apiFailed(error),
      current: () => record.listing,
      show: (listing) => blocks.show(listing),
    }, options);
    this.section = section;
  }
}

/** The blocks of a section, brought in line with a device list. */
class DeviceBlocks {
  readonly #section: Section;
  readonly #options: DeviceCollectorOptions;
  readonly #shape: DeviceShape;
  readonly #writer: SampleWriter;
  readonly #shown = new Map<string, KnownDevice>();
  #shownCount: number | undefined;

  constructor(section: Section, options: DeviceCollectorOptions) {
    this.#section = section;
    this.#options = options;
    this.#shape = options.shape ?? new DeviceShape();
    this.#writer = this.#shape.filter(
      new BlockWriter(section.families, { reusesBlocks: true }),
      DEVICE_METRICS,
    );
  }

  /** Brings the section up to date in slices: rendering 10,000 devices takes 0.15 s. */
  async show(listing: DeviceListing | undefined): Promise<void> {
    const slice = new TimeSlice(this.#options.slices);
    const keys = new Set<string>();
    for (const known of listing?.devices ?? []) {
      if (slice.isOver) await slice.next();
      const { key } = known;
      keys.add(key);
      // The inventory keeps the object of a device of which nothing changed.
      if (this.#shown.get(key) === known) continue;
      this.#section.set(key, renderDevice(this.#writer, known, this.#shape));
      this.#shown.set(key, known);
    }
    for (const key of this.#shown.keys()) {
      if (slice.isOver) await slice.next();
      if (keys.has(key)) continue;
      this.#section.delete(key);
      this.#shown.delete(key);
    }
    this.#showCount(listing?.all.length);
  }

  #showCount(ownCount: number | undefined): void {
    const { countOthers = () => 0, showsCount = true } = this.#options;
    if (!showsCount) return;
    const others = countOthers();
    const count = ownCount === undefined && others === 0 ? undefined : (ownCount ?? 0) + others;
    if (this.#shownCount === count && this.#section.has(COUNT_KEY)) return;
    this.#shownCount = count;
    if (count === undefined) {
      this.#section.delete(COUNT_KEY);
      return;
    }
    this.#writer.begin("");
    this.#writer.sample(M.count, count);
    this.#section.set(COUNT_KEY, this.#writer.finish());
  }
}

/** Logs that entries of a list cannot be read, or that all can again. */
function reportRejected(trouble: TroubleLog, { rejected }: DeviceListing): void {
  const [first] = rejected;
  if (first === undefined) {
    trouble.over("rejected", "All entries of the device list can be read again");
    return;
  }
  trouble.report(
    "rejected",
    "Cannot read {entries:entry|entries} of the device list: {reason}",
    { entries: rejected.length, reason: first.reason },
  );
}
