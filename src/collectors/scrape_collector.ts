/**
 * What devices say about themselves: their pages, relabelled, and how each scrape went. A page that
 * fails takes its samples away in the same cycle, for a frozen counter would look like rest; a
 * device that keeps failing is tried less often.
 *
 * @module
 */

import { BlockWriter } from "../exposition/mod.ts";
import { Section } from "../page/mod.ts";
import { type DeviceScrape, PENDING } from "../facts/device_scrape.ts";
import type { KnownDevice } from "../facts/tailnet_facts.ts";
import type { SkippedDevice, Target } from "../devices/target.ts";
import { LONG_BYTES, TimeSlice } from "../time/slice.ts";
import { TroubleLog } from "../log/trouble.ts";
import { SCRAPE_METRIC_INDEX as M, SCRAPE_METRICS } from "./_scrape_metric.ts";
import { LineBudget } from "../log/line_budget.ts";
import { CutWatch } from "./_cut_watch.ts";
import { FleetOutage } from "./_fleet_outage.ts";
import { takeLong } from "./_long_page.ts";
import type { ScrapeEntry } from "./_scrape_entry.ts";
import {
  describeFailure,
  describeSkipped,
  DEVICE_WORDED,
  failureOf,
  SLOW_DEVICES,
} from "./_scrape_failure.ts";
import type { ScrapeCollectorOptions } from "./_scrape_options.ts";
import type { Collector } from "./collection_loop.ts";
import type { PageRelay } from "./_page_relay.ts";
import { DeviceShape, type SampleWriter } from "./_device_shape.ts";
import { TargetWalk } from "./_target_walk.ts";
import { ScrapeQueue } from "./_scrape_queue.ts";
import { runScrapes } from "./_scrape_workers.ts";
import { WayTrouble } from "./_way_trouble.ts";

const NO_DEVICES: readonly KnownDevice[] = [];

/** What is logged of devices beyond the first of a cycle; /debug has all of them. */
const LINES = {
  warning: "Cannot scrape {count:more device|more devices}: {devices}",
  info: "{count:more device|more devices} can be scraped again, or no longer are: {devices}",
} as const;

/** Scrapes the fleet once a cycle and keeps one block for each page. */
export class ScrapeCollector implements Collector {
  /** The target that its errors are counted under. */
  readonly name = "device";
  /** How the scrapes went, one block for each device under its key. */
  readonly scrapes: Section;
  readonly #options: ScrapeCollectorOptions;
  readonly #lines: LineBudget;
  readonly #trouble: TroubleLog;
  readonly #way: WayTrouble;
  readonly #fleet: FleetOutage;
  readonly #cut: CutWatch;
  readonly #relay: PageRelay;
  readonly #shape: DeviceShape;
  readonly #writer: SampleWriter;
  readonly #entries = new Map<string, ScrapeEntry>();
  readonly #walk: TargetWalk;

  /**
   * A collector whose sections are empty until the first cycle.
   *
   * @param options The fleet, the transport to its pages, the bounds, and the observer.
   */
  constructor(options: ScrapeCollectorOptions) {
    this.#options = options;
    this.scrapes = options.scrapes ?? new Section(SCRAPE_METRICS);
    this.#lines = new LineBudget(options.log, LINES);
    this.#trouble = new TroubleLog(this.#lines);
    this.#way = new WayTrouble(options.log);
    this.#fleet = new FleetOutage(options.log, (entry) => this.#report(entry));
    this.#cut = new CutWatch(options.cutCheck);
    this.#shape = options.shape ?? new DeviceShape();
    const writer = new BlockWriter(this.scrapes.families, { reusesBlocks: true });
    this.#writer = this.#shape.filter(writer, SCRAPE_METRICS);
    this.#relay = options.relay;
    this.#walk = new TargetWalk({
      chooser: options.chooser,
      list: () => options.record.listing?.devices ?? NO_DEVICES,
      known: () => options.record.scraped(),
      take: (target) => this.#take(target),
      skip: (skipped) => this.#skip(skipped),
      drop: (key) => this.#forget(key),
      slices: options.slices,
    });
  }

  /** One cycle: chooses the targets, scrapes those that are due, counts. */
  async collect(signal: AbortSignal): Promise<void> {
    const { log, observer, record } = this.#options;
    const startMs = this.#elapsed();
    await this.retarget();
    await this.#scrapeAll(startMs, signal);
    this.#relay.settle();
    this.#relay.settleLines();
    await this.#settleOutages(startMs, signal);
    // A list that came in the meantime may be half applied.
    await this.retarget();
    this.#lines.settle();
    const { counts } = record;
    observer.devicesCounted(counts);
    log.debug("Scraped {up} of {targets:device|devices} in {seconds} s", {
      targets: this.#entries.size,
      seconds: Math.round(this.#elapsed() - startMs) / 1000,
      ...counts,
    });
  }

  /**
   * Chooses the targets for the facts there are, new ones between cycles or in the middle of one,
   * too: what is no target any more loses its samples, what has become one is scraped in the next
   * cycle. In slices: choosing for 10,000 new devices takes 0.1 s.
   */
  async retarget(): Promise<void> {
    await this.#walk.follow();
  }

  /** Logs what kept devices from being reached in this cycle; a cut is logged by our own node. */
  async #settleOutages(cycleMs: number, signal: AbortSignal): Promise<void> {
    const { isLogged, reason } = await this.#cut.settle(signal);
    this.#way.settle(isLogged);
    await this.#fleet.settle(
      new TimeSlice(this.#options.slices),
      reason === undefined ? undefined : (entry) => this.#closeWay(entry, reason, cycleMs),
    );
  }

  /** The way to all devices turned out to be closed when this one stopped answering. */
  #closeWay(entry: ScrapeEntry, reason: string, cycleMs: number): void {
    const { hideSecrets = (text) => text } = this.#options;
    const { key } = entry.target;
    // As the scrapes of the next cycle say it.
    const error = hideSecrets(reason.replace(/\.$/, ""));
    entry.error = error;
    entry.isWayClosed = true;
    entry.hadAnswered = true;
    this.#options.backoff.forget(key);
    this.#options.backoff.failed(key, cycleMs);
    this.#note(entry, { ...entry.scrape, reason: error, nextTryMs: this.#nextTryMs(key) });
  }

  /** The backoff goes by the monotonic clock; people want a date. */
  #nextTryMs(key: string): number | undefined {
    const atElapsedMs = this.#options.backoff.nextTryMs(key);
    if (atElapsedMs === undefined) return undefined;
    return this.#options.now() + atElapsedMs - this.#elapsed();
  }

  #elapsed(): number {
    return this.#options.elapsed();
  }

  #take(target: Target): void {
    const { key, device, url } = target;
    const entry = this.#entries.get(key);
    if (entry !== undefined) return this.#update(entry, target);
    const labels = this.#shape.ownLabelsOf(device);
    const fresh: ScrapeEntry = {
      target,
      labels,
      scrape: PENDING,
      error: undefined,
      isWayClosed: false,
      hadAnswered: false,
    };
    this.#entries.set(key, fresh);
    this.#note(fresh, { ...PENDING, url });
  }

  #update(entry: ScrapeEntry, target: Target): void {
    const { key, device, url } = target;
    // The inventory keeps the object of a device of which nothing changed.
    if (entry.target.device !== device) {
      const labels = this.#shape.ownLabelsOf(device);
      // The old page has the old labels.
      if (entry.labels.text !== labels.text) this.#relay.hide(key);
      entry.labels = labels;
    }
    if (entry.target.url !== url) {
      this.#options.backoff.forget(key);
      this.#note(entry, { ...entry.scrape, url, nextTryMs: undefined });
    }
    entry.target = target;
  }

  #skip({ key, scrape }: SkippedDevice): void {
    this.#drop(key, scrape.state);
    this.#options.record.setScrape(key, scrape);
  }

  #forget(key: string): void {
    const { record } = this.#options;
    this.#drop(key, "gone");
    // The states of a list that is stale are needed when there is a new one.
    if (record.listing !== undefined) record.setScrape(key, undefined);
  }

  #drop(key: string, reason: string): void {
    const { backoff, onGone } = this.#options;
    const entry = this.#entries.get(key);
    if (entry === undefined) return;
    const { id, name } = entry.target.device;
    this.#entries.delete(key);
    if (!this.#isElsewhere(entry)) this.#relay.forget(key);
    this.scrapes.delete(key);
    backoff.forget(key);
    onGone?.(id);
    this.#fleet.dropped(entry);
    this.#trouble.over(key, "No longer scraping {device}: {reason}", {
      device: reason === "gone" ? id : name,
      reason,
    });
  }

  /** Takes a new state. */
  #note(entry: ScrapeEntry, scrape: DeviceScrape): void {
    entry.scrape = scrape;
    this.#options.record.setScrape(entry.target.key, scrape);
  }

  /**
   * Scrapes what is due with several workers on one list. Devices known to answer come first; the
   * others, untried ones and then those that wait longest, only while the cycle's budget lasts.
   */
  async #scrapeAll(startMs: number, signal: AbortSignal): Promise<void> {
    const { budgetMs: usualMs = Infinity, firstBudgetMs = usualMs } = this.#options;
    const slice = new TimeSlice(this.#options.slices);
    const queue = await this.#queueDue(startMs, slice);
    await runScrapes({
      queue,
      concurrency: this.#options.concurrency,
      startMs,
      budgetMs: queue.hasAnswering ? usualMs : firstBudgetMs,
      elapsed: () => this.#elapsed(),
      isKept: (entry) => this.#isKept(entry),
      run: async (entry) => {
        await this.#scrapeOne(entry, startMs, signal);
        this.#options.onProgress?.();
        return entry.scrape.state !== "down";
      },
      postpone: (entry) => this.#postpone(entry, true),
      slice,
    });
  }

  /** Queues the devices that are due; the others wait. */
  async #queueDue(startMs: number, slice: TimeSlice): Promise<ScrapeQueue<ScrapeEntry>> {
    const { backoff } = this.#options;
    const queue = new ScrapeQueue<ScrapeEntry>();
    for (const entry of this.#entries.values()) {
      const { scrape: { state }, target: { key } } = entry;
      if (this.#isElsewhere(entry)) this.#succeed(entry);
      else if (state === "up") queue.addAnswering(entry);
      else if (!backoff.mayTry(key, startMs)) this.#postpone(entry);
      else if (state === "pending") queue.addUntried(entry);
      else queue.addFailed(entry, backoff.nextTryMs(key) ?? 0);
      // At the end of a step: an entry that is dropped in a pause must not be looked at.
      if (slice.isOver) await slice.next();
    }
    return queue;
  }

  /** Whether the device is still scraped; new facts may have come since the cycle began. */
  #isKept(entry: ScrapeEntry): boolean {
    return this.#entries.get(entry.target.key) === entry && !this.#isElsewhere(entry);
  }

  #isElsewhere({ target }: ScrapeEntry): boolean {
    return this.#options.isReadElsewhere?.(target) === true;
  }

  #postpone(entry: ScrapeEntry, isPostponed: boolean = false): void {
    const { error, isWayClosed, scrape, target } = entry;
    // While the way is closed, no device is slow: its reason is all there is to tell, once.
    const closed = this.#way.reason;
    const timeTaker = closed === undefined ? SLOW_DEVICES : isWayClosed ? undefined : closed;
    this.#note(entry, {
      ...scrape,
      // A skipped device stays "down": a failing device must not change its state with the backoff.
      state: scrape.state === "pending" ? "pending" : "down",
      reason: describeSkipped(error, isPostponed ? timeTaker : undefined),
      nextTryMs: isPostponed ? undefined : this.#nextTryMs(target.key),
    });
    this.#renderScrape(entry, undefined);
  }

  async #scrapeOne(entry: ScrapeEntry, cycleMs: number, signal: AbortSignal): Promise<void> {
    const { recycle, scrape } = this.#options;
    const { target } = entry;
    const startMs = this.#elapsed();
    try {
      const bytes = await scrape(target, signal);
      if (!this.#isKept(entry)) return;
      const reading = this.#read(entry, bytes, signal);
      if (reading !== undefined && !await reading) return;
      recycle?.(bytes);
      this.#way.answered();
      this.#cut.answered();
      this.#succeed(entry, (this.#elapsed() - startMs) / 1000);
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!this.#isKept(entry)) return;
      this.#fail(entry, error, cycleMs);
      this.#renderScrape(entry, (this.#elapsed() - startMs) / 1000);
    }
  }

  /** Shows a page; a promise of whether it is shown, if it is too long to be read at once. */
  #read(entry: ScrapeEntry, page: Uint8Array, signal: AbortSignal): Promise<boolean> | undefined {
    if (page.length <= LONG_BYTES) {
      this.#relay.take(entry.target, page, entry.labels);
      return undefined;
    }
    const { onProgress, readTimeoutMs = Infinity } = this.#options;
    const isKept = () => this.#isKept(entry);
    return takeLong(this.#relay, entry, page, { isKept, onProgress, signal, readTimeoutMs });
  }

  #succeed(entry: ScrapeEntry, seconds?: number): void {
    const { key, device, url } = entry.target;
    entry.error = undefined;
    entry.isWayClosed = false;
    entry.hadAnswered = true;
    const lastSuccessMs = this.#options.now();
    this.#note(entry, { ...PENDING, state: "up", reason: undefined, url, lastSuccessMs });
    this.#options.backoff.succeeded(key);
    this.#fleet.answered(entry);
    this.#trouble.over(key, "Scraping {device} works again", { device: device.name });
    this.#renderScrape(entry, seconds);
  }

  #fail(entry: ScrapeEntry, error: unknown, cycleMs: number): void {
    const { backoff, hideSecrets = (text) => text, now, observer } = this.#options;
    const { key, url } = entry.target;
    const failure = failureOf(error);
    const reason = hideSecrets(describeFailure(error, entry.target, now()));
    const { hadAnswered } = entry;
    this.#cut.failed(failure, hadAnswered);
    this.#relay.hide(key);
    entry.error = reason;
    observer.scrapeFailed(failure);
    const isWayClosed = this.#way.isCause(error, reason);
    entry.isWayClosed = isWayClosed;
    // A closed way says nothing of the device.
    if (!isWayClosed) entry.hadAnswered = false;
    // Every cycle tries again, so that all devices are back as soon as the way is open.
    if (isWayClosed) backoff.forget(key);
    backoff.failed(key, cycleMs);
    const { failingSinceMs = now(), lastSuccessMs } = entry.scrape;
    const nextTryMs = this.#nextTryMs(key);
    this.#note(entry, {
      state: "down",
      reason,
      failure,
      url,
      failingSinceMs,
      lastSuccessMs,
      nextTryMs,
    });
    if (!isWayClosed) this.#fleet.failed(entry, failure, hadAnswered);
  }

  #report({ scrape: { failure, reason }, target: { device, key } }: ScrapeEntry): void {
    if (failure === undefined) return;
    const message = "Cannot scrape {device} ({failure})";
    // A text that the device chooses must not make a new line of every cycle.
    const cause = DEVICE_WORDED.has(failure) ? undefined : `${key} ${reason}`;
    this.#trouble.report(key, message, { device: device.name, failure, reason }, { cause });
  }

  /** The samples about the scrape; without a duration if there was no try. */
  #renderScrape(entry: ScrapeEntry, seconds: number | undefined): void {
    const writer = this.#writer;
    writer.begin(entry.labels.text);
    const { lastSuccessMs, state } = entry.scrape;
    if (state !== "pending") writer.sample(M.up, state === "up" ? 1 : 0);
    if (lastSuccessMs !== undefined) writer.sample(M.lastSuccess, lastSuccessMs / 1000);
    if (seconds !== undefined) writer.sample(M.duration, seconds);
    this.scrapes.set(entry.target.key, writer.finish());
  }
}
