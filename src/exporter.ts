/**
 * The program without its surroundings: the tailnet and this host, each if it is configured, on one
 * page, and what the HTTP side shows of them. It opens no port and writes nothing.
 *
 * @module
 */

import type { Analytics } from "./analytics.ts";
import {
  DEVICE_METRICS,
  DeviceShape,
  ExporterMetrics,
  MetricDrop,
  PageRelay,
  pathTotals,
  SCRAPE_METRICS,
} from "./collectors/mod.ts";
import {
  asksForCredential,
  type Config,
  type Part,
  secretsOf,
  takesAccessLogs,
} from "./config/mod.ts";
import type { Host } from "./host.ts";
import { Page, type PageView, Section } from "./page/mod.ts";
import type { Device } from "./control/mod.ts";
import type { Database } from "./database.ts";
import {
  type DeviceFacts,
  deviceIdOf,
  devicesOf,
  type KnownDevice,
  OwnNodeRecord,
} from "./facts/mod.ts";
import type { DebugReport, HealthReport, Views } from "./http/mod.ts";
import { getLogger } from "./log/log.ts";
import { type LoadedSources, loadSources } from "./loaded.ts";
import type { Monitor } from "./monitor/monitor.ts";
import { Reporter } from "./reporter.ts";
import type { Runtime } from "./runtime.ts";
import { Redactor } from "./secret/redactor.ts";
import { isInShard, type Shard } from "./shard.ts";
import { type Sources, storeNameOf } from "./source/mod.ts";
import { clockOf } from "./time/clock.ts";
import { openTailnet, readPageLimits, type Tailnet } from "./tailnet.ts";
import { SharedCauses } from "./log/trouble.ts";

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
  /** Takes the sentence that the API asked for a wait. Default: a warning in the log. */
  readonly onApiWait?: ((sentence: string) => void) | undefined;
}

/** Everything that collects, and everything that is shown. */
export class Exporter implements Views {
  /** The page of all sections. */
  readonly page: { view(shard?: Shard): PageView };
  /** The part of the fleet that is looked after; undefined = all of it. */
  readonly shard: Shard | undefined;
  /** The tailnets; at most one is configured today. */
  readonly tailnets: readonly Tailnet[];
  /** This host; undefined if there is no way to its tailscaled. */
  readonly host: Host | undefined;
  /** What happened; undefined if it is not noted. */
  readonly monitor: Monitor | undefined;
  /** Access analytics; undefined if no access logs are taken. */
  readonly analytics: Analytics | undefined;
  /** What writes to a database; undefined if none is configured. */
  readonly database: Database | undefined;
  /** Causes of trouble that all who ask this host's tailscaled share. */
  readonly localCauses: SharedCauses = new SharedCauses();
  readonly #isPartial: boolean;
  readonly #ownNode: OwnNodeRecord | undefined;
  readonly #relay: PageRelay;
  readonly #reporter: Reporter;

  /**
   * Wires the parts; nothing is asked before {@linkcode Exporter.runOnce} or
   * {@linkcode Exporter.run}. What only this host needs is loaded if there is a way to it.
   */
  static async open(
    config: Config,
    sources: Sources,
    runtime: Runtime,
    options: ExporterOptions = {},
  ): Promise<Exporter> {
    const loaded = await loadSources(config, sources, runtime, options);
    return new Exporter(config, loaded, runtime, options);
  }

  /** For {@linkcode Exporter.open}, which has loaded what is needed. */
  constructor(
    config: Config,
    loaded: LoadedSources,
    runtime: Runtime,
    options: ExporterOptions,
  ) {
    const { Analytics, ownNode, here, Monitor, openDatabase, tailnets } = loaded;
    const { collect, isRepeating = true, onApiWait = warnOfWait, onRestart = () => {} } = options;
    this.shard = config.shard;
    this.#isPartial = collect !== undefined;
    const redactor = new Redactor([...secretsOf(config), ...loaded.proxySecrets ?? []]);
    const isDemo = tailnets.some((source) => source.isDemo);
    const metrics = new ExporterMetrics({
      version: config.version,
      buildTime: config.buildTime,
      denoVersion: runtime.denoVersion,
      isDemo,
      hasLocal: here !== undefined,
      showsProcess: isRepeating,
      startedAtMs: runtime.startedAtMs,
      ...clockOf(runtime),
      readMemoryBytes: () => runtime.memoryBytes(),
      readCpuSeconds: () => runtime.cpuSeconds(),
      readDroppedLogLines: () => runtime.droppedLogLines(),
      readOwnNodeRestarts: ownNode && (() => ownNode.restarts),
      readTokenExpirySeconds: () => this.tailnets[0]?.tokenExpiresAtSeconds(),
    });
    here?.local.onFailure(metrics.localFailed);
    if (ownNode !== undefined) {
      const show = () => metrics.ownNodeChanged(ownNode.status.state, ownNode.states);
      ownNode.subscribe(show);
      show();
    }
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
    this.#relay = relay;
    const parts = { runtime, isRepeating, onApiWait, shape, relay, metrics, redactor };
    const devices = new Section(DEVICE_METRICS);
    const scrapes = new Section(SCRAPE_METRICS);
    const readHost = here && (() => this.host?.record.snapshot());
    this.database = openDatabase?.({ isKept: !isDemo, redactor, readHost });
    this.monitor = Monitor && new Monitor({
      settings: config,
      writeNodes: this.database?.addNodes.bind(this.database),
      runtime,
      // headscale's API tells no nodeId; its device id is the StableID.
      findDevice: (nodeId) => this.#findDevice(nodeId, nodeId),
      fetch: loaded.fetchReceiver ?? fetch,
      redactor,
      readTraffic: () => pathTotals(relay.pages),
      readHost,
      ownNode,
      tokenExpiresAtSeconds: () => this.tailnets[0]?.tokenExpiresAtSeconds(),
      tellPast: tailnets[0]?.tellPast,
      jobs: Analytics?.jobs(config, () => this.analytics),
      // What a simulated tailnet does is not worth keeping.
      storeName: isDemo ? undefined : storeNameOf(tailnets, here?.local, config.shard),
    });
    const countDevices = (tailnet: Tailnet) => tailnet.record.listing?.all.length ?? 0;
    // It has no page of its own, and works if we do.
    const isOwn = ({ addresses }: Pick<Device, "addresses">) =>
      addresses.some((address) => ownNode?.status.addresses.includes(address));
    this.tailnets = tailnets.map((source, at) =>
      openTailnet(config, {
        ...parts,
        source,
        pageLimits,
        devices,
        scrapes,
        countOthers: () =>
          this.tailnets.reduce(
            (all, one, index) => index === at ? all : all + countDevices(one),
            0,
          ),
        isReadElsewhere: (device) =>
          isOwn(device.device) || (this.host?.showsPageOf(device) ?? false),
        listed: (facts) => {
          ownNode?.listed?.(facts.listing?.all ?? []);
          this.monitor?.listed(facts);
        },
        cycleEnded: (facts) => this.monitor?.cycleEnded(facts) ?? Promise.resolve(),
      })
    );
    this.#ownNode = ownNode && new OwnNodeRecord({
      node: ownNode,
      hasAuthKey: config.tsAuthkey !== undefined,
      showsLogin: asksForCredential(config),
      now: () => runtime.now(),
      look: () => this.host?.ownNodeChanged() ?? Promise.resolve(),
      onState: () => this.monitor?.hostChanged(),
    });
    this.host = here && new here.Host({
      ...parts,
      settings: config,
      local: here.local,
      isSimulated: here.isSimulated,
      collect,
      findDevice: tailnets.length === 0 ? undefined : (nodeId, id) => this.#findDevice(nodeId, id),
      causes: this.localCauses,
      onRestart,
    });
    // Access logs of real services are shown alone.
    const tellVisits = takesAccessLogs(config) ? undefined : tailnets[0]?.tellVisits;
    this.analytics = Analytics && new Analytics({
      settings: config,
      runtime,
      tailnets: this.tailnets,
      local: here?.local,
      // Simulated requests are written to no database.
      onRecord: tellVisits === undefined ? this.database?.addRequest : undefined,
      makeKey: () => crypto.randomUUID(),
      tellVisits,
      log: getLogger("access"),
    });
    const page = new Page([
      ...tailnets.length === 0 ? [] : [devices],
      relay.pages,
      ...tailnets.length === 0 ? [] : [scrapes],
      ...this.host?.sections ?? [],
      ...this.monitor === undefined ? [] : [this.monitor.section],
      ...this.analytics === undefined ? [] : [this.analytics.access.metrics],
      ...this.database === undefined ? [] : [this.database.section],
      ...collect === undefined ? [metrics] : [],
    ]);
    this.page = {
      view: (shard) => page.view(shard === undefined ? {} : { only: (key) => isOn(shard, key) }),
    };
    this.#reporter = new Reporter({
      config,
      runtime,
      tailnets: this.tailnets,
      host: this.host,
      ownNode,
      database: this.database,
      isDemo,
      devices: () => this.devices(),
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
    return this.tailnets[0]?.discovery ?? NOTHING_TO_DISCOVER;
  }

  /** Snapshots of what is known, for the JSON API. */
  get facts(): Views["facts"] {
    return {
      tailnets: () => this.tailnets.map((tailnet) => tailnet.facts()),
      host: () => this.host?.record.snapshot(),
      ownNode: () => this.#ownNode?.snapshot(),
      leftOutOf: (key) => this.#relay.leftOutOf(key),
      monitor: () => this.monitor,
    };
  }

  /** Collects cycle after cycle until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    const failure = new AbortController();
    const either = AbortSignal.any([signal, failure.signal]);
    const parts = [
      ...this.tailnets.map(({ loop }) => loop),
      this.host,
      this.monitor,
      this.database,
      this.analytics,
    ];
    const runs = parts.map(async (part) => {
      try {
        await part?.run(either);
      } catch (error) {
        failure.abort(error);
        throw error;
      }
    });
    // The others end, too, before the caller learns of a defect in one of them.
    await Promise.allSettled(runs);
    await Promise.all(runs);
  }

  /**
   * Collects once.
   *
   * @returns Whether there is something to show; where parts were chosen, of each of them.
   */
  async runOnce(signal: AbortSignal): Promise<boolean> {
    await Promise.all(this.tailnets.map(({ loop }) => loop.runOnce(signal)));
    const lacking = await this.host?.runOnce(signal) ?? [];
    if (this.#isPartial) return lacking.length === 0 && this.tailnets.every(hasList);
    return this.tailnets.some(hasList) || this.host?.isEmbedded === false;
  }

  /** All that is known of each device, in the order of the device lists. */
  *devices(): Generator<DeviceFacts> {
    for (const tailnet of this.tailnets) {
      yield* devicesOf(tailnet.facts(), (key) => this.#relay.leftOutOf(key));
    }
  }

  /** Closes the connections to devices. */
  close(): void {
    for (const tailnet of this.tailnets) tailnet.close();
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
    return this.tailnets.every(({ isAlive }) => isAlive) && (this.host?.stuck ?? []).length === 0;
  }

  /** Whether there are facts of the tailnet or of this host that are not stale. */
  isReady(): boolean {
    return this.tailnets.some(hasList) || (this.host?.isReady ?? false);
  }

  /** Whether every loop has ended a cycle. */
  isStarted(): boolean {
    return this.tailnets.every(({ loop }) => loop.cycleCount > 0) &&
      (this.host?.isStarted ?? true);
  }

  #findDevice(nodeId: string, id?: string): KnownDevice | undefined {
    for (const tailnet of this.tailnets) {
      const known = tailnet.findDevice(nodeId, id);
      if (known !== undefined) return known;
    }
    return undefined;
  }
}

function hasList({ record }: Tailnet): boolean {
  return record.listing !== undefined;
}

/** Service discovery where no tailnet is configured. */
const NOTHING_TO_DISCOVER: Views["discovery"] = { current: () => Promise.resolve(undefined) };

/** Whether a block is shown on a shard's page; what is about no single device is on the first. */
function isOn(shard: Shard, key: string): boolean {
  const id = deviceIdOf(key);
  return id === "" ? shard.index === 0 : isInShard(id, shard);
}

function warnOfWait(sentence: string): void {
  getLogger("api").warning("{sentence}", { sentence });
}
