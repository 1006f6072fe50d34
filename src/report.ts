/**
 * What `/health` and `/debug` show, from what the parts of the program know.
 *
 * @module
 */

import type {
  ClientCollector,
  CollectionLoop,
  DeviceState,
  ExporterMetrics,
} from "./collectors/mod.ts";
import { type Config, describeConfig } from "./config/mod.ts";
import type { Inventory } from "./devices/mod.ts";
import type { ApiError } from "./errors.ts";
import type { Host } from "./host.ts";
import type { DebugReport, DeviceReport, HealthReport, HealthStatus } from "./http/mod.ts";
import type { CircuitBreaker } from "./tailscale/mod.ts";

/** The parts that a {@linkcode Reporter} asks; it changes none of them. */
export interface ReporterOptions {
  /** The settings. */
  readonly config: Config;
  /** The process. */
  readonly host: Pick<Host, "denoVersion" | "elapsedMs" | "memoryBytes" | "now">;
  /** Whether the tailnet is the embedded demo. */
  readonly isDemo: boolean;
  /** The fleet. */
  readonly inventory: Pick<Inventory, "facts">;
  /** The devices' pages. */
  readonly clients: Pick<
    ClientCollector,
    "keptLabels" | "leftOutCount" | "pages" | "states" | "upCount"
  >;
  /** What was counted. */
  readonly metrics: Pick<
    ExporterMetrics,
    "errorCount" | "isApiUp" | "lastApiCallMs" | "lastListMs"
  >;
  /** Whether the API is asked. */
  readonly circuit: Pick<CircuitBreaker, "failures" | "state" | "waitMs">;
  /** The cycles. */
  readonly loop: Pick<CollectionLoop, "cycleCount">;
  /** How many samples are on the page. */
  readonly countSamples: () => number;
  /** Why the last call of the API failed; undefined if it did not. */
  readonly readApiError: () => ApiError | undefined;
}

/** Makes reports of how it stands at the time. */
export class Reporter {
  readonly #options: ReporterOptions;

  /**
   * A reporter that asks nobody yet.
   *
   * @param options The parts.
   */
  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  /** What `/health` shows. */
  health(): HealthReport {
    const { clients, config, host, inventory, isDemo, metrics } = this.#options;
    const facts = inventory.facts();
    return {
      status: this.#status(),
      nowMs: host.now(),
      version: config.version,
      uptimeMs: host.elapsedMs(),
      shard: config.shard,
      devicesDiscovered: facts?.devices.length,
      devicesScraped: facts === undefined ? undefined : clients.upCount,
      lastScrapeMs: metrics.lastListMs,
      isApiUp: metrics.isApiUp,
      isDemo,
    };
  }

  /** What `/debug` shows. */
  debug(): DebugReport {
    const { circuit, clients, config, host, inventory, isDemo, metrics } = this.#options;
    const devices = inventory.facts()?.devices;
    return {
      config: describeConfig(config),
      runtime: {
        denoVersion: host.denoVersion,
        memoryBytes: host.memoryBytes(),
        uptimeMs: host.elapsedMs(),
      },
      metrics: {
        devicesTotal: devices?.length,
        devicesOnline: devices?.filter((known) => known.isOnline).length,
        scrapeErrors: metrics.errorCount,
        lastApiCallMs: metrics.lastApiCallMs,
        samples: this.#options.countSamples(),
      },
      api: {
        circuit: circuit.state,
        failures: circuit.failures,
        nextTryMs: circuit.waitMs === undefined ? undefined : host.now() + circuit.waitMs,
        error: this.#options.readApiError()?.message,
      },
      cardinality: {
        relayedSeries: clients.pages.sampleCount,
        leftOutPages: clients.leftOutCount,
        keptLabels: clients.keptLabels,
      },
      isDemo,
      devices: clients.states().map(reportDevice),
    };
  }

  #status(): HealthStatus {
    const { inventory, loop, metrics } = this.#options;
    if (inventory.facts() !== undefined) return metrics.isApiUp === false ? "degraded" : "healthy";
    return loop.cycleCount > 0 ? "unhealthy" : "starting";
  }
}

/** A device's state as `/debug` shows it. */
export function reportDevice(state: DeviceState): DeviceReport {
  return {
    id: state.device.id,
    name: state.device.name,
    isOnline: state.isOnline,
    scrape: {
      state: state.state,
      reason: state.reason,
      url: state.url,
      lastSuccessMs: state.lastSuccessMs,
      nextTryMs: state.nextTryMs,
    },
    leftOut: state.cuts,
  };
}
