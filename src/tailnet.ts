/**
 * Opens a tailnet: the parts that read its API and its devices' metrics, wired to a source. A
 * process may open several. Nothing is asked before the first cycle.
 *
 * @module
 */

import {
  CollectionLoop,
  type Collector,
  DeviceCollector,
  type DeviceShape,
  type ExporterMetrics,
  type PageRelay,
  type RelayedDevice,
  ScrapeCollector,
} from "./collectors/mod.ts";
import type { Config } from "./config/mod.ts";
import { CircuitBreaker, type ControlPlane, MAX_INLINE_WAIT_MS } from "./control/mod.ts";
import {
  createAddressCheck,
  createDeviceFilter,
  createPortChooser,
  createScraper,
  describeIdle,
  DeviceBackoff,
  Discovery,
  FilterUse,
  Inventory,
  isPreventive,
  NodeIndex,
  openScrapeTransport,
  TargetChooser,
} from "./devices/mod.ts";
import type { ApiError } from "./errors.ts";
import type { Section } from "./page/mod.ts";
import type { PageLimits } from "./exposition/mod.ts";
import { type KnownDevice, type TailnetFacts, TailnetRecord } from "./facts/mod.ts";
import { getLogger } from "./log/log.ts";
import type { Runtime } from "./runtime.ts";
import type { Redactor } from "./secret/redactor.ts";
import type { Source } from "./source/mod.ts";
import { adviseSidecar, describeApiWait, logFirstCycle } from "./tailnet_log.ts";
import { clockOf } from "./time/clock.ts";
import {
  apiPatienceMs,
  hungAfterMs,
  keepConnectionMs,
  staleAfterMs,
  tryBudgetMs,
} from "./time/timing.ts";

/** Maximum number of attempts of one API request. */
const API_ATTEMPTS = 3;

/** The settings of a tailnet. */
export type TailnetSettings = Pick<
  Config,
  | "apiTimeoutMs"
  | "clientMetricsPort"
  | "clientMetricsTimeoutMs"
  | "deviceLabels"
  | "deviceTags"
  | "excludeDevices"
  | "maxConcurrentScrapes"
  | "maxIdleConnections"
  | "scrapeAllowCidrs"
  | "scrapeIntervalMs"
  | "scrapePorts"
  | "scrapeTag"
  | "shard"
  | "targetDevices"
>;

/** The settings that bound a device's metrics. */
export type PageLimitSettings = Pick<
  Config,
  | "limitLabelBytes"
  | "limitLabels"
  | "limitPageBytes"
  | "limitPageFamilies"
  | "limitPageSeries"
>;

/** What a tailnet is connected to. */
export interface TailnetContext {
  /** Where API and devices are reached. The tailnet's name must be unique in the process. */
  readonly source: Source;
  /** The process. */
  readonly runtime: Runtime;
  /** Whether cycle follows cycle, so that what is slow may wait for the next one. */
  readonly isRepeating: boolean;
  /** What is shown of a device. */
  readonly shape: DeviceShape;
  /** How much of a device's metrics is taken. */
  readonly pageLimits: PageLimits;
  /** Relays the devices' metrics. */
  readonly relay: PageRelay;
  /** Shows what the API says about devices. */
  readonly devices: Section;
  /** Shows the outcome of the scrapes. */
  readonly scrapes: Section;
  /** Number of devices of the other tailnets. */
  readonly countOthers: () => number;
  /** Whether a device's metrics come another way, so that it is not scraped. */
  readonly isReadElsewhere: (device: RelayedDevice) => boolean;
  /** Reads what is known when a device list has arrived; the cycle goes on. Default: not read. */
  readonly listed?: (facts: TailnetFacts) => void;
  /** Reads what is known after each cycle; the next one waits for it. Default: not read. */
  readonly cycleEnded?: (facts: TailnetFacts) => Promise<void>;
  /** Takes the sentence that a request waits because the API asked for that. Default: nothing. */
  readonly onApiWait?: ((sentence: string) => void) | undefined;
  /** Counts what happens. */
  readonly metrics: ExporterMetrics;
  /** Knows all secrets. */
  readonly redactor: Redactor;
}

/** An open tailnet. */
export interface Tailnet {
  /** The control plane that lists the devices. */
  readonly plane: ControlPlane;
  /** What is known about it. */
  readonly record: TailnetRecord;
  /** Which entries of the filters match a device. */
  readonly filterUse: FilterUse;
  /** The devices of all shards as targets. */
  readonly discovery: Discovery;
  /** Whether the API is asked. */
  readonly circuit: CircuitBreaker;
  /** What the settings ask for and this control plane does not tell, as sentences. */
  readonly warnings: readonly string[];
  /** The cycles. */
  readonly loop: CollectionLoop;
  /** Whether the loop has moved lately. */
  readonly isAlive: boolean;
  /** A snapshot of what is known. */
  facts(): TailnetFacts;
  /**
   * The device that is a node.
   *
   * @param nodeId The node's stable id.
   * @param id Its number, for a control plane that does not tell stable ids.
   */
  findDevice(nodeId: string, id?: string): KnownDevice | undefined;
  /** When the API token expires, in Unix seconds; undefined while that is not known. */
  tokenExpiresAtSeconds(): number | undefined;
  /** Closes the connections to devices. */
  close(): void;
}

/**
 * The limits of a device's metrics. Lines have no setting of their own: twice the samples leaves
 * room for HELP and TYPE.
 */
export function readPageLimits(settings: PageLimitSettings): PageLimits {
  return {
    maxBytes: settings.limitPageBytes,
    maxLines: Math.max(20_000, 2 * settings.limitPageSeries),
    maxSamples: settings.limitPageSeries,
    maxFamilies: settings.limitPageFamilies,
    maxLabels: settings.limitLabels,
    maxLabelBytes: settings.limitLabelBytes,
  };
}

/** Opens a tailnet. */
export function openTailnet(settings: TailnetSettings, context: TailnetContext): Tailnet {
  const { source, runtime, isRepeating, shape, relay, metrics, redactor } = context;
  const clock = clockOf(runtime);
  const intervalMs = settings.scrapeIntervalMs;
  const { apiTimeoutMs, clientMetricsTimeoutMs: timeoutMs } = settings;
  const hungMs = hungAfterMs(intervalMs, Math.max(apiTimeoutMs, timeoutMs, MAX_INLINE_WAIT_MS));
  const plane = source.openPlane({
    redactor,
    timeoutMs: apiTimeoutMs,
    // A probe is one request, not three.
    attempts: () => circuit.state === "half_open" ? 1 : API_ATTEMPTS,
    isOneShot: !isRepeating,
    ...clock,
    observer: {
      requested: (endpoint, code) => {
        metrics.requested(endpoint, code);
        loop.touch();
      },
      waiting: reportWait,
      retried: (endpoint) => {
        metrics.retried(endpoint);
        loop.touch();
      },
    },
  });

  function reportWait(endpoint: string, error: ApiError, waitMs: number): void {
    // The credential's expiry is a side matter: its failure is not the tailnet's.
    if (endpoint === "api_keys") return;
    const isFirst = record.listing === undefined && record.api.error === undefined;
    // Otherwise a program that waits for its first list could not say why.
    if (record.listing === undefined) record.failed(error);
    const text = describeApiWait(error, waitMs);
    // What lasts for many cycles is logged by the collector, once.
    if (text === undefined || (isRepeating && !isFirst)) return;
    context.onApiWait?.(`The ${apiName} at ${source.apiUrl.host} ${text}`);
  }

  const { apiName, missingFields } = plane.profile;
  const warnings = settings.deviceLabels.filter(({ fact }) => missingFields.includes(fact))
    .map(({ fact }) =>
      `DEVICE_LABELS has ${fact}, which the ${apiName} does not tell: the label stays empty.`
    );
  metrics.circuitChanged("closed");
  const circuit = new CircuitBreaker({ ...clock, intervalMs, onChange: metrics.circuitChanged });
  // What kept the node from its control plane has most likely kept us from the API, too.
  source.onReturn?.(() => circuit.hasten());
  const filters = {
    targets: settings.targetDevices,
    excludes: settings.excludeDevices,
    tags: settings.deviceTags,
  };
  const log = getLogger("device");
  for (const problem of warnings) log.warning("{problem}", { problem });
  const filterUse = new FilterUse({
    ...filters,
    scrapeTag: settings.scrapeTag,
    ports: settings.scrapePorts,
    onIdle: (one) =>
      log[isPreventive(one) ? "info" : "warning"]("{problem}", { problem: describeIdle(one) }),
  });
  const record = new TailnetRecord({
    // An API with only one tailnet does not name it.
    tailnet: source.tailnet ?? source.apiUrl.host,
    staleAfterMs: staleAfterMs(intervalMs),
    ...clock,
  });
  const inventory = new Inventory({
    api: plane,
    filter: createDeviceFilter(filters),
    onList: (listed, passed) => filterUse.take(listed, passed),
    shard: settings.shard,
    record,
    ...clock,
  });
  const isAllowed = createAddressCheck(settings.scrapeAllowCidrs);
  const chooser = new TargetChooser({
    scrapeTag: settings.scrapeTag,
    portOf: createPortChooser(settings.scrapePorts, settings.clientMetricsPort),
    isAllowed,
  });
  const discovery = new Discovery({
    record,
    chooser,
    isAllowed,
    api: source.apiUrl.host,
    tailnet: source.tailnet,
  });
  const transport = openScrapeTransport({
    proxy: source.pageProxy,
    connect: source.connect ?? ((options) => runtime.connect(options)),
    createHttpClient: runtime.createHttpClient,
    maxKept: settings.maxIdleConnections,
    idleTimeoutMs: keepConnectionMs(intervalMs, timeoutMs),
  });
  const devices = new DeviceCollector({
    inventory,
    record,
    apiName,
    shape,
    section: context.devices,
    observer: {
      apiAnswered: async (listing) => {
        metrics.apiAnswered(listing);
        context.listed?.(record.snapshot());
        // A late answer comes between cycles: what left must not stay on the page until the next.
        await scrapes.retarget();
      },
      apiFailed: metrics.apiFailed,
    },
    circuit,
    log: getLogger("api"),
    // A command that runs once says itself what failed.
    credentialLevel: isRepeating ? "error" : "warning",
    showsCount: settings.shard === undefined || settings.shard.index === 0,
    countOthers: context.countOthers,
    patience: { ms: apiPatienceMs(intervalMs), delay: clock.delay },
  });
  const scrapes = new ScrapeCollector({
    record,
    scrapes: context.scrapes,
    chooser,
    scrape: createScraper({
      ...transport.scraping,
      outage: source.outage,
      timeoutMs,
      maxBytes: context.pageLimits.maxBytes,
      maxLines: context.pageLimits.maxLines,
    }),
    cutCheck: source.scraped,
    backoff: new DeviceBackoff({ intervalMs }),
    concurrency: settings.maxConcurrentScrapes,
    readTimeoutMs: timeoutMs,
    ...(isRepeating && {
      budgetMs: tryBudgetMs(intervalMs, timeoutMs),
      firstBudgetMs: intervalMs,
    }),
    relay,
    isReadElsewhere: context.isReadElsewhere,
    shape,
    ...clock,
    observer: metrics,
    log: getLogger("device"),
    hideSecrets: (text) => redactor.hide(text),
    onProgress: () => loop.touch(),
    recycle: transport.recycle,
    onGone: (id) => transport.forget(id),
  });
  const { cycleEnded } = context;
  let isAdvised = false;
  const afterCycle: readonly Collector[] = cycleEnded === undefined || !isRepeating
    ? []
    : [{ name: "history", collect: () => cycleEnded(record.snapshot()) }];
  const loop = new CollectionLoop({
    collectors: [devices, scrapes, ...afterCycle],
    intervalMs,
    ...clock,
    observer: {
      collectorFailed: metrics.collectorFailed,
      cycleEnded: (seconds) => {
        metrics.cycleEnded(seconds);
        if (isRepeating && loop.cycleCount === 1) logFirstCycle(record, seconds);
        if (source.usesEmbeddedNode === true) isAdvised ||= adviseSidecar(record);
      },
    },
    log: getLogger("collector"),
  });
  const nodes = new NodeIndex();
  return {
    plane,
    record,
    filterUse,
    discovery,
    circuit,
    warnings,
    loop,
    get isAlive() {
      return runtime.elapsedMs() - loop.lastProgressMs < hungMs;
    },
    facts: () => record.snapshot(),
    findDevice: (nodeId, id) => nodes.find(record.listing, nodeId, id),
    tokenExpiresAtSeconds: () => plane.credentialExpiresAtSeconds(),
    close: () => transport.close(),
  };
}
