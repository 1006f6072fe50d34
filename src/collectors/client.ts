/**
 * What devices say about themselves: their pages, relabelled, and how each scrape went. A page that
 * fails takes its samples away in the same cycle, for a frozen counter would look like rest; a
 * device that keeps failing is tried less often.
 *
 * @module
 */

import type { ScrapeFailure } from "../errors.ts";
import { BlockWriter } from "../exposition/block.ts";
import { Section } from "../exposition/page.ts";
import type { KeptLabel } from "../exposition/relabel.ts";
import type { Backoff } from "../devices/backoff.ts";
import type { Inventory } from "../devices/inventory.ts";
import type { Scraper } from "../devices/scrape.ts";
import {
  selectTargets,
  type SkippedDevice,
  type Target,
  type TargetOptions,
} from "../devices/target.ts";
import type { Logger } from "../log.ts";
import { LONG_BYTES } from "../slice.ts";
import type { Device } from "../control/device.ts";
import { TroubleLog } from "../trouble.ts";
import { SCRAPE_METRIC_INDEX as M, SCRAPE_METRICS } from "./_client_metric.ts";
import { takeLong } from "./_long_page.ts";
import { type Entry, makeEntry } from "./_scrape_entry.ts";
import { describeFailure, DEVICE_WORDED, failureOf } from "./_scrape_failure.ts";
import {
  countStates,
  type DeviceState,
  type ScrapeState,
  type StateCounts,
} from "./_scrape_state.ts";
import type { Collector } from "./collector.ts";
import { PageRelay, type RelayLimits } from "./_page_relay.ts";
import { ProxyTrouble } from "./_proxy_trouble.ts";
import { DeviceShape, type SampleWriter } from "./_shape.ts";
import { describeWait, Turns } from "./_turn.ts";

/** Who is told how the scrapes went. */
export interface ClientObserver {
  /** A device's page could not be used. */
  scrapeFailed(failure: ScrapeFailure): void;
  /** Samples of a good page were left out. */
  samplesDropped(reason: string, samples: number): void;
  /** How many devices are in each state, after each cycle. */
  devicesCounted(counts: StateCounts): void;
}

/** What a {@linkcode ClientCollector} needs. */
export interface ClientCollectorOptions extends RelayLimits {
  /** Passes the pages on, within limits of its own; one by the limits given here unless told. */
  readonly relay?: PageRelay;
  /** The fleet; another collector refreshes it. */
  readonly inventory: Inventory;
  /** Which devices are scraped. */
  readonly target: TargetOptions;
  /** Whether a device's page comes another way: it counts as up and is not scraped. */
  readonly isReadElsewhere?: (device: Device) => boolean;
  /** Fetches a page. */
  readonly scrape: Scraper;
  /** When a failing device is tried again. */
  readonly backoff: Backoff;
  /** How many pages are fetched at once. */
  readonly concurrency: number;
  /**
   * Deadline for reading a long page, from its turn on, in milliseconds: that of the scrape is over
   * when the page is there. Default: none.
   */
  readonly readTimeoutMs?: number;
  /**
   * Milliseconds of a cycle after which devices that are not known to answer have to wait for the
   * next one, so that dead devices cannot hold up the others; no bound unless told.
   */
  readonly budgetMs?: number;
  /**
   * The same for a cycle before which no device is known to answer: it holds up nobody, so it may
   * be longer; `budgetMs` unless told.
   */
  readonly firstBudgetMs?: number;
  /** The clock, in milliseconds since 1970: for what is shown as a date. */
  readonly now: () => number;
  /** A clock that nobody sets, in milliseconds, for waits and durations; `now` unless told. */
  readonly elapsed?: () => number;
  /** Is told how the scrapes went. */
  readonly observer: ClientObserver;
  /** Is told of troubles, once each. */
  readonly log: Logger;
  /** Takes secrets out of what a device or a proxy said; nothing is taken out unless told. */
  readonly hideSecrets?: (text: string) => string;
  /** Called after each page, as a sign of life. */
  readonly onProgress?: () => void;
  /** Takes back the memory of a page that has been read. */
  readonly recycle?: ((page: Uint8Array) => void) | undefined;
  /** Called when a device is no longer scraped. */
  readonly onGone?: (id: string) => void;
}

/** Scrapes the fleet once a cycle and keeps one block for each page. */
export class ClientCollector implements Collector {
  /** The target that its errors are counted under. */
  readonly name = "device";
  /** The pages, one block for each device under its id. */
  readonly pages: Section;
  /** How the scrapes went, one block for each device under its id. */
  readonly scrapes: Section = new Section(SCRAPE_METRICS);
  readonly #options: ClientCollectorOptions;
  readonly #trouble: TroubleLog;
  readonly #proxy: ProxyTrouble;
  readonly #relay: PageRelay;
  readonly #shape: DeviceShape;
  readonly #writer: SampleWriter;
  readonly #entries = new Map<string, Entry>();
  #skipped: ReadonlyMap<string, SkippedDevice> = new Map();

  /**
   * A collector whose sections are empty until the first cycle.
   *
   * @param options The fleet, the way to its pages, the bounds, and who is told.
   */
  constructor(options: ClientCollectorOptions) {
    this.#options = options;
    this.#trouble = new TroubleLog(options.log);
    this.#proxy = new ProxyTrouble(options.log);
    this.#shape = options.shape ?? new DeviceShape();
    const writer = new BlockWriter(this.scrapes.families, { reusesBlocks: true });
    this.#writer = this.#shape.filter(writer, SCRAPE_METRICS);
    this.#relay = options.relay ?? new PageRelay({
      ...options,
      samplesDropped: (reason, samples) => options.observer.samplesDropped(reason, samples),
    });
    this.pages = this.#relay.pages;
  }

  /** Labels that should be left out and stay, since they tell series apart. */
  get keptLabels(): readonly KeptLabel[] {
    return this.#relay.keptLabels;
  }

  /** How many devices' pages are left out because all together have series enough. */
  get leftOutCount(): number {
    return this.#relay.leftOutCount;
  }

  /** One cycle: chooses the targets, scrapes those that are due, counts. */
  async collect(signal: AbortSignal): Promise<void> {
    const { log, observer } = this.#options;
    const startMs = this.#elapsed();
    this.retarget();
    await this.#scrapeAll(startMs, signal);
    this.#relay.settle();
    this.#proxy.settle();
    const counts = countStates(this.#allStates());
    observer.devicesCounted(counts);
    log.debug("Scraped {up} of {targets:device|devices} in {seconds} s", {
      targets: this.#entries.size,
      seconds: Math.round(this.#elapsed() - startMs) / 1000,
      ...counts,
    });
  }

  /**
   * Chooses the targets anew, for facts that are new between cycles or in the middle of one: what
   * is no target any more loses its samples now, what has become one is scraped in the next cycle.
   */
  retarget(): void {
    const { inventory, target } = this.#options;
    const { targets, skipped } = selectTargets(inventory.facts()?.devices ?? [], target);
    this.#skipped = new Map(skipped.map((one) => [one.device.id, one]));
    this.#takeTargets(targets);
  }

  /** How many devices gave a page at their last try. */
  get upCount(): number {
    let count = 0;
    for (const entry of this.#entries.values()) if (entry.state === "up") count++;
    return count;
  }

  /** How it stands with every device of the fleet, in its order; empty while nothing is known. */
  states(): readonly DeviceState[] {
    const known = this.#options.inventory.facts()?.devices ?? [];
    return known.map(({ device, isOnline }) => {
      const entry = this.#entries.get(device.id);
      const skipped = this.#skipped.get(device.id);
      return {
        device,
        isOnline,
        state: entry?.state ?? skipped?.reason ?? "pending",
        reason: entry?.state === "up" ? undefined : skipped?.detail ??
          describeWait(entry?.error?.reason, entry?.isPutOff === true),
        failure: entry?.error?.failure,
        url: entry?.target.url,
        cuts: this.#relay.cutsOf(device.id),
        failingSinceMs: entry?.failingSinceMs,
        lastSuccessMs: entry?.lastSuccessMs,
        nextTryMs: entry?.isPutOff === true ? undefined : this.#nextTryMs(device.id),
      };
    });
  }

  /** The back-off goes by the clock that nobody sets; people want a date. */
  #nextTryMs(id: string): number | undefined {
    const atElapsedMs = this.#options.backoff.nextTryMs(id);
    if (atElapsedMs === undefined) return undefined;
    return this.#options.now() + atElapsedMs - this.#elapsed();
  }

  #elapsed(): number {
    const { now, elapsed = now } = this.#options;
    return elapsed();
  }

  /** Makes the entries those of the targets; what is no target loses its samples now. */
  #takeTargets(targets: readonly Target[]): void {
    const chosen = new Set(targets.map((target) => target.device.id));
    for (const id of this.#entries.keys()) if (!chosen.has(id)) this.#drop(id);
    for (const target of targets) {
      const entry = this.#entries.get(target.device.id);
      if (entry !== undefined) this.#update(entry, target);
      else {
        const labels = this.#shape.ownLabelsOf(target.device);
        this.#entries.set(target.device.id, makeEntry(target, labels));
      }
    }
  }

  #update(entry: Entry, target: Target): void {
    const { id } = target.device;
    // The inventory keeps the object of a device of which nothing changed.
    if (entry.target.device !== target.device) {
      const labels = this.#shape.ownLabelsOf(target.device);
      // The old page has the old labels.
      if (entry.labels.text !== labels.text) this.#relay.hide(id);
      entry.labels = labels;
    }
    if (entry.target.url !== target.url) this.#options.backoff.forget(id);
    entry.target = target;
  }

  #drop(id: string): void {
    const { backoff, onGone } = this.#options;
    const skipped = this.#skipped.get(id);
    const entry = this.#entries.get(id);
    this.#entries.delete(id);
    if (entry === undefined || !this.#isElsewhere(entry)) this.#relay.forget(id);
    this.scrapes.delete(id);
    backoff.forget(id);
    onGone?.(id);
    this.#trouble.over(id, "No longer scraping {device}: {reason}", {
      device: skipped?.device.name ?? id,
      reason: skipped?.reason ?? "gone",
    });
  }

  /**
   * Scrapes what is due with so many workers on one list. Devices known to answer come first; the
   * others, untried ones and then those that wait longest, only while the cycle's budget lasts.
   */
  async #scrapeAll(startMs: number, signal: AbortSignal): Promise<void> {
    const { backoff, concurrency, onProgress } = this.#options;
    const answering: Entry[] = [];
    const others: Entry[] = [];
    for (const entry of this.#entries.values()) {
      if (this.#isElsewhere(entry)) this.#succeed(entry);
      else if (entry.state === "up") answering.push(entry);
      else if (backoff.mayTry(entry.target.device.id, startMs)) others.push(entry);
      else this.#skipTurn(entry);
    }
    const { budgetMs: usualMs = Infinity, firstBudgetMs = usualMs } = this.#options;
    const budgetMs = answering.length === 0 ? firstBudgetMs : usualMs;
    const waitingSince = (entry: Entry) => backoff.nextTryMs(entry.target.device.id) ?? 0;
    const untried = others.filter((entry) => entry.state === "pending");
    const failed = others.filter((entry) => entry.state !== "pending");
    failed.sort((a, b) => waitingSince(a) - waitingSince(b));
    const turns = new Turns(answering, untried, failed);
    let boundedFromMs: number | undefined;
    // Where those that answer take all the time themselves, the others would never have a turn.
    const isOver = (nowMs: number) =>
      nowMs - startMs >= budgetMs && nowMs - (boundedFromMs ?? nowMs) >= budgetMs / 4;
    const work = async () => {
      let isFromBack = false;
      let turn = turns.take(isFromBack);
      while (turn !== undefined) {
        const { item: entry, isBounded } = turn;
        if (this.#isKept(entry)) {
          if (isBounded) boundedFromMs ??= this.#elapsed();
          if (isBounded && isOver(this.#elapsed())) this.#skipTurn(entry, true);
          else await this.#scrapeOne(entry, startMs, signal);
          onProgress?.();
        }
        isFromBack = entry.state === "down" && !isFromBack;
        turn = turns.take(isFromBack);
      }
    };
    const workers = Math.min(concurrency, answering.length + others.length);
    await Promise.all(Array.from({ length: workers }, work));
  }

  /** Whether the device is still scraped; new facts may have come since the cycle began. */
  #isKept(entry: Entry): boolean {
    return this.#entries.get(entry.target.device.id) === entry && !this.#isElsewhere(entry);
  }

  #isElsewhere({ target }: Entry): boolean {
    return this.#options.isReadElsewhere?.(target.device) === true;
  }

  #skipTurn(entry: Entry, isPutOff: boolean = false): void {
    entry.isPutOff = isPutOff;
    // A skipped device stays "down": a failing device is not to change its state with the backoff.
    if (entry.state !== "pending") entry.state = "down";
    this.#renderScrape(entry, undefined);
  }

  async #scrapeOne(entry: Entry, cycleMs: number, signal: AbortSignal): Promise<void> {
    const { recycle, scrape } = this.#options;
    const { target } = entry;
    const startMs = this.#elapsed();
    entry.isPutOff = false;
    try {
      const bytes = await scrape(target, signal);
      if (!this.#isKept(entry)) return;
      const reading = this.#take(entry, bytes, signal);
      if (reading !== undefined && !await reading) return;
      recycle?.(bytes);
      this.#proxy.answered();
      this.#succeed(entry, (this.#elapsed() - startMs) / 1000);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!this.#isKept(entry)) return;
      this.#fail(entry, error, cycleMs);
      this.#renderScrape(entry, (this.#elapsed() - startMs) / 1000);
    }
  }

  /** Shows a page; a promise of whether it is shown, if it is too long to be read at once. */
  #take(entry: Entry, page: Uint8Array, signal: AbortSignal): Promise<boolean> | undefined {
    if (page.length <= LONG_BYTES) {
      this.#relay.take(entry.target.device, page, entry.labels);
      return undefined;
    }
    const { onProgress, readTimeoutMs = Infinity } = this.#options;
    const isKept = () => this.#isKept(entry);
    return takeLong(this.#relay, entry, page, { isKept, onProgress, signal, readTimeoutMs });
  }

  #succeed(entry: Entry, seconds?: number): void {
    const { id, name } = entry.target.device;
    entry.state = "up";
    entry.isPutOff = false;
    entry.error = undefined;
    entry.failingSinceMs = undefined;
    entry.lastSuccessMs = this.#options.now();
    this.#options.backoff.succeeded(id);
    this.#trouble.over(id, "Scraping {device} works again", { device: name });
    this.#renderScrape(entry, seconds);
  }

  #fail(entry: Entry, error: unknown, cycleMs: number): void {
    const { backoff, hideSecrets = (text) => text, now, observer } = this.#options;
    const { id, name } = entry.target.device;
    const failure = failureOf(error);
    const reason = hideSecrets(describeFailure(error, entry.target, now()));
    this.#relay.hide(id);
    entry.state = "down";
    entry.error = { failure, reason };
    entry.failingSinceMs ??= now();
    observer.scrapeFailed(failure);
    const isProxyDown = this.#proxy.isReason(error, reason);
    // Every cycle tries again, so that all devices are back as soon as the proxy is.
    if (isProxyDown) backoff.forget(id);
    backoff.failed(id, cycleMs);
    if (isProxyDown) return;
    // A text that the device chooses must not make a new line of every cycle.
    const message = DEVICE_WORDED.has(failure)
      ? "Cannot use the page of {device} ({failure})"
      : "Cannot scrape {device}: {reason}";
    this.#trouble.report(id, message, { device: name, failure, reason });
  }

  /** The samples about the scrape; without a duration if there was no try. */
  #renderScrape(entry: Entry, seconds: number | undefined): void {
    const writer = this.#writer;
    writer.begin(entry.labels.text);
    if (entry.state !== "pending") writer.sample(M.up, entry.state === "up" ? 1 : 0);
    if (entry.lastSuccessMs !== undefined) writer.sample(M.lastSuccess, entry.lastSuccessMs / 1000);
    if (seconds !== undefined) writer.sample(M.duration, seconds);
    this.scrapes.set(entry.target.device.id, writer.finish());
  }

  *#allStates(): Generator<ScrapeState> {
    for (const entry of this.#entries.values()) yield entry.state;
    for (const skipped of this.#skipped.values()) yield skipped.reason;
  }
}
