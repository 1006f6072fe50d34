/**
 * What `/health` and `/debug` show, from what the parts of the program know.
 *
 * @module
 */

import type { DeviceState, ExporterMetrics, PageRelay } from "./collectors/mod.ts";
import { type Config, describeConfig } from "./config/mod.ts";
import type { Fleet } from "./fleet.ts";
import type { Host } from "./host.ts";
import type { DebugReport, DeviceReport, HealthReport, HealthStatus } from "./http/mod.ts";
import type { Node } from "./node.ts";

/** The parts that a {@linkcode Reporter} asks; it changes none of them. */
export interface ReporterOptions {
  /** The settings. */
  readonly config: Config;
  /** The process. */
  readonly host: Pick<Host, "denoVersion" | "elapsedMs" | "memoryBytes" | "now">;
  /** The tailnet; undefined if it is not configured. */
  readonly fleet:
    | Pick<Fleet, "apiError" | "circuit" | "clients" | "inventory" | "loop">
    | undefined;
  /** This host; undefined if there is no way to its tailscaled. */
  readonly node: Pick<Node, "hasFacts" | "isStarted" | "status"> | undefined;
  /** Whether the tailnet is the embedded demo. */
  readonly isDemo: boolean;
  /** What was counted. */
  readonly metrics: Pick<
    ExporterMetrics,
    "errorCount" | "isApiUp" | "lastApiCallMs" | "lastListMs"
  >;
  /** The pages that are passed on. */
  readonly relay: Pick<PageRelay, "idlePatterns" | "keptLabels" | "leftOutCount" | "pages">;
  /** How many samples are on the page. */
  readonly countSamples: () => number;
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
    const { config, fleet, host, isDemo, metrics, node } = this.#options;
    const facts = fleet?.inventory.facts();
    return {
      status: this.#status(),
      nowMs: host.now(),
      version: config.version,
      uptimeMs: host.elapsedMs(),
      shard: config.shard,
      hasTailnet: fleet !== undefined,
      devicesDiscovered: facts?.devices.length,
      devicesScraped: facts === undefined ? undefined : fleet?.clients.upCount,
      lastScrapeMs: metrics.lastListMs,
      isApiUp: metrics.isApiUp,
      tailscaled: node && reportNode(node),
      isDemo,
    };
  }

  /** What `/debug` shows. */
  debug(): DebugReport {
    const { config, fleet, host, isDemo, metrics, relay } = this.#options;
    const devices = fleet?.inventory.facts()?.devices;
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
      api: fleet && this.#reportApi(fleet),
      cardinality: {
        relayedSeries: relay.pages.sampleCount,
        leftOutPages: relay.leftOutCount,
        keptLabels: relay.keptLabels,
        idlePatterns: relay.idlePatterns,
      },
      isDemo,
      devices: fleet?.clients.states().map(reportDevice) ?? [],
    };
  }

  #reportApi({ apiError, circuit }: Pick<Fleet, "apiError" | "circuit">): DebugReport["api"] {
    const { waitMs } = circuit;
    return {
      circuit: circuit.state,
      failures: circuit.failures,
      nextTryMs: waitMs === undefined ? undefined : this.#options.host.now() + waitMs,
      error: apiError?.message,
    };
  }

  /** The worse of tailnet and host, each if it is configured; one that works is enough to serve. */
  #status(): HealthStatus {
    const { fleet, metrics, node } = this.#options;
    const states: HealthStatus[] = [];
    if (fleet !== undefined) {
      if (fleet.inventory.facts() !== undefined) {
        states.push(metrics.isApiUp === false ? "degraded" : "healthy");
      } else states.push(fleet.loop.cycleCount > 0 ? "unhealthy" : "starting");
    }
    if (node !== undefined) {
      const isUp = node.status()?.backendState === "Running";
      if (node.hasFacts) states.push(isUp ? "healthy" : "degraded");
      else states.push(node.isStarted ? "unhealthy" : "starting");
    }
    const isServing = states.some((state) => state === "healthy" || state === "degraded");
    if (isServing) return states.every((state) => state === "healthy") ? "healthy" : "degraded";
    return states.includes("starting") ? "starting" : "unhealthy";
  }
}

function reportNode(node: Pick<Node, "isStarted" | "status">): HealthReport["tailscaled"] {
  const status = node.status();
  return {
    isUp: status === undefined
      ? node.isStarted ? false : undefined
      : status.backendState === "Running",
    peers: status?.peers.length,
  };
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
      failingSinceMs: state.failingSinceMs,
      nextTryMs: state.nextTryMs,
    },
    leftOut: state.cuts,
  };
}
