/**
 * This host as its tailscaled tells it: peers and paths, its own metrics, and what keeps paths open
 * and mends them, wired to a LocalAPI. Each part has a rhythm of its own, and none waits for
 * another.
 *
 * @module
 */

import { delay } from "./time/delay.ts";
import {
  type HostLook,
  KeepaliveCollector,
  NativeCollector,
  PeersCollector,
  staleAfterMs,
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
import { type HostAnswer, HostRecord } from "./facts/mod.ts";
import type { Host } from "./host.ts";
import { getLogger } from "./log.ts";
import { createPeerFilter } from "./paths/mod.ts";
import { TimeSlice } from "./time/slice.ts";
import { openStore } from "./store.ts";
import type { LocalApi } from "./tailscale/local/mod.ts";
import type { SharedCauses } from "./trouble.ts";

/** A loop counts as hung after this many cycles without progress, and this long at least. */
const PATIENCE_CYCLES = 3, MIN_PATIENCE_MS = 5 * 60_000;

/** What a {@linkcode Node} is made of. */
export interface NodeOptions {
  /** The settings. */
  readonly config: Config;
  /** The tailscaled of this host. */
  readonly local: LocalApi;
  /** The process. */
  readonly host: Host;
  /** Whether cycle follows cycle; if not, nothing is kept open either. */
  readonly isRepeating: boolean;
  /** Parts to collect. Default: all that is configured. */
  readonly collect?: readonly Part[] | undefined;
  /** What is shown of a device. */
  readonly shape: DeviceShape;
  /** Passes tailscaled's own page on. */
  readonly relay: PageRelay;
  /** Is told what is counted. */
  readonly metrics: ExporterMetrics;
  /** The API's device by the stable id of its node; undefined if no API is asked. */
  readonly findDevice: ((nodeId: string, id?: string) => RelayedDevice | undefined) | undefined;
  /** Causes of trouble that all who ask this tailscaled share, so that each is logged once. */
  readonly causes: SharedCauses;
  /** The watchdog wants tailscaled to be restarted: the program is to end with the code for it. */
  readonly onRestart: () => void;
}

/** What collects from this host, and acts on it if it is told to. */
export class Node {
  /** What tailscaled says of itself and its peers; undefined if that is not wanted. */
  readonly peers: PeersCollector | undefined;
  /** What is shown, but for tailscaled's own page, which is the relay's. */
  readonly sections: readonly PageSection[];
  /** What is known about the host. */
  readonly record: HostRecord;
  readonly #options: NodeOptions;
  readonly #poll: StatusPoll;
  readonly #native: NativeCollector | undefined;
  readonly #keepalive: KeepaliveCollector | undefined;
  readonly #loops: readonly { readonly loop: CollectionLoop; readonly patienceMs: number }[];

  /** Wires the parts. */
  constructor(options: NodeOptions) {
    const { config, collect = ALL, findDevice, host, isRepeating, local, relay, shape } = options;
    const { causes } = options;
    const { drops } = shape;
    this.#options = options;
    this.#poll = this.#makePoll();
    this.record = new HostRecord({
      host: local.place,
      staleAfterMs: staleAfterMs(config.peersIntervalMs),
      now: () => host.now(),
      elapsed: () => host.elapsedMs(),
    });
    this.#poll.subscribe((look) => this.record.polled(answerOf(look)));
    this.peers = !collect.includes("peers") ? undefined : new PeersCollector({
      local,
      poll: this.#poll,
      slice: new TimeSlice({ elapsed: () => host.elapsedMs() }),
      findDevice: findDevice && ((nodeId) => findDevice(nodeId)?.device),
      drops,
      isRepeating,
      intervalMs: config.peersIntervalMs,
      elapsed: () => host.elapsedMs(),
      log: getLogger("peers"),
      causes,
    });
    this.#native = !collect.includes("native") ? undefined : new NativeCollector({
      local,
      relay,
      shape,
      findDevice: findDevice ?? (() => undefined),
      self: () => this.peers?.status()?.self,
      withClientMetrics: config.nativeClientMetrics,
      log: getLogger("native"),
      causes,
    });
    const watchdog = !this.#isWatched ? undefined : this.#makeWatchdog();
    const isKept = isRepeating && config.keepalive !== "off";
    this.#keepalive = isKept ? this.#makeKeepalive() : undefined;
    this.#loops = [
      this.#makeLoop(this.peers, config.peersIntervalMs),
      this.#makeLoop(this.#native, config.nativeIntervalMs),
      this.#makeLoop(watchdog, config.watchdogIntervalMs),
    ].filter((loop) => loop !== undefined);
    this.sections = [this.peers, watchdog, this.#keepalive]
      .flatMap((part) => part === undefined ? [] : [part.section]);
  }

  /** The loops that hang, as the log calls them; none if all is well. */
  get stuck(): readonly string[] {
    const { config, host } = this.#options;
    const nowMs = host.elapsedMs();
    const keepalive = this.#keepalive === undefined
      ? []
      : [{ loop: this.#keepalive, patienceMs: this.#patienceMs(config.keepaliveIntervalMs) }];
    return [...this.#loops, ...keepalive]
      .filter(({ loop, patienceMs }) => nowMs - loop.lastProgressMs >= patienceMs)
      .map(({ loop }) => loop.name);
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
    await Promise.all([
      ...this.#loops.map(({ loop }) => loop.run(signal)),
      this.#keepalive?.run(signal),
    ]);
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
    const { collect = ALL, config } = this.#options;
    return collect.includes("watchdog") && config.watchdog !== "off";
  }

  /** One poll for all parts, as often as the most frequent of them looks. */
  #makePoll(): StatusPoll {
    const { collect = ALL, config, host, local } = this.#options;
    const intervals = [
      ...collect.includes("peers") ? [config.peersIntervalMs] : [],
      ...this.#isWatched ? [config.watchdogIntervalMs] : [],
    ];
    return new StatusPoll({
      local,
      intervalMs: intervals.length === 0 ? config.peersIntervalMs : Math.min(...intervals),
      now: () => host.now(),
      elapsed: () => host.elapsedMs(),
      slice: new TimeSlice({ elapsed: () => host.elapsedMs() }),
    });
  }

  #makeWatchdog(): WatchdogCollector {
    const { config, host, local, onRestart, shape } = this.#options;
    const log = getLogger("watchdog");
    return new WatchdogCollector({
      local,
      poll: this.#poll,
      record: this.record,
      mode: config.watchdog,
      intervalMs: config.watchdogIntervalMs,
      thresholdMs: config.watchdogThresholdMs,
      cooldownMs: config.watchdogCooldownMs,
      maxRestarts: config.watchdogMaxRestarts,
      store: openStore(() => host.storage(), {
        onLost: (sentence) => log.warning("{sentence}", { sentence }),
        onFound: (sentence) => log.info("{sentence}", { sentence }),
      }),
      now: () => host.now(),
      elapsed: () => host.elapsedMs(),
      delay,
      log,
      causes: this.#options.causes,
      onRestart,
      drops: shape.drops,
      slice: new TimeSlice({ elapsed: () => host.elapsedMs() }),
    });
  }

  #makeKeepalive(): KeepaliveCollector {
    const { config, host, local, shape } = this.#options;
    return new KeepaliveCollector({
      local,
      poll: this.#poll,
      filter: createPeerFilter({ names: config.keepalivePeers, tags: config.keepaliveTags }),
      type: config.keepalivePing,
      intervalMs: config.keepaliveIntervalMs,
      maxAtOnce: config.keepaliveMaxAtOnce,
      maxPerSecond: config.keepaliveRate,
      elapsed: () => host.elapsedMs(),
      delay,
      random: Math.random,
      isBusy: () => this.#loops.some(({ loop }) => loop.isBusy),
      log: getLogger("keepalive"),
      causes: this.#options.causes,
      drops: shape.drops,
      slice: new TimeSlice({ elapsed: () => host.elapsedMs() }),
    });
  }

  #makeLoop(collector: Collector | undefined, intervalMs: number) {
    if (collector === undefined) return undefined;
    const { host, metrics } = this.#options;
    const loop = new CollectionLoop({
      collectors: [collector],
      intervalMs,
      now: () => host.elapsedMs(),
      delay,
      observer: {
        cycleEnded: (seconds) => metrics.cycleEnded(seconds, collector.name),
        collectorFailed: metrics.collectorFailed,
      },
      log: getLogger("collector"),
    });
    return { loop, patienceMs: this.#patienceMs(intervalMs) };
  }

  /** For how long a loop may be silent. */
  #patienceMs(intervalMs: number): number {
    const stillMs = 2 * this.#options.config.localApiTimeoutMs;
    return Math.max(PATIENCE_CYCLES * intervalMs, MIN_PATIENCE_MS, stillMs);
  }
}

/** What a poll found, as facts; undefined if tailscaled did not answer. */
function answerOf({ peers, status }: HostLook): HostAnswer | undefined {
  if (status === undefined) return undefined;
  const { backendState, health } = status;
  return {
    backend: backendState,
    health,
    peerCount: status.peers.length,
    listPeers: peers && (() =>
      peers.map(({ track: { peer: { id, name }, sinceMs, state } }) => ({
        id,
        name,
        sinceMs,
        path: state,
      }))),
  };
}

const ALL: readonly Part[] = ["peers", "native", "watchdog"];
