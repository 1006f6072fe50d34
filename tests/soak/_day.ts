/**
 * A tailnet that lives through many cycles in a moment: the demo's devices come, go, move and fail,
 * and the program's own parts collect them, without a socket and by a clock of ours.
 *
 * @module
 */

import {
  CollectionLoop,
  DeviceCollector,
  ExporterMetrics,
  PageRelay,
  ScrapeCollector,
} from "../../src/collectors/mod.ts";
import { SimulatedTailnet } from "../../src/demo/simulated_tailnet.ts";
import { planDevices } from "../../src/demo/fleet.ts";
import {
  createAddressCheck,
  DeviceBackoff,
  Inventory,
  type Target,
  TargetChooser,
} from "../../src/devices/mod.ts";
import { ApiError, ScrapeError } from "../../src/errors.ts";
import { Page } from "../../src/page/mod.ts";
import { TailnetRecord } from "../../src/facts/mod.ts";
import { GzipCache } from "../../src/http/compress.ts";
import type { Logger } from "../../src/log/log.ts";
import { CircuitBreaker } from "../../src/control/mod.ts";
import { decodeDevices } from "../_support/decode_devices.ts";
import { readText } from "../_support/text_reader.ts";
import { Dice } from "../fuzz/_dice.ts";

/** Of each cycle to the next. */
export const INTERVAL_MS = 120_000;

/** So much of the fleet changes in each cycle. */
const CHURN = 0.05;

/** The page is asked for in every so-manyth cycle, plain and as gzip. */
const SCRAPE_EVERY = 10;

const SILENT: Logger = { debug() {}, info() {}, warning() {}, error() {} };

/** A fleet, the parts that collect it, and what a scraper would see. */
export class Day {
  /** Cycles so far. */
  cycleCount = 0;
  /** Devices added, removed, renamed, taken offline and broken so far. */
  changeCount = 0;
  readonly #dice = new Dice(7);
  readonly #tailnet: SimulatedTailnet;
  readonly #record: TailnetRecord;
  readonly #loop: CollectionLoop;
  readonly #page: Page;
  readonly #gzip = new GzipCache();
  #nowMs = Date.UTC(2026, 1, 1);
  #isApiDown = false;

  /** A fleet of `size` devices at midnight. */
  constructor(size: number) {
    const now = () => this.#nowMs;
    this.#tailnet = new SimulatedTailnet({
      devices: planDevices([`demo:${size}`], 7),
      seed: 7,
      now,
    });
    const metrics = new ExporterMetrics({
      version: "soak",
      buildTime: "",
      denoVersion: "",
      isDemo: true,
      now,
      elapsed: now,
    });
    const record = new TailnetRecord({
      tailnet: "soak",
      staleAfterMs: 5 * 60_000,
      now,
      elapsed: now,
    });
    this.#record = record;
    const inventory = new Inventory({
      api: { listDevices: () => this.#listDevices() },
      filter: () => true,
      record,
      now,
      elapsed: now,
    });
    const relay = new PageRelay({ samplesDropped: metrics.samplesDropped, log: SILENT });
    const devices = new DeviceCollector({
      inventory,
      record,
      observer: metrics,
      circuit: new CircuitBreaker({
        intervalMs: INTERVAL_MS,
        elapsed: now,
        onChange: metrics.circuitChanged,
      }),
      log: SILENT,
    });
    const clients = new ScrapeCollector({
      record,
      relay,
      chooser: new TargetChooser({
        scrapeTag: "exporter",
        portOf: () => 5252,
        isAllowed: createAddressCheck(),
      }),
      scrape: (target) => this.#scrape(target),
      backoff: new DeviceBackoff({ intervalMs: INTERVAL_MS }),
      concurrency: 50,
      budgetMs: INTERVAL_MS,
      now,
      elapsed: now,
      observer: metrics,
      log: SILENT,
    });
    this.#loop = new CollectionLoop({
      collectors: [devices, clients],
      intervalMs: INTERVAL_MS,
      elapsed: now,
      delay: () => Promise.resolve(),
      observer: metrics,
      log: SILENT,
    });
    this.#page = new Page([devices.section, relay.pages, clients.scrapes, metrics]);
  }

  /** One cycle: the fleet changes, is collected and, now and then, scraped. */
  async cycle(): Promise<void> {
    this.#churn();
    // An hour of every six the API is down: facts go stale, the circuit opens, and it all returns.
    this.#isApiDown = this.cycleCount % 180 >= 60 && this.cycleCount % 180 < 90;
    await this.#loop.runOnce(new AbortController().signal);
    if (this.cycleCount % SCRAPE_EVERY === 0) this.#serve();
    this.#nowMs += INTERVAL_MS;
    this.cycleCount++;
  }

  /** The page as the strict reader reads it: how many samples it has. */
  read(): number {
    return readText(this.#page.view().text("text"))
      .reduce((sum, family) => sum + family.samples.length, 0);
  }

  /** Devices there are, and devices that the program knows. */
  get sizes(): { readonly real: number; readonly known: number } {
    return { real: this.#tailnet.size, known: this.#record.listing?.devices.length ?? 0 };
  }

  #serve(): void {
    const view = this.#page.view();
    for (const _chunk of view.chunks("openmetrics")) { /* as a scraper takes it */ }
    const member = this.#gzip.member(view, "text");
    for (let index = 0; member.part(index) !== undefined; index++) { /* to its end */ }
    this.#gzip.leave(member);
  }

  #churn(): void {
    const tailnet = this.#tailnet;
    const dice = this.#dice;
    const devices = tailnet.devices();
    const count = Math.ceil(CHURN * devices.length);
    const chosen = new Set<string>();
    while (chosen.size < count) chosen.add(devices[dice.below(devices.length)]?.id ?? "");
    for (const id of chosen) {
      const serial = ++this.changeCount;
      switch (dice.below(4)) {
        case 0:
          // one goes, another one comes
          tailnet.remove(id);
          tailnet.add({ name: `churn-${serial}`, kind: "server" });
          break;
        case 1:
          tailnet.rename(id, `renamed-${serial}`);
          break;
        case 2:
          tailnet.setOnline(id, dice.of([true, false, undefined]));
          break;
        default:
          tailnet.setFault(id, dice.of([undefined, undefined, "bad_line", "html", "hang"]));
      }
    }
  }

  #listDevices() {
    if (this.#isApiDown) {
      const message = `Cannot list devices: status 503, request ${this.cycleCount}`;
      return Promise.reject(new ApiError("server", message));
    }
    return Promise.resolve(decodeDevices(new TextDecoder().decode(this.#tailnet.apiList())));
  }

  #scrape({ address, url }: Target): Promise<Uint8Array> {
    const device = this.#tailnet.deviceAt(address);
    const page = device && this.#tailnet.page(device.id);
    if (page === undefined) {
      return Promise.reject(new ScrapeError("refused", `Cannot fetch ${url}: nothing listens`));
    }
    switch (device?.fault) {
      case undefined:
        return Promise.resolve(page);
      case "bad_line":
        return Promise.resolve(new TextEncoder().encode(`broken{ ${this.cycleCount}\n`));
      default:
        return Promise.reject(
          new ScrapeError("timeout", `No answer from ${url}, try ${this.cycleCount}`),
        );
    }
  }
}
