/**
 * This host as its tailscaled tells it: peers and paths, its own metrics, and what keeps paths open
 * and mends them, wired to a LocalAPI. Each part has a rhythm of its own, and none waits for
 * another.
 *
 * @module
 */

import {
  hostAnswerOf,
  KeepaliveCollector,
  NativeCollector,
  PeersCollector,
  StatusPoll,
  WatchdogCollector,
} from "./collectors/host/mod.ts";
import {
  CollectionLoop,
  type Collector,
  type DeviceShape,
  type ExporterMetrics,
  type PageRelay,
  type RelayedDevice,
} from "./collectors/mod.ts";
import type { Config, Part } from "./config/mod.ts";
import type { PageSection } from "./page/mod.ts";
import { HostRecord } from "./facts/mod.ts";
import { getLogger } from "./log/log.ts";
import type { Runtime } from "./runtime.ts";
import { TimeSlice } from "./time/slice.ts";
import { createSelector } from "./selector.ts";
import { memoryStorage, openStore } from "./store.ts";
import { type Clock, clockOf } from "./time/clock.ts";
import type { LocalApi } from "./tailscale/local/mod.ts";
import type { SharedCauses } from "./log/trouble.ts";
import { hungAfterMs, staleAfterMs } from "./time/timing.ts";

/** The settings of this host. */
export type HostSettings = Pick<
  Config,
  | "keepalive"
  | "keepaliveIntervalMs"
  | "keepaliveMaxAtOnce"
  | "keepalivePeers"
  | "keepalivePing"
  | "keepaliveRate"
  | "keepaliveTags"
  | "localApiTimeoutMs"
  | "nativeClientMetrics"
  | "nativeIntervalMs"
  | "peersIntervalMs"
  | "watchdog"
  | "watchdogCooldownMs"
  | "watchdogIntervalMs"
  | "watchdogMaxRestarts"
  | "watchdogThresholdMs"
>;

/** What a {@linkcode Host} is made of. */
export interface HostOptions {
  /** The settings. */
  readonly settings: HostSettings;
  /** The tailscaled of this host. */
  readonly local: LocalApi;
  /**
   * Whether it is the demo's: keepalive and watchdog are at work, no restart is asked for, and what
   * the watchdog knows is not kept. Default: false.
   */
  readonly isSimulated?: boolean | undefined;
  /** The process. */
  readonly runtime: Runtime;
  /** Whether cycle follows cycle; if not, nothing is kept open either. */
  readonly isRepeating: boolean;
  /** Parts to collect. Default: all that is configured. */
  readonly collect?: readonly Part[] | undefined;
  /** What is shown of a device. */
  readonly shape: DeviceShape;
  /** Passes tailscaled's own page on. */
  readonly relay: PageRelay;
  /** Counts what happens. */
  readonly metrics: ExporterMetrics;
  /** The API's device by the stable id of its node; undefined if no API is asked. */
  readonly findDevice: ((nodeId: string, id?: string) => RelayedDevice | undefined) | undefined;
  /** Causes of trouble that all who ask this tailscaled share, so that each is logged once. */
  readonly causes: SharedCauses;
  /** The watchdog wants tailscaled to be restarted: the program is to end with the code for it. */
  readonly onRestart: () => void;
}

/** The settings of the demo's host. */
const SIMULATED = { keepalive: "on", watchdog: "heal", watchdogMaxRestarts: 0 } as const;

/** Time from the start of the program to the first look at the demo's host, in milliseconds. */
const SIMULATED_DELAY_MS = 3_000;

/** What collects from this host, and acts on it if it is told to. */
export class Host {
  /** What tailscaled says of itself and its peers; undefined if that is not wanted. */
  readonly peers: PeersCollector | undefined;
  /** What is shown, but for tailscaled's own page, which is the relay's. */
  readonly sections: readonly PageSection[];
  /** What is known about the host. */
  readonly record: HostRecord;
  readonly #options: HostOptions;
  readonly #clock: Clock;
  readonly #poll: StatusPoll;
  readonly #native: NativeCollector | undefined;
  readonly #keepalive: KeepaliveCollector | undefined;
  readonly #loops: readonly { readonly loop: CollectionLoop; readonly hungMs: number }[];
  /** The signal of a run; undefined before it. */
  #signal: AbortSignal | undefined;

  /** Wires the parts. */
  constructor(given: HostOptions) {
    const options = given.isSimulated === true
      ? { ...given, settings: { ...given.settings, ...SIMULATED } }
      : given;
    const { settings, collect = ALL, findDevice, runtime, isRepeating, local, relay, shape } =
      options;
    const { causes } = options;
    const { drops } = shape;
    this.#options = options;
    this.#clock = clockOf(runtime);
    this.#poll = this.#makePoll();
    this.record = new HostRecord({
      host: local.place,
      staleAfterMs: staleAfterMs(settings.peersIntervalMs),
      isRelayed: local.isEmbedded,
      isOwnNode: local.isOwnNode,
      slice: new TimeSlice(this.#clock),
      ...this.#clock,
    });
    const rttMsOf = (id: string) => this.#keepalive?.rttMs(id);
    this.#poll.subscribe((look) =>
      this.record.polled(
        hostAnswerOf(look, rttMsOf),
        look.error,
      )
    );
    this.peers = !collect.includes("peers") ? undefined : new PeersCollector({
      local,
      poll: this.#poll,
      slice: new TimeSlice(this.#clock),
      findDevice: findDevice && ((nodeId) => findDevice(nodeId)?.device),
      drops,
      isRepeating,
      intervalMs: settings.peersIntervalMs,
      elapsed: this.#clock.elapsed,
      log: getLogger("peers"),
      causes,
    });
    this.#native = !collect.includes("native") ? undefined : new NativeCollector({
      local,
      relay,
      shape,
      findDevice: findDevice ?? (() => undefined),
      self: () => this.peers?.status()?.self,
      withClientMetrics: settings.nativeClientMetrics,
      log: getLogger("native"),
      causes,
    });
    const watchdog = !this.#isWatched ? undefined : this.#makeWatchdog();
    const isKept = isRepeating && settings.keepalive !== "off";
    this.#keepalive = isKept ? this.#makeKeepalive() : undefined;
    this.#loops = [
      this.#makeLoop(this.peers, settings.peersIntervalMs),
      this.#makeLoop(this.#native, settings.nativeIntervalMs),
      this.#makeLoop(watchdog, settings.watchdogIntervalMs),
    ].filter((loop) => loop !== undefined);
    this.sections = [this.peers, watchdog, this.#keepalive]
      .flatMap((part) => part === undefined ? [] : [part.section]);
  }

  /** The loops that hang, as the log calls them; none if all is well. */
  get stuck(): readonly string[] {
    const { settings } = this.#options;
    const nowMs = this.#clock.elapsed();
    const keepalive = this.#keepalive === undefined
      ? []
      : [{ loop: this.#keepalive, hungMs: this.#hungMs(settings.keepaliveIntervalMs) }];
    return [...this.#loops, ...keepalive]
      .filter(({ loop, hungMs }) => nowMs - loop.lastProgressMs >= hungMs)
      .map(({ loop }) => loop.name);
  }

  /** Whether it is the embedded node: a way to the devices, and no source for its own sake. */
  get isEmbedded(): boolean {
    return this.#options.local.isEmbedded;
  }

  /** Whether it is our own node, embedded or a sidecar, which tells of its states itself. */
  get isOwnNode(): boolean {
    return this.#options.local.isOwnNode;
  }

  /** Whether its facts are worth to be served alone: those of the embedded node are not. */
  get isReady(): boolean {
    return !this.isEmbedded && this.record.isFresh;
  }

  /** Whether each loop has ended a cycle. */
  get isStarted(): boolean {
    return this.#loops.every(({ loop }) => loop.cycleCount > 0);
  }

  /** Whether a device is this host, and its page is taken from tailscaled itself. */
  showsPageOf(device: RelayedDevice): boolean {
    return this.#native?.shows(device) ?? false;
  }

  /** Collects, pings and watches until the signal is aborted. */
  async run(signal: AbortSignal): Promise<void> {
    this.#signal = signal;
    if (this.#options.isSimulated === true) {
      // The devices come first; without it both would start at once in one process.
      await this.#clock.delay(SIMULATED_DELAY_MS, signal).catch(() => {});
    }
    await Promise.all([
      ...this.#loops.map(({ loop }) => loop.run(signal)),
      this.#keepalive?.run(signal),
    ]);
  }

  /** Reads the status of our own node at once, if it is this host and a run is under way. */
  async ownNodeChanged(): Promise<void> {
    if (!this.isOwnNode || this.#signal === undefined) return;
    // A defect fails the next cycle as well, which reports it.
    await this.#poll.lookAgain(this.#signal).catch(() => {});
  }

  /**
   * Collects once, one part after the other, without a ping of the keepalive.
   *
   * @returns Which parts have nothing to show. That tailscaled is down is something of `peers`.
   */
  async runOnce(signal: AbortSignal): Promise<readonly Part[]> {
    // One look for all parts, and a new one.
    if (this.peers !== undefined || this.#isWatched) await this.#poll.look(signal, 0);
    for (const { loop } of this.#loops) await loop.runOnce(signal);
    const hasPage = this.#native?.isShown ?? true;
    return hasPage ? [] : ["native"];
  }

  get #isWatched(): boolean {
    const { collect = ALL, settings } = this.#options;
    return collect.includes("watchdog") && settings.watchdog !== "off";
  }

  /** One poll for all parts, as often as the most frequent of them looks. */
  #makePoll(): StatusPoll {
    const { collect = ALL, settings, local } = this.#options;
    const intervals = [
      ...collect.includes("peers") ? [settings.peersIntervalMs] : [],
      ...this.#isWatched ? [settings.watchdogIntervalMs] : [],
    ];
    return new StatusPoll({
      local,
      intervalMs: intervals.length === 0 ? settings.peersIntervalMs : Math.min(...intervals),
      ...this.#clock,
      slice: new TimeSlice(this.#clock),
    });
  }

  #makeWatchdog(): WatchdogCollector {
    const { settings, runtime, local, onRestart, shape } = this.#options;
    const log = getLogger("watchdog");
    return new WatchdogCollector({
      local,
      poll: this.#poll,
      record: this.record,
      mode: settings.watchdog,
      intervalMs: settings.watchdogIntervalMs,
      thresholdMs: settings.watchdogThresholdMs,
      cooldownMs: settings.watchdogCooldownMs,
      maxRestarts: settings.watchdogMaxRestarts,
      store: openStore(
        this.#options.isSimulated === true ? memoryStorage() : () => runtime.storage(),
        {
          onLost: (sentence) => log.warning("{sentence}", { sentence }),
          onFound: (sentence) => log.info("{sentence}", { sentence }),
        },
      ),
      ...this.#clock,
      log,
      causes: this.#options.causes,
      onRestart,
      drops: shape.drops,
      slice: new TimeSlice(this.#clock),
    });
  }

  #makeKeepalive(): KeepaliveCollector {
    const { settings, local, shape } = this.#options;
    return new KeepaliveCollector({
      local,
      poll: this.#poll,
      filter: createSelector({ names: settings.keepalivePeers, tags: settings.keepaliveTags }),
      type: settings.keepalivePing,
      intervalMs: settings.keepaliveIntervalMs,
      maxAtOnce: settings.keepaliveMaxAtOnce,
      maxPerSecond: settings.keepaliveRate,
      ...this.#clock,
      random: Math.random,
      isBusy: () => this.#loops.some(({ loop }) => loop.isBusy),
      log: getLogger("keepalive"),
      causes: this.#options.causes,
      drops: shape.drops,
      slice: new TimeSlice(this.#clock),
    });
  }

  #makeLoop(collector: Collector | undefined, intervalMs: number) {
    if (collector === undefined) return undefined;
    const { metrics } = this.#options;
    const loop = new CollectionLoop({
      collectors: [collector],
      intervalMs,
      ...this.#clock,
      observer: {
        cycleEnded: (seconds) => metrics.cycleEnded(seconds, collector.name),
        collectorFailed: metrics.collectorFailed,
      },
      log: getLogger("collector"),
    });
    return { loop, hungMs: this.#hungMs(intervalMs) };
  }

  #hungMs(intervalMs: number): number {
    return hungAfterMs(intervalMs, this.#options.settings.localApiTimeoutMs);
  }
}

const ALL: readonly Part[] = ["peers", "native", "watchdog"];
