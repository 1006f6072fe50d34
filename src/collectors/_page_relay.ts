/**
 * Passing devices' pages on: relabelled, without what the operator does not want, within the limits
 * for one page and for all. What is left out is counted, told once, and remembered for `/debug`.
 *
 * @module
 */

import type { DropPattern } from "../cardinality.ts";
import {
  type DroppedFamily,
  type KeptLabel,
  type Label,
  type OwnLabels,
  type PageLimits,
  Relabeler,
  type RelabelResult,
} from "../exposition/mod.ts";
import { Section } from "../page/mod.ts";
import type { LeftOut } from "../facts/device_scrape.ts";
import type { KnownDevice } from "../facts/tailnet_facts.ts";
import type { Logger } from "../log/log.ts";
import { LONG_BYTES, SliceQueue, STEP_BYTES, type TimeSliceOptions } from "../time/slice.ts";
import { TroubleLog } from "../log/trouble.ts";
import { CLIENT_METRICS, isReservedFamily } from "./_scrape_metric.ts";
import { LineBudget } from "../log/line_budget.ts";
import { SeriesBudget } from "./_series_budget.ts";
import { DeviceShape } from "./_device_shape.ts";

/** A device whose metrics are relayed. */
export type RelayedDevice = Pick<KnownDevice, "device" | "key">;

/** What bounds and shapes the pages. */
export interface RelayLimits {
  /** Limits of one page that differ from the relabeler's own. */
  readonly pageLimits?: Partial<PageLimits>;
  /** Maximum families of all pages, known ones included. Default: the section's own. */
  readonly maxFamilies?: number;
  /** Maximum series of all pages together. Default: no bound. */
  readonly maxSeries?: number;
  /** What is shown of a device. Default: everything. */
  readonly shape?: DeviceShape;
  /** How long pages are cut into slices. */
  readonly slices?: TimeSliceOptions;
}

/** What a {@linkcode PageRelay} needs. */
export interface PageRelayOptions extends RelayLimits {
  /** Called with what is left out of each page. */
  readonly samplesDropped: (reason: string, samples: number) => void;
  /** Logs each trouble once. */
  readonly log: Logger;
}

/** What {@linkcode PageRelay.take} goes by. */
export interface TakeOptions {
  /** Reads the page: one of {@linkcode PageRelay.makeReader}. Default: one for all devices. */
  readonly reader?: Relabeler;
  /**
   * Throws if a long page is not to be read on, whose turn came that many milliseconds ago.
   * Default: never.
   */
  readonly check?: (tookMs: number) => void;
  /** Whether the page is still to be shown once it is read. Default: always. */
  readonly isWanted?: () => boolean;
}

/** The memory that a longer page needed is not kept for the next one. */
const MAX_KEPT_BYTES = 1024 * 1024;

/** Bounds of what `/debug` says of one device: entries, and characters of a name. */
const MAX_LEFT_OUT = 20, MAX_NAME_LENGTH = 200;

/** Maximum number of kept labels that are remembered. */
const MAX_KEPT = 1000;

const NOTHING_LEFT_OUT: readonly LeftOut[] = [];

/** What is logged of devices beyond the first of a cycle; /debug has all of them. */
const LINES = {
  warning: "Dropped samples of {count:more device|more devices}: {devices}",
  info: "All samples of {count:more device|more devices} are exported again: {devices}",
} as const;

/** The pages of all devices, as they are passed on. */
export class PageRelay {
  /** One block for each device under its key. */
  readonly pages: Section;
  readonly #options: PageRelayOptions;
  readonly #relabeler: Relabeler;
  /** Another one for long pages: short ones are read between their slices. */
  #longRelabeler: Relabeler | undefined;
  readonly #queue: SliceQueue;
  readonly #budget: SeriesBudget;
  readonly #lines: LineBudget;
  readonly #trouble: TroubleLog;
  readonly #leftOut = new Map<string, readonly LeftOut[]>();
  readonly #kept = new Map<string, KeptLabel>();
  #hadCut = false;

  /** A relay without pages. */
  constructor(options: PageRelayOptions) {
    const { shape = new DeviceShape(), maxFamilies, maxSeries = Infinity, pageLimits } = options;
    this.#options = options;
    this.#lines = new LineBudget(options.log, LINES);
    this.#trouble = new TroubleLog(this.#lines);
    this.#budget = new SeriesBudget(maxSeries);
    this.pages = new Section(CLIENT_METRICS, maxFamilies === undefined ? {} : { maxFamilies });
    this.#relabeler = this.makeReader(pageLimits);
    this.#queue = new SliceQueue(options.slices);
    this.#keep(shape.drops.kept);
  }

  /** Labels that should be left out and stay, since they tell series apart. */
  get keptLabels(): readonly KeptLabel[] {
    return [...this.#kept.values()];
  }

  /** Patterns of `METRICS_DROP` that have left nothing out so far, on no page of ours. */
  get idlePatterns(): readonly DropPattern[] {
    return this.#options.shape?.drops.idle ?? [];
  }

  /** A reader for {@linkcode PageRelay.take}, for pages with other limits than devices' have. */
  makeReader(limits: Partial<PageLimits> = {}): Relabeler {
    const { drops } = this.#options.shape ?? new DeviceShape();
    return new Relabeler(this.pages.families, {
      isReserved: isReservedFamily,
      limits,
      // The section copies.
      reusesBlocks: true,
      ...(!drops.isEmpty && { drops }),
    });
  }

  /** How many devices' pages are left out because all together have series enough. */
  get leftOutCount(): number {
    return this.#budget.outCount;
  }

  /** What of a device's last page is not passed on; empty for nearly every device. */
  leftOutOf(key: string): readonly LeftOut[] {
    return this.#leftOut.get(key) ?? NOTHING_LEFT_OUT;
  }

  /**
   * Shows a device's page from now on.
   *
   * A long page is read in slices, one page at a time, and shown when all of it is read.
   *
   * @param page Must not change before it is shown.
   * @param labels Those of all series of the device.
   * @returns undefined if the page is shown already, else a promise of it; it rejects with what
   *   this throws.
   * @throws {SyntaxError} If a server would refuse a line; the page before is still shown then.
   * @throws {RangeError} If the page is beyond a limit of its own; the same.
   */
  take(
    device: RelayedDevice,
    page: Uint8Array,
    labels: readonly Label[] | OwnLabels,
    options: TakeOptions = {},
  ): Promise<void> | undefined {
    if (page.length > LONG_BYTES) return this.#takeLong(device, page, labels, options);
    const { reader = this.#relabeler } = options;
    this.#show(device, reader.relabel(page, labels));
    return undefined;
  }

  #takeLong(
    device: RelayedDevice,
    page: Uint8Array,
    labels: readonly Label[] | OwnLabels,
    { check = () => {}, isWanted = () => true, reader }: TakeOptions,
  ): Promise<void> {
    let used = this.#relabeler;
    const isKept = page.length <= MAX_KEPT_BYTES;
    return this.#queue.run({
      check,
      begin: () => {
        used = reader ?? (this.#longRelabeler ??= this.makeReader(this.#options.pageLimits));
        if (!isKept) this.#longRelabeler = undefined;
        used.start(page, labels);
      },
      step: () => used.advance(STEP_BYTES) && this.pages.prepare(used.byteLength),
      finish: () => {
        if (isWanted()) this.#show(device, used.finish());
      },
    });
  }

  /** Shows what became of a page. */
  #show({ key, device }: RelayedDevice, { block, dropped, kept }: RelabelResult): void {
    const { sampleCount } = block;
    const rank = device.createdSeconds ?? Infinity;
    const { isIn, out } = this.#budget.ask(key, rank, sampleCount);
    if (isIn) {
      // At once: until the block is set, its new families may be given to the next page.
      this.pages.set(key, block);
      if (dropped.length > 0) this.#leftOut.set(key, nameFamilies(dropped));
      else this.#leftOut.delete(key);
    } else {
      this.pages.delete(key);
      this.#noteCutPage(key, sampleCount);
    }
    for (const other of out) if (other !== key) this.#cutPage(other);
    if (kept.length > 0) this.#keep(kept);
    this.#reportDropped({ key, device }, dropped);
  }

  /** Takes a device's page away; the room for it stays the device's. */
  hide(key: string): void {
    this.pages.delete(key);
    this.#leftOut.delete(key);
  }

  /** Takes a device's page away and forgets the device. */
  forget(key: string): void {
    this.hide(key);
    this.#budget.release(key);
    this.#trouble.forget(key);
  }

  /** Logs how many devices had no line of their own; to be called once a cycle or more often. */
  settleLines(): void {
    this.#lines.settle();
  }

  /** Ends a cycle: admits its newcomers, and logs if some are refused. */
  settle(): void {
    const { log } = this.#options;
    for (const key of this.#budget.settle()) this.#cutPage(key);
    const hasCut = this.leftOutCount > 0;
    if (hasCut && !this.#hadCut) {
      log.warning(
        "Left out {devices:device|devices}: all devices together may have {limit} series. Set " +
          "LIMIT_SERIES, METRICS_DROP or more shards; /debug names the devices",
        { devices: this.leftOutCount, limit: this.#budget.limit },
      );
    } else if (!hasCut && this.#hadCut) {
      log.info("No device is left out because of LIMIT_SERIES any more");
    }
    this.#hadCut = hasCut;
  }

  #cutPage(key: string): void {
    const samples = this.pages.get(key)?.sampleCount;
    if (samples === undefined) return;
    this.pages.delete(key);
    this.#noteCutPage(key, samples);
  }

  #noteCutPage(key: string, samples: number): void {
    this.#leftOut.set(key, [{ family: undefined, reason: "series_limit", samples }]);
    this.#options.samplesDropped("series_limit", samples);
  }

  #keep(kept: readonly KeptLabel[]): void {
    const news = kept.map((one) => ({ ...one, key: `${one.family}{${one.label}}` }))
      .filter(({ key }) => !this.#kept.has(key))
      .slice(0, MAX_KEPT - this.#kept.size);
    if (news.length === 0) return;
    for (const { key, family, label } of news) this.#kept.set(key, { family, label });
    const rest = news.length > 5 ? ` and ${news.length - 5} more` : "";
    this.#options.log.warning(
      "Cannot leave out labels that tell series apart, they stay: {labels}",
      {
        labels: news.slice(0, 5).map(({ key }) => key.slice(0, MAX_NAME_LENGTH)).join(", ") + rest,
      },
    );
  }

  #reportDropped({ key, device }: RelayedDevice, dropped: readonly DroppedFamily[]): void {
    for (const { reason, samples } of dropped) this.#options.samplesDropped(reason, samples);
    // What the operator wants left out is no trouble.
    const troubles = dropped.filter(({ reason }) => reason !== "configured");
    if (troubles.length === 0) {
      this.#trouble.over(key, "All samples of {device} are exported again", {
        device: device.name,
      });
      return;
    }
    const shown = troubles.slice(0, 5).map((one) => `${one.family} (${one.reason})`);
    const rest = troubles.length > shown.length
      ? ` and ${troubles.length - shown.length} more`
      : "";
    this.#trouble.report(key, "Dropped samples of {device}", {
      device: device.name,
      families: shown.join(", ") + rest,
    });
  }
}

function nameFamilies(dropped: readonly DroppedFamily[]): readonly LeftOut[] {
  // Wishes last: they are the same for all devices.
  const isWish = ({ reason }: DroppedFamily) => reason === "configured";
  const sorted = [...dropped.filter((one) => !isWish(one)), ...dropped.filter(isWish)];
  const leftOut: LeftOut[] = sorted.slice(0, MAX_LEFT_OUT)
    .map(({ family, reason, samples }) => ({
      family: family.slice(0, MAX_NAME_LENGTH),
      reason,
      samples,
    }));
  const rest = sorted.slice(MAX_LEFT_OUT);
  const [first] = rest;
  if (first !== undefined) {
    const samples = rest.reduce((sum, one) => sum + one.samples, 0);
    leftOut.push({ family: undefined, reason: first.reason, samples });
  }
  return leftOut;
}
