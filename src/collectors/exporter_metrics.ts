/**
 * The exporter's own metrics: all parts report to one object, which the page reads as a section.
 * Does no I/O.
 *
 * @module
 */

import type { ApiError, ApiFailure, ScrapeFailure } from "../errors.ts";
import {
  type Counter,
  type Gauge,
  type Histogram,
  type PageSection,
  Registry,
  type SectionView,
} from "../page/mod.ts";
import type { LocalFailure } from "../tailscale/local/mod.ts";
import type { StateCounts } from "../facts/device_scrape.ts";
import type { DeviceListing } from "../facts/tailnet_facts.ts";
import type { Clock } from "../time/clock.ts";
import { CYCLE_BUCKETS, EXPORTER_DEFINITIONS as D } from "./_exporter_metric.ts";
import { CIRCUIT_STATES, type CircuitState } from "../control/circuit_breaker.ts";

/** What {@linkcode ExporterMetrics} shows and reads. */
export interface ExporterMetricsOptions extends Pick<Clock, "elapsed" | "now"> {
  /** Whether this host's tailscaled is asked. Default: false. */
  readonly hasLocal?: boolean;
  /** What this build calls itself. */
  readonly version: string;
  /** When it was made. */
  readonly buildTime: string;
  /** The version of the runtime. */
  readonly denoVersion: string;
  /** Whether the tailnet is the embedded demo. */
  readonly isDemo: boolean;
  /**
   * Whether the process is shown: not on a page that another exporter combines with metrics of its
   * own process, as node_exporter does. Default: true.
   */
  readonly showsProcess?: boolean;
  /** When the process started, in milliseconds since 1970. Default: now. */
  readonly startedAtMs?: number;
  /** Resident memory in bytes. */
  readonly readMemoryBytes?: () => number;
  /** CPU time so far in seconds. */
  readonly readCpuSeconds?: () => number;
  /** Number of log lines dropped so far. Default: 0. */
  readonly readDroppedLogLines?: () => number;
  /** Number of restarts of our own node. Default: there is none. */
  readonly readOwnNodeRestarts?: (() => number) | undefined;
  /** When the API token expires, in Unix seconds; undefined while that is not known. */
  readonly readTokenExpirySeconds?: () => number | undefined;
}

/** Every cause that an error of the API is counted under, so that each counter starts at 0. */
const API_FAILURES: Readonly<Record<ApiFailure, true>> = {
  unauthorized: true,
  forbidden: true,
  not_found: true,
  rate_limited: true,
  server: true,
  status: true,
  timeout: true,
  network: true,
  too_large: true,
  malformed: true,
};

/** The same for devices' pages. */
const SCRAPE_FAILURES: Readonly<Record<ScrapeFailure, true>> = {
  timeout: true,
  refused: true,
  network: true,
  proxy: true,
  status: true,
  redirect: true,
  content_type: true,
  parse: true,
  limit: true,
};

/** The same for calls of this host's tailscaled; what a bridge does not offer is never called. */
const LOCAL_FAILURES: Readonly<Record<Exclude<LocalFailure, "unsupported">, true>> = {
  unreachable: true,
  forbidden: true,
  not_found: true,
  timeout: true,
  status: true,
  too_large: true,
  malformed: true,
};

/** Why samples of a page are left out. */
const DROP_REASONS: readonly string[] = [
  "reserved",
  "configured",
  "type_conflict",
  "name_conflict",
  "family_limit",
  "series_limit",
  "duplicate",
  "malformed",
  "name",
  "label",
  "help",
];

/** The exporter's own metrics, and the numbers behind them for `/health` and `/debug`. */
export class ExporterMetrics implements PageSection {
  readonly #registry = new Registry();
  readonly #now: () => number;
  readonly #elapsed: () => number;
  readonly #cycleDuration: Histogram;
  readonly #errors: Counter;
  readonly #apiRequests: Counter;
  readonly #apiRetries: Counter;
  readonly #apiUp: Gauge;
  readonly #circuitState: Gauge;
  readonly #rejectedDevices: Gauge;
  readonly #lastScrape: Gauge;
  readonly #devices: Gauge;
  readonly #dropped: Counter;
  readonly #ownNodeState: Gauge;
  #errorCount = 0;
  #lastListElapsedMs: number | undefined;

  /**
   * Metrics of a process that starts now.
   *
   * @param options What does not change, and what is read with each page.
   */
  constructor(options: ExporterMetricsOptions) {
    const { now, elapsed } = options;
    const registry = this.#registry;
    this.#now = now;
    this.#elapsed = elapsed;
    this.#cycleDuration = registry.histogram({ ...D.cycleDuration, buckets: CYCLE_BUCKETS });
    this.#errors = registry.counter(D.errors);
    this.#apiRequests = registry.counter(D.apiRequests);
    this.#apiRetries = registry.counter(D.apiRetries);
    this.#apiUp = registry.gauge(D.apiUp);
    this.#circuitState = registry.gauge(D.circuitState);
    registry.gauge({ ...D.tokenExpiry, read: () => options.readTokenExpirySeconds?.() });
    this.#rejectedDevices = registry.gauge(D.rejectedDevices);
    this.#lastScrape = registry.gauge(D.lastScrape);
    registry.gauge({ ...D.collectionAge, read: () => this.#ageSeconds() });
    this.#devices = registry.gauge(D.devices);
    this.#dropped = registry.counter(D.dropped);
    registry.counter({ ...D.droppedLogLines, read: options.readDroppedLogLines ?? (() => 0) });
    this.#ownNodeState = registry.gauge(D.ownNodeState);
    if (options.readOwnNodeRestarts !== undefined) {
      registry.counter({ ...D.ownNodeRestarts, read: options.readOwnNodeRestarts });
    }
    registry.gauge(D.demo).set(options.isDemo ? 1 : 0);
    registry.gauge(D.buildInfo)
      .set(1, options.version, options.buildTime, options.denoVersion);
    if (options.showsProcess !== false) {
      registry.gauge({ ...D.memory, read: everySecond(options.readMemoryBytes, elapsed) });
      registry.counter({ ...D.cpu, read: everySecond(options.readCpuSeconds, elapsed) });
      registry.gauge(D.startTime).set((options.startedAtMs ?? now()) / 1000);
    }
    for (const failure of Object.keys(API_FAILURES)) this.#errors.inc(0, "api", failure);
    for (const failure of Object.keys(SCRAPE_FAILURES)) this.#errors.inc(0, "device", failure);
    for (const failure of Object.keys(options.hasLocal === true ? LOCAL_FAILURES : {})) {
      this.#errors.inc(0, "tailscaled", failure);
    }
    for (const target of ["api", "device"]) this.#errors.inc(0, target, "internal");
    for (const reason of DROP_REASONS) this.#dropped.inc(0, reason);
  }

  /** How many refreshes and pages have failed since the start. */
  get errorCount(): number {
    return this.#errorCount;
  }

  /** All metrics as they are now. */
  snapshot(): SectionView {
    return this.#registry.snapshot();
  }

  /** A request to the API ended. Bound, like all that follow: they are handed out. */
  readonly requested = (endpoint: string, code: string): void => {
    this.#apiRequests.inc(1, endpoint, code);
  };

  /** A request to the API is made again. */
  readonly retried = (endpoint: string): void => {
    this.#apiRetries.inc(1, endpoint);
  };

  /** The device list was refreshed. */
  readonly apiAnswered = ({ atMs, elapsedMs, rejected }: DeviceListing): void => {
    this.#apiUp.set(1);
    this.#lastListElapsedMs = elapsedMs;
    this.#lastScrape.set(atMs / 1000);
    this.#rejectedDevices.set(rejected.length);
  };

  /** The device list could not be refreshed. */
  readonly apiFailed = (error: ApiError): void => {
    this.#apiUp.set(0);
    this.#countError("api", error.failure);
  };

  /** The API is asked in another rhythm from now on. */
  readonly circuitChanged = (state: CircuitState): void => {
    for (const one of CIRCUIT_STATES) this.#circuitState.set(one === state ? 1 : 0, one);
  };

  /** Our own node is in this one of its states. */
  readonly ownNodeChanged = (state: string, states: readonly string[]): void => {
    for (const one of states) this.#ownNodeState.set(one === state ? 1 : 0, one);
  };

  /** A device's page could not be used. */
  readonly scrapeFailed = (failure: ScrapeFailure): void => {
    this.#countError("device", failure);
  };

  /** A call of this host's tailscaled failed. */
  readonly localFailed = (failure: LocalFailure): void => {
    this.#countError("tailscaled", failure);
  };

  /** Samples of a page were left out. */
  readonly samplesDropped = (reason: string, samples: number): void => {
    this.#dropped.inc(samples, reason);
  };

  /** The devices were counted. */
  readonly devicesCounted = (counts: StateCounts): void => {
    for (const [state, count] of Object.entries(counts)) this.#devices.set(count, state);
  };

  /** A collector threw: a defect of ours. */
  readonly collectorFailed = (name: string): void => {
    this.#countError(name, "internal");
  };

  /** A cycle of the tailnet ended, or of what else is collected in a rhythm of its own. */
  readonly cycleEnded = (seconds: number, target: string = "tailscale"): void => {
    this.#cycleDuration.observe(seconds, target);
  };

  #countError(target: string, errorType: string): void {
    this.#errorCount++;
    this.#errors.inc(1, target, errorType);
  }

  #ageSeconds(): number | undefined {
    if (this.#lastListElapsedMs === undefined) return undefined;
    return Math.floor((this.#elapsed() - this.#lastListElapsedMs) / 1000);
  }
}

/**
 * A reader that asks once a second at most: a page that changed with every look could never be
 * served from what was compressed before.
 */
function everySecond(
  read: (() => number) | undefined,
  elapsed: () => number,
): () => number | undefined {
  let atSecond: number | undefined;
  let value: number | undefined;
  return () => {
    const second = Math.floor(elapsed() / 1000);
    if (second !== atSecond) {
      atSecond = second;
      value = read?.();
    }
    return value;
  };
}
