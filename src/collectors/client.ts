/**
 * What devices say about themselves: their pages, relabelled, and how each scrape went. A page that
 * fails takes its samples away in the same cycle, for a frozen counter would look like rest; a
 * device that keeps failing is tried less often.
 *
 * @module
 */

import { BlockWriter } from "../exposition/block.ts";
import { Section } from "../exposition/page.ts";
import type { KeptLabel } from "../exposition/relabel.ts";
import type { KnownDevice } from "../devices/inventory.ts";
import type { SkippedDevice, Target } from "../devices/target.ts";
import { LONG_BYTES, TimeSlice } from "../slice.ts";
import { TroubleLog } from "../trouble.ts";
import { SCRAPE_METRIC_INDEX as M, SCRAPE_METRICS } from "./_client_metric.ts";
import { takeLong } from "./_long_page.ts";
import { type Entry, makeEntry } from "./_scrape_entry.ts";
import { describeFailure, DEVICE_WORDED, failureOf } from "./_scrape_failure.ts";
import { countStates, type DeviceState, type ScrapeState } from "./_scrape_state.ts";
import type { ClientCollectorOptions } from "./_client_options.ts";
import type { Collector } from "./collector.ts";
import { PageRelay } from "./_page_relay.ts";
import { ProxyTrouble } from "./_proxy_trouble.ts";
import { DeviceShape, type SampleWriter } from "./_shape.ts";
import { TargetWalk } from "./_target_walk.ts";
import { describeWait, TurnPlan, type Turns } from "./_turn.ts";
import { runTurns } from "./_turn_run.ts";

const NO_DEVICES: readonly KnownDevice[] = [];

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
  readonly #walk: TargetWalk;

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
    this.#walk = new TargetWalk({
      chooser: options.chooser,
      list: () => options.inventory.facts()?.devices ?? NO_DEVICES,
      scraped: () => this.#entries.keys(),
      take: (target) => this.#take(target),
      drop: (id, why) => this.#drop(id, why),
      slices: options.slices,
    });
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
    await this.retarget();
    await this.#scrapeAll(startMs, signal);
    this.#relay.settle();
    this.#proxy.settle();
    // A list that came in the meantime may be half applied.
    await this.retarget();
    const counts = countStates(this.#allStates());
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

  /** How many devices gave a page at their last try. */
  get upCount(): number {
    let count = 0;
    for (const entry of this.#entries.values()) if (entry.state === "up") count++;
    return count;
  }

  /** How it stands with every device of the fleet, in its order; empty while nothing is known. */
  states(): readonly DeviceState[] {
    return [...this.eachState()];
  }

  /** The same one by one, each device as it stands when it is come to. */
  *eachState(): Generator<DeviceState> {
    const known = this.#options.inventory.facts()?.devices ?? NO_DEVICES;
    for (const one of known) yield this.#stateOf(one);
  }

  #stateOf({ device, isOnline }: KnownDevice): DeviceState {
    const entry = this.#entries.get(device.id);
    const skipped = this.#walk.skipped.get(device.id);
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

  #take(target: Target): void {
    const entry = this.#entries.get(target.device.id);
    if (entry !== undefined) return this.#update(entry, target);
    const labels = this.#shape.ownLabelsOf(target.device);
    this.#entries.set(target.device.id, makeEntry(target, labels));
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

  #drop(id: string, skipped: SkippedDevice | undefined): void {
    const { backoff, onGone } = this.#options;
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
    const { budgetMs: usualMs = Infinity, firstBudgetMs = usualMs } = this.#options;
    const slice = new TimeSlice(this.#options.slices);
    const turns = await this.#planTurns(startMs, slice);
    await runTurns({
      turns,
      concurrency: this.#options.concurrency,
      startMs,
      budgetMs: turns.hasAnswering ? usualMs : firstBudgetMs,
      elapsed: () => this.#elapsed(),
      isKept: (entry) => this.#isKept(entry),
      run: async (entry) => {
        await this.#scrapeOne(entry, startMs, signal);
        this.#options.onProgress?.();
        return entry.state !== "down";
      },
      putOff: (entry) => this.#skipTurn(entry, true),
      slice,
    });
  }

  /** Sorts the devices into those that are due and the others, which have no turn. */
  async #planTurns(startMs: number, slice: TimeSlice): Promise<Turns<Entry>> {
    const { backoff } = this.#options;
    const plan = new TurnPlan<Entry>();
    for (const entry of this.#entries.values()) {
      const { id } = entry.target.device;
      if (this.#isElsewhere(entry)) this.#succeed(entry);
      else if (entry.state === "up") plan.addAnswering(entry);
      else if (!backoff.mayTry(id, startMs)) this.#skipTurn(entry);
      else if (entry.state === "pending") plan.addUntried(entry);
      else plan.addFailed(entry, backoff.nextTryMs(id) ?? 0);
      // At the end of a step: an entry that is dropped in a pause must not be looked at.
      if (slice.isOver) await slice.next();
    }
    return plan.turns();
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
      const reading = this.#read(entry, bytes, signal);
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
  #read(entry: Entry, page: Uint8Array, signal: AbortSignal): Promise<boolean> | undefined {
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
    for (const skipped of this.#walk.skipped.values()) yield skipped.reason;
  }
}
