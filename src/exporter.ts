/**
 * The program without its surroundings: collectors wired to a source, their sections on one page,
 * and what the HTTP side shows of them. It opens no port and writes nothing.
 *
 * @module
 */

import { delay } from "@std/async";
import {
  ClientCollector,
  CollectionLoop,
  DeviceCollector,
  DeviceShape,
  type DeviceState,
  ExporterMetrics,
  MetricDrop,
  tryBudgetMs,
} from "./collectors/mod.ts";
import { type Config, secretsOf } from "./config/mod.ts";
import {
  Backoff,
  createAddressCheck,
  createDeviceFilter,
  createScraper,
  Discovery,
  Inventory,
  openWay,
  type Way,
} from "./devices/mod.ts";
import type { ApiError } from "./errors.ts";
import { Page, type PageView } from "./exposition/page.ts";
import type { PageLimits } from "./exposition/relabel.ts";
import type { Host } from "./host.ts";
import type { DebugReport, HealthReport, Views } from "./http/mod.ts";
import { getLogger } from "./log.ts";
import { Redactor } from "./redactor.ts";
import { Reporter } from "./report.ts";
import { isInShard, type Shard } from "./shard.ts";
import type { Source } from "./source.ts";
import {
  CircuitBreaker,
  createApi,
  MAX_INLINE_WAIT_MS,
  type RejectedDevice,
} from "./tailscale/mod.ts";

/** Facts are kept so long at least, however short the interval. */
const MIN_STALE_MS = 5 * 60_000;

/** A silent loop is given so long at least, however short the interval. */
const MIN_PATIENCE_MS = 5 * 60_000;

/** How often one request is sent to the API at most. */
const API_ATTEMPTS = 3;

/** However long the interval, a cycle that has facts waits no longer for the API. */
const MAX_API_WAIT_MS = 10_000;

/** The key of the blocks about the tailnet as a whole and about this process. */
const WHOLE_KEY = "";

/** How an {@linkcode Exporter} is used. */
export interface ExporterOptions {
  /**
   * Whether cycle follows cycle, so that what is slow may wait for the next one; a single cycle
   * gives everything its whole time. True unless told.
   */
  readonly isRepeating?: boolean;
}

/** Everything that collects, and everything that is shown. */
export class Exporter implements Views {
  /** The page of all sections. */
  readonly page: { view(shard?: Shard): PageView };
  /** The part of the fleet that is looked after; undefined = all of it. */
  readonly shard: Shard | undefined;
  /** The devices of all shards as targets. */
  readonly discovery: Discovery;
  readonly #host: Host;
  readonly #patienceMs: number;
  readonly #circuit: CircuitBreaker;
  readonly #inventory: Inventory;
  readonly #metrics: ExporterMetrics;
  readonly #clients: ClientCollector;
  readonly #way: Way;
  readonly #loop: CollectionLoop;
  readonly #reporter: Reporter;
  #apiError: ApiError | undefined;

  /**
   * Wires the parts; nothing is asked before {@linkcode Exporter.runOnce} or
   * {@linkcode Exporter.run}.
   */
  constructor(config: Config, source: Source, host: Host, options: ExporterOptions = {}) {
    const { isRepeating = true } = options;
    const now = () => host.now();
    const elapsed = () => host.elapsedMs();
    const wait = (ms: number, signal: AbortSignal) => delay(ms, { signal });
    const intervalMs = config.scrapeIntervalMs;
    this.shard = config.shard;
    this.#host = host;
    this.#patienceMs = Math.max(3 * intervalMs, MIN_PATIENCE_MS, longestStillness(config));
    const redactor = new Redactor([...secretsOf(config), ...source.proxySecrets]);
    const api = createApi({
      redactor,
      baseUrl: source.apiUrl,
      tailnet: source.tailnet,
      credentials: source.credentials,
      client: source.apiClient,
      timeoutMs: config.apiTimeoutMs,
      // A probe is one request, not three.
      attempts: () => this.#circuit.state === "half_open" ? 1 : API_ATTEMPTS,
      now,
      elapsed,
      observer: {
        requested: (endpoint, code) => {
          this.#metrics.requested(endpoint, code);
          this.#loop.touch();
        },
        retried: (endpoint) => {
          this.#metrics.retried(endpoint);
          this.#loop.touch();
        },
      },
    });
    this.#circuit = new CircuitBreaker({
      intervalMs,
      elapsed,
      onChange: (state) => this.#metrics.circuitChanged(state),
    });
    this.#metrics = new ExporterMetrics({
      version: config.version,
      buildTime: config.buildTime,
      denoVersion: host.denoVersion,
      isDemo: source.isDemo,
      startedAtMs: host.startedAtMs,
      now,
      elapsed,
      readMemoryBytes: () => host.memoryBytes(),
      readCpuSeconds: () => host.cpuSeconds(),
      readTokenExpirySeconds: () => api.tokenExpiresAtSeconds(),
    });
    this.#inventory = new Inventory({
      api,
      filter: createDeviceFilter({
        targets: config.targetDevices,
        excludes: config.excludeDevices,
        tags: config.deviceTags,
      }),
      shard: config.shard,
      staleAfterMs: Math.max(3 * intervalMs, MIN_STALE_MS),
      now,
      elapsed,
    });
    const target = {
      scrapeTag: config.scrapeTag,
      port: config.clientMetricsPort,
      isAllowed: createAddressCheck(config.scrapeAllowCidrs),
    };
    this.discovery = new Discovery({
      inventory: this.#inventory,
      target,
      api: source.apiUrl.host,
      tailnet: source.tailnet,
    });
    this.#way = openWay({
      proxy: source.pageProxy,
      connect: (options) => host.connect(options),
      createHttpClient: host.createHttpClient,
      idleTimeoutMs: 2 * intervalMs + config.clientMetricsTimeoutMs,
    });
    const shape = new DeviceShape({
      drops: new MetricDrop(config.metricsDrop),
      labels: config.deviceLabels,
    });
    const devices = new DeviceCollector({
      inventory: this.#inventory,
      shape,
      observer: {
        apiAnswered: (facts) => {
          this.#apiError = undefined;
          this.#metrics.apiAnswered(facts);
          // A late answer comes between cycles: what left must not stay on the page until the next.
          this.#clients.retarget();
        },
        apiFailed: (error) => {
          this.#apiError = error;
          this.#metrics.apiFailed(error);
        },
      },
      circuit: this.#circuit,
      log: getLogger("api"),
      showsTailnet: config.shard === undefined || config.shard.index === 0,
      patience: { ms: Math.min(MAX_API_WAIT_MS, intervalMs / 2), delay: wait },
    });
    this.#clients = new ClientCollector({
      inventory: this.#inventory,
      target,
      scrape: createScraper({
        ...this.#way.scraping,
        timeoutMs: config.clientMetricsTimeoutMs,
        maxBytes: config.limitPageBytes,
      }),
      backoff: new Backoff({ intervalMs }),
      concurrency: config.maxConcurrentScrapes,
      ...(isRepeating &&
        { budgetMs: tryBudgetMs({ intervalMs, timeoutMs: config.clientMetricsTimeoutMs }) }),
      pageLimits: readPageLimits(config),
      maxFamilies: config.limitFamilies,
      maxSeries: config.limitSeries,
      shape,
      now,
      elapsed,
      observer: this.#metrics,
      log: getLogger("device"),
      hideSecrets: (text) => redactor.hide(text),
      onProgress: () => this.#loop.touch(),
      onGone: (id) => this.#way.forget(id),
    });
    this.#loop = new CollectionLoop({
      collectors: [devices, this.#clients],
      intervalMs,
      now: elapsed,
      delay: wait,
      observer: this.#metrics,
      log: getLogger("collector"),
    });
    const page = new Page([
      devices.section,
      this.#clients.pages,
      this.#clients.scrapes,
      this.#metrics,
    ]);
    this.page = {
      view: (shard) => page.view(shard === undefined ? {} : { only: (key) => isOn(shard, key) }),
    };
    this.#reporter = new Reporter({
      config,
      host,
      isDemo: source.isDemo,
      inventory: this.#inventory,
      clients: this.#clients,
      metrics: this.#metrics,
      circuit: this.#circuit,
      loop: this.#loop,
      countSamples: () => page.view().sampleCount,
      readApiError: () => this.#apiError,
    });
  }

  /** Collects cycle after cycle until the signal is aborted. */
  run(signal: AbortSignal): Promise<void> {
    return this.#loop.run(signal);
  }

  /**
   * Collects once.
   *
   * @returns Whether there are facts now.
   */
  async runOnce(signal: AbortSignal): Promise<boolean> {
    await this.#loop.runOnce(signal);
    return this.#inventory.facts() !== undefined;
  }

  /** How it stands with every device's page, in the order of the inventory. */
  states(): readonly DeviceState[] {
    return this.#clients.states();
  }

  /** Why the last call of the API failed; undefined if it did not. */
  get apiError(): ApiError | undefined {
    return this.#apiError;
  }

  /** Entries of the last device list that could not be read. */
  get rejected(): readonly RejectedDevice[] {
    return this.#inventory.facts()?.rejected ?? [];
  }

  /** Closes the connections to devices. */
  close(): void {
    this.#way.close();
  }

  /** What `/health` shows. */
  health(): HealthReport {
    return this.#reporter.health();
  }

  /** What `/debug` shows. */
  debug(): DebugReport {
    return this.#reporter.debug();
  }

  /** Whether the loop has moved lately. */
  isAlive(): boolean {
    return this.#host.elapsedMs() - this.#loop.lastProgressMs < this.#patienceMs;
  }

  /** Whether there are facts that are not stale. */
  isReady(): boolean {
    return this.#inventory.facts() !== undefined;
  }

  /** Whether a cycle has ended. */
  isStarted(): boolean {
    return this.#loop.cycleCount > 0;
  }
}

/** Lines have no setting of their own: twice the samples leaves room for HELP and TYPE. */
function readPageLimits(config: Config): PageLimits {
  return {
    maxBytes: config.limitPageBytes,
    maxLines: Math.max(20_000, 2 * config.limitPageSeries),
    maxSamples: config.limitPageSeries,
    maxFamilies: config.limitPageFamilies,
    maxLabels: config.limitLabels,
    maxLabelBytes: config.limitLabelBytes,
  };
}

/** A single request, or a wait that a server asked for, is no sign of a loop that hangs. */
function longestStillness(config: Config): number {
  const { apiTimeoutMs, clientMetricsTimeoutMs } = config;
  return 2 * Math.max(apiTimeoutMs, clientMetricsTimeoutMs, MAX_INLINE_WAIT_MS);
}

/** Whether a block is shown on a shard's page; what is about no single device is on the first. */
function isOn(shard: Shard, key: string): boolean {
  return key === WHOLE_KEY ? shard.index === 0 : isInShard(key, shard);
}
