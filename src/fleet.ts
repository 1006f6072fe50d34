/**
 * The tailnet as its API and its devices' own pages tell it: the parts that read them, wired to a
 * source. Nothing is asked before the first cycle.
 *
 * @module
 */

import { delay } from "@std/async";
import {
  ClientCollector,
  CollectionLoop,
  DeviceCollector,
  type DeviceShape,
  type ExporterMetrics,
  type PageRelay,
  tryBudgetMs,
} from "./collectors/mod.ts";
import type { Config } from "./config/mod.ts";
import {
  CircuitBreaker,
  type ControlPlane,
  type Device,
  MAX_INLINE_WAIT_MS,
} from "./control/mod.ts";
import {
  Backoff,
  createAddressCheck,
  createDeviceFilter,
  createPortChooser,
  createScraper,
  describeIdle,
  Discovery,
  type Facts,
  FilterUse,
  Inventory,
  isPreventive,
  openWay,
  TargetChooser,
  type Way,
} from "./devices/mod.ts";
import type { ApiError } from "./errors.ts";
import type { PageSection } from "./exposition/page.ts";
import type { PageLimits } from "./exposition/relabel.ts";
import type { Host } from "./host.ts";
import { getLogger } from "./log.ts";
import type { Redactor } from "./redactor.ts";
import type { Source } from "./source.ts";

/** Minimum age at which facts are stale, however short the interval. */
const MIN_STALE_MS = 5 * 60_000;

/** Minimum time without progress after which the loop counts as hung. */
const MIN_PATIENCE_MS = 5 * 60_000;

/** Maximum number of attempts of one API request. */
const API_ATTEMPTS = 3;

/** Maximum time that a cycle with facts waits for the API, however long the interval. */
const MAX_API_WAIT_MS = 10_000;

/** What a {@linkcode Fleet} is made of. */
export interface FleetOptions {
  /** The settings. */
  readonly config: Config;
  /** Where API and devices are reached. */
  readonly source: Source;
  /** The process. */
  readonly host: Host;
  /** Whether cycle follows cycle, so that what is slow may wait for the next one. */
  readonly isRepeating: boolean;
  /** What is shown of a device. */
  readonly shape: DeviceShape;
  /** How much of a device's page is taken. */
  readonly pageLimits: PageLimits;
  /** Passes the devices' pages on. */
  readonly relay: PageRelay;
  /** Whether a device's page comes another way, so that it is not scraped. */
  readonly isReadElsewhere: (device: Device) => boolean;
  /** Is told what is counted. */
  readonly metrics: ExporterMetrics;
  /** Knows all secrets. */
  readonly redactor: Redactor;
}

/** What collects from the tailnet. */
export class Fleet {
  /** The control plane that lists the devices. */
  readonly plane: ControlPlane;
  /** Devices and states by the API. */
  readonly inventory: Inventory;
  /** Which entries of the filters match a device. */
  readonly filterUse: FilterUse;
  /** The devices' own pages. */
  readonly clients: ClientCollector;
  /** The devices of all shards as targets. */
  readonly discovery: Discovery;
  /** Whether the API is asked. */
  readonly circuit: CircuitBreaker;
  /** What the settings ask for and this control plane does not tell, as sentences. */
  readonly warnings: readonly string[];
  /** The cycles. */
  readonly loop: CollectionLoop;
  /** What the API says, and how the scrapes went; the pages themselves are the relay's. */
  readonly sections: readonly [api: PageSection, scrapes: PageSection];
  readonly #host: Host;
  readonly #patienceMs: number;
  readonly #way: Way;
  #apiError: ApiError | undefined;
  /** Made on first use. */
  #byNodeId:
    | { readonly facts: Facts; readonly devices: ReadonlyMap<string | undefined, Device> }
    | undefined;

  /** Wires the parts. */
  constructor(options: FleetOptions) {
    const { config, source, host, isRepeating, shape, relay, metrics, redactor } = options;
    const now = () => host.now();
    const elapsed = () => host.elapsedMs();
    const wait = (ms: number, signal: AbortSignal) => delay(ms, { signal });
    const intervalMs = config.scrapeIntervalMs;
    this.#host = host;
    this.#patienceMs = Math.max(3 * intervalMs, MIN_PATIENCE_MS, longestStillness(config));
    this.plane = source.openPlane({
      redactor,
      timeoutMs: config.apiTimeoutMs,
      // A probe is one request, not three.
      attempts: () => this.circuit.state === "half_open" ? 1 : API_ATTEMPTS,
      isOneShot: !isRepeating,
      now,
      elapsed,
      observer: {
        requested: (endpoint, code) => {
          metrics.requested(endpoint, code);
          this.loop.touch();
        },
        retried: (endpoint) => {
          metrics.retried(endpoint);
          this.loop.touch();
        },
      },
    });
    const { apiName, missingFields } = this.plane.profile;
    this.warnings = config.deviceLabels.filter(({ fact }) => missingFields.includes(fact)).map((
      { fact },
    ) => `DEVICE_LABELS has ${fact}, which the ${apiName} does not tell: the label stays empty.`);
    metrics.circuitChanged("closed");
    this.circuit = new CircuitBreaker({ intervalMs, elapsed, onChange: metrics.circuitChanged });
    const filters = {
      targets: config.targetDevices,
      excludes: config.excludeDevices,
      tags: config.deviceTags,
    };
    const log = getLogger("device");
    for (const problem of this.warnings) log.warning("{problem}", { problem });
    this.filterUse = new FilterUse({
      ...filters,
      scrapeTag: config.scrapeTag,
      ports: config.scrapePorts,
      onIdle: (one) =>
        log[isPreventive(one) ? "info" : "warning"]("{problem}", { problem: describeIdle(one) }),
    });
    this.inventory = new Inventory({
      api: this.plane,
      filter: createDeviceFilter(filters),
      onList: (listed, passed) => this.filterUse.take(listed, passed),
      shard: config.shard,
      staleAfterMs: Math.max(3 * intervalMs, MIN_STALE_MS),
      now,
      elapsed,
    });
    const isAllowed = createAddressCheck(config.scrapeAllowCidrs);
    const chooser = new TargetChooser({
      scrapeTag: config.scrapeTag,
      portOf: createPortChooser(config.scrapePorts, config.clientMetricsPort),
      isAllowed,
    });
    this.discovery = new Discovery({
      inventory: this.inventory,
      chooser,
      isAllowed,
      api: source.apiUrl.host,
      tailnet: source.tailnet,
    });
    this.#way = openWay({
      proxy: source.pageProxy,
      connect: (options) => host.connect(options),
      createHttpClient: host.createHttpClient,
      maxKept: config.maxIdleConnections,
      idleTimeoutMs: 2 * intervalMs + config.clientMetricsTimeoutMs,
    });
    const devices = new DeviceCollector({
      inventory: this.inventory,
      apiName: this.plane.profile.apiName,
      shape,
      observer: {
        apiAnswered: async (facts) => {
          this.#apiError = undefined;
          metrics.apiAnswered(facts);
          // A late answer comes between cycles: what left must not stay on the page until the next.
          await this.clients.retarget();
        },
        apiFailed: (error) => {
          this.#apiError = error;
          metrics.apiFailed(error);
        },
      },
      circuit: this.circuit,
      log: getLogger("api"),
      // A command that runs once says itself what failed.
      credentialLevel: isRepeating ? "error" : "warning",
      showsTailnet: config.shard === undefined || config.shard.index === 0,
      patience: { ms: Math.min(MAX_API_WAIT_MS, intervalMs / 2), delay: wait },
    });
    this.clients = new ClientCollector({
      inventory: this.inventory,
      chooser,
      scrape: createScraper({
        ...this.#way.scraping,
        timeoutMs: config.clientMetricsTimeoutMs,
        maxBytes: options.pageLimits.maxBytes,
        maxLines: options.pageLimits.maxLines,
      }),
      backoff: new Backoff({ intervalMs }),
      concurrency: config.maxConcurrentScrapes,
      readTimeoutMs: config.clientMetricsTimeoutMs,
      ...(isRepeating && {
        budgetMs: tryBudgetMs({ intervalMs, timeoutMs: config.clientMetricsTimeoutMs }),
        firstBudgetMs: intervalMs,
      }),
      relay,
      isReadElsewhere: options.isReadElsewhere,
      shape,
      now,
      elapsed,
      observer: metrics,
      log: getLogger("device"),
      hideSecrets: (text) => redactor.hide(text),
      onProgress: () => this.loop.touch(),
      recycle: this.#way.recycle,
      onGone: (id) => this.#way.forget(id),
    });
    this.loop = new CollectionLoop({
      collectors: [devices, this.clients],
      intervalMs,
      now: elapsed,
      delay: wait,
      observer: {
        collectorFailed: metrics.collectorFailed,
        cycleEnded: (seconds) => {
          metrics.cycleEnded(seconds);
          if (isRepeating && this.loop.cycleCount === 1) this.#tellFirst(seconds);
        },
      },
      log: getLogger("collector"),
    });
    this.sections = [devices.section, this.clients.scrapes];
  }

  /** Why the last call of the API failed; undefined if it did not. */
  get apiError(): ApiError | undefined {
    return this.#apiError;
  }

  /** Whether there are facts that are not stale. */
  get hasFacts(): boolean {
    return this.inventory.facts() !== undefined;
  }

  /** Whether the loop has moved lately. */
  get isAlive(): boolean {
    return this.#host.elapsedMs() - this.loop.lastProgressMs < this.#patienceMs;
  }

  /** The device that a node of the tailnet is, by the node's stable id. */
  findDevice(nodeId: string): Device | undefined {
    const facts = this.inventory.facts();
    if (facts === undefined) return undefined;
    if (this.#byNodeId?.facts !== facts) {
      const devices = facts.all.map(({ device }) => [device.nodeId, device] as const);
      this.#byNodeId = { facts, devices: new Map(devices) };
    }
    return this.#byNodeId.devices.get(nodeId);
  }

  /** When the token of the API expires, in Unix seconds; undefined while that is not known. */
  tokenExpiresAtSeconds(): number | undefined {
    return this.plane.credentialExpiresAtSeconds();
  }

  /** Logs the first collection, so that an operator sees that it works; later only changes. */
  #tellFirst(seconds: number): void {
    const facts = this.inventory.facts();
    if (facts === undefined) return;
    getLogger("collector").info(
      "First collection took {seconds} s: {devices:device|devices}, {up} scraped",
      {
        seconds: Math.round(seconds * 10) / 10,
        devices: facts.devices.length,
        up: this.clients.upCount,
      },
    );
  }

  /** Closes the connections to devices. */
  close(): void {
    this.#way.close();
  }
}

/** A single request, or a wait that a server asked for, is no sign of a loop that hangs. */
function longestStillness(config: Config): number {
  const { apiTimeoutMs, clientMetricsTimeoutMs } = config;
  return 2 * Math.max(apiTimeoutMs, clientMetricsTimeoutMs, MAX_INLINE_WAIT_MS);
}
