/**
 * The program without its surroundings: the tailnet and this host, each if it is configured, on one
 * page, and what the HTTP side shows of them. It opens no port and writes nothing.
 *
 * @module
 */

import {
  DeviceShape,
  type DeviceState,
  ExporterMetrics,
  MetricDrop,
  PageRelay,
} from "./collectors/mod.ts";
import { type Config, type Part, secretsOf } from "./config/mod.ts";
import type { ApiError } from "./errors.ts";
import { Page, type PageView } from "./exposition/page.ts";
import type { PageLimits } from "./exposition/relabel.ts";
import { Fleet } from "./fleet.ts";
import type { Host } from "./host.ts";
import type { DebugReport, HealthReport, Views } from "./http/mod.ts";
import { getLogger } from "./log.ts";
import type { Node } from "./node.ts";
import { Redactor } from "./redactor.ts";
import { Reporter } from "./report.ts";
import { isInShard, type Shard } from "./shard.ts";
import type { Source, Sources } from "./source.ts";
import type { LocalApi } from "./tailscale/local/mod.ts";
import type { RejectedDevice } from "./control/mod.ts";
import { SharedCauses } from "./trouble.ts";

/** The key of the blocks about the tailnet as a whole and about this process. */
const WHOLE_KEY = "";

/** How an {@linkcode Exporter} is used. */
export interface ExporterOptions {
  /**
   * Whether collections repeat, so that slow parts may wait for the next cycle; a single one gives
   * every part its full timeout. Default: true.
   */
  readonly isRepeating?: boolean;
  /**
   * Parts to collect; the page then shows these alone, so that it can be combined with pages of
   * other processes. Default: all that is configured, and the process itself.
   */
  readonly collect?: readonly Part[] | undefined;
  /** The watchdog wants tailscaled to be restarted: the program is to end with the code for it. */
  readonly onRestart?: () => void;
}

/** Sources, and the code for the one whose code is loaded with it. */
export interface LoadedSources {
  /** The tailnet; undefined if none is configured or wanted. */
  readonly tailnet: Source | undefined;
  /** This host's tailscaled, and what collects from it; undefined if there is no way to it. */
  readonly here: { readonly local: LocalApi; readonly Node: typeof Node } | undefined;
}

/** Everything that collects, and everything that is shown. */
export class Exporter implements Views {
  /** The page of all sections. */
  readonly page: { view(shard?: Shard): PageView };
  /** The part of the fleet that is looked after; undefined = all of it. */
  readonly shard: Shard | undefined;
  /** The tailnet; undefined if it is not configured. */
  readonly fleet: Fleet | undefined;
  /** This host; undefined if there is no way to its tailscaled. */
  readonly node: Node | undefined;
  /** Causes of trouble that all who ask this host's tailscaled share. */
  readonly localCauses: SharedCauses = new SharedCauses();
  readonly #isPartial: boolean;
  readonly #reporter: Reporter;

  /**
   * Wires the parts; nothing is asked before {@linkcode Exporter.runOnce} or
   * {@linkcode Exporter.run}. What only this host needs is loaded if there is a way to it.
   */
  static async open(
    config: Config,
    sources: Sources,
    host: Host,
    options: ExporterOptions = {},
  ): Promise<Exporter> {
    const { local, tailnet } = sources;
    if (local === undefined) {
      return new Exporter(config, { tailnet, here: undefined }, host, options);
    }
    const { Node } = await import("./node.ts");
    return new Exporter(config, { tailnet, here: { local, Node } }, host, options);
  }

  /** For {@linkcode Exporter.open}, which has loaded what is needed. */
  constructor(
    config: Config,
    { here, tailnet }: LoadedSources,
    host: Host,
    options: ExporterOptions,
  ) {
    const { collect, isRepeating = true, onRestart = () => {} } = options;
    this.shard = config.shard;
    this.#isPartial = collect !== undefined;
    const redactor = new Redactor([...secretsOf(config), ...tailnet?.proxySecrets ?? []]);
    const metrics = new ExporterMetrics({
      version: config.version,
      buildTime: config.buildTime,
      denoVersion: host.denoVersion,
      isDemo: tailnet?.isDemo ?? false,
      showsProcess: isRepeating,
      startedAtMs: host.startedAtMs,
      now: () => host.now(),
      elapsed: () => host.elapsedMs(),
      readMemoryBytes: () => host.memoryBytes(),
      readCpuSeconds: () => host.cpuSeconds(),
      readDroppedLogLines: () => host.droppedLogLines(),
      readTokenExpirySeconds: () => this.fleet?.tokenExpiresAtSeconds(),
    });
    const shape = new DeviceShape({
      drops: new MetricDrop(config.metricsDrop),
      labels: config.deviceLabels,
    });
    const pageLimits = readPageLimits(config);
    const relay = new PageRelay({
      pageLimits,
      maxFamilies: config.limitFamilies,
      maxSeries: config.limitSeries,
      shape,
      samplesDropped: metrics.samplesDropped,
      log: getLogger("device"),
    });
    const parts = { config, host, isRepeating, shape, relay, metrics, redactor };
    this.fleet = tailnet && new Fleet({
      ...parts,
      source: tailnet,
      pageLimits,
      isReadElsewhere: (device) => this.node?.showsPageOf(device) ?? false,
    });
    this.node = here && new here.Node({
      ...parts,
      local: here.local,
      collect,
      findDevice: this.fleet && ((nodeId) => this.fleet?.findDevice(nodeId)),
      causes: this.localCauses,
      onRestart,
    });
    const [api, scrapes] = this.fleet?.sections ?? [];
    const own = collect === undefined ? metrics : undefined;
    const page = new Page(
      [api, relay.pages, scrapes, ...this.node?.sections ?? [], own]
        .filter((section) => section !== undefined),
    );
    this.page = {
      view: (shard) => page.view(shard === undefined ? {} : { only: (key) => isOn(shard, key) }),
    };
    this.#reporter = new Reporter({
      config,
      host,
      fleet: this.fleet,
      node: this.node,
      isDemo: tailnet?.isDemo ?? false,
      metrics,
      relay,
      countSamples() {
        const view = page.view();
        try {
          return view.sampleCount;
        } finally {
          view.release();
        }
      },
    });
  }

  /** The devices of all shards as targets. */
  get discovery(): Views["discovery"] {
    return this.fleet?.discovery ?? NOTHING_TO_DISCOVER;
  }

  /** Collects cycle after cycle until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    await Promise.all([this.fleet?.loop.run(signal), this.node?.run(signal)]);
  }

  /**
   * Collects once.
   *
   * @returns Whether there is something to show; where parts were chosen, of each of them.
   */
  async runOnce(signal: AbortSignal): Promise<boolean> {
    await this.fleet?.loop.runOnce(signal);
    const lacking = await this.node?.runOnce(signal) ?? [];
    const hasFleet = this.fleet?.hasFacts ?? false;
    if (this.#isPartial) return lacking.length === 0 && (hasFleet || this.fleet === undefined);
    return hasFleet || this.node !== undefined;
  }

  /** How it stands with every device's page, in the order of the inventory. */
  states(): readonly DeviceState[] {
    return this.fleet?.clients.states() ?? [];
  }

  /** Why the last call of the API failed; undefined if it did not. */
  get apiError(): ApiError | undefined {
    return this.fleet?.apiError;
  }

  /** Entries of the last device list that could not be read. */
  get rejected(): readonly RejectedDevice[] {
    return this.fleet?.inventory.facts()?.rejected ?? [];
  }

  /** Closes the connections to devices. */
  close(): void {
    this.fleet?.close();
  }

  /** What `/health` shows. */
  health(): HealthReport {
    return this.#reporter.health();
  }

  /** What `/debug` shows. */
  debug(): DebugReport {
    return this.#reporter.debug();
  }

  /** Whether every loop has moved lately. */
  isAlive(): boolean {
    return (this.fleet?.isAlive ?? true) && (this.node?.stuck ?? []).length === 0;
  }

  /** Whether there are facts of the tailnet or of this host that are not stale. */
  isReady(): boolean {
    return (this.fleet?.hasFacts ?? false) || (this.node?.hasFacts ?? false);
  }

  /** Whether every loop has ended a cycle. */
  isStarted(): boolean {
    return (this.fleet?.loop.cycleCount ?? 1) > 0 && (this.node?.isStarted ?? true);
  }
}

/** Service discovery where no tailnet is configured. */
const NOTHING_TO_DISCOVER: Views["discovery"] = { current: () => Promise.resolve(undefined) };

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

/** Whether a block is shown on a shard's page; what is about no single device is on the first. */
function isOn(shard: Shard, key: string): boolean {
  return key === WHOLE_KEY ? shard.index === 0 : isInShard(key, shard);
}
