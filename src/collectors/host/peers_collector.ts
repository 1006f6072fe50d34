/**
 * What this host's tailscaled says about itself and its peers, as samples: who is there, over which
 * path, since when. While it does not answer its last facts stay until they are stale, but paths
 * are unknown.
 *
 * @module
 */

import { BlockWriter } from "../../exposition/mod.ts";
import { Section } from "../../page/mod.ts";
import type { Logger } from "../../log/log.ts";
import type { Instant } from "../../paths/mod.ts";
import type { TimeSlice } from "../../time/slice.ts";
import {
  type LocalApi,
  LocalApiError,
  type LocalStatus,
  WEBASSEMBLY_OS,
} from "../../tailscale/local/mod.ts";
import { type SharedCauses, TroubleLog } from "../../log/trouble.ts";
import { staleAfterMs } from "../../time/timing.ts";
import type { Collector } from "../collection_loop.ts";
import { MetricDrop } from "../_metric_drop.ts";
import type { Clock } from "../../time/clock.ts";
import { renderHost } from "./_peer_host.ts";
import { PeerList } from "./_peer_list.ts";
import { PEERS_METRICS } from "../_peer_metric.ts";
import { PeerPage } from "./_peer_page.ts";
import { RegionNames } from "./_peer_region.ts";
import { reportFailure, reportLeftOut, reportStatus } from "./_peer_trouble.ts";
import { DeviceShape, type SampleWriter } from "../_device_shape.ts";
import type { HostLook, StatusPoll } from "./_status_poll.ts";

/** The key of the block about the host itself; it stands on the first page of several. */
const HOST_KEY = "";

/** What a {@linkcode PeersCollector} needs. */
export interface PeersCollectorOptions extends Pick<Clock, "elapsed"> {
  /** The tailscaled that is asked for the names of its DERP regions, and for its settings. */
  readonly local: Pick<LocalApi, "derpMap" | "isEmbedded" | "isOwnNode" | "prefs" | "supports">;
  /** Asks it for everything else. */
  readonly poll: StatusPoll;
  /**
   * The API's device by the stable id of its node. Where the API is not asked, does not answer or
   * does not list the device, the number of the node is taken: it is the id that the API gives.
   */
  readonly findDevice?: ((nodeId: string) => { readonly id: string } | undefined) | undefined;
  /** What is left out. Default: nothing. */
  readonly drops?: MetricDrop;
  /** Whether it polls again and again; a single poll shows no history. Default: true. */
  readonly isRepeating?: boolean;
  /** From one look to the next, in milliseconds. */
  readonly intervalMs: number;
  /** Is told of troubles, once each. */
  readonly log: Logger;
  /** Causes of trouble that other parts which ask this tailscaled log as well. Default: none. */
  readonly causes?: SharedCauses | undefined;
  /** Is told after each look what tailscaled said; undefined if it said nothing. */
  readonly onStatus?: (status: LocalStatus | undefined) => void;
  /** Tells when to give the event loop a turn. */
  readonly slice: TimeSlice;
}

/** Asks tailscaled once a cycle and keeps one block for each peer. */
export class PeersCollector implements Collector {
  /** The target that its errors are counted under. */
  readonly name = "peers";
  /** The samples: one block for the host, one for each peer, and some for what moves with time. */
  readonly section: Section = new Section(PEERS_METRICS);
  readonly #options: PeersCollectorOptions;
  readonly #drops: MetricDrop;
  readonly #trouble: TroubleLog;
  readonly #list: PeerList;
  readonly #page: PeerPage;
  readonly #regions: RegionNames;
  readonly #writer: SampleWriter;
  /** The system of this host. */
  #os: string | undefined;
  /** What tailscaled said at the last look. */
  #status: LocalStatus | undefined;
  /** What it last said, and what it last said while it was up, until they are stale. */
  #told: { readonly status: LocalStatus; readonly atMs: number } | undefined;
  #listed: { readonly status: LocalStatus; readonly at: Instant } | undefined;
  #leftOutCount = 0;
  /** Id of an exit node that the settings name and the tailnet does not have. */
  #lostExitNodeId: string | undefined;
  #asksPrefs: boolean;
  /** What went wrong in showing the last look. */
  #defect: { readonly error: unknown } | undefined;

  /**
   * A collector whose section is empty until the first cycle.
   *
   * @param options The tailscaled, the clocks, and who is told.
   */
  constructor(options: PeersCollectorOptions) {
    const { elapsed, log, local, slice, drops = new MetricDrop() } = options;
    this.#options = options;
    this.#drops = drops;
    this.#trouble = new TroubleLog(log, options.causes);
    this.#asksPrefs = local.supports("prefs");
    this.#os = local.isEmbedded ? WEBASSEMBLY_OS : undefined;
    this.#list = new PeerList({ slice, findDevice: options.findDevice });
    const { section } = this;
    this.#page = new PeerPage({ section, drops, slice, isRepeating: options.isRepeating ?? true });
    this.#regions = new RegionNames({ local, elapsed, trouble: this.#trouble });
    const writer = new BlockWriter(section.families, { reusesBlocks: true });
    this.#writer = new DeviceShape({ drops }).filter(writer, PEERS_METRICS);
    options.poll.subscribe((look) => this.#showLook(look));
  }

  /** What tailscaled said at the last look; undefined if it said nothing. */
  status(): LocalStatus | undefined {
    return this.#status;
  }

  /**
   * One cycle: has the poll look, which shows what it found, and tells of it.
   */
  async collect(signal: AbortSignal): Promise<void> {
    const look = await this.#options.poll.look(signal);
    const { isOwnNode } = this.#options.local;
    if (look.status !== undefined) reportStatus(this.#trouble, look.status, isOwnNode);
    const isDefect = look.status === undefined && !reportFailure(this.#trouble, look.error);
    if (this.#defect !== undefined) throw this.#defect.error;
    if (look.peers !== undefined) {
      reportLeftOut(this.#trouble, look.leftOutCount, this.#options.poll.maxPeers);
    }
    this.#lostExitNodeId = await this.#findLostExitNode(look.status, signal);
    this.#options.onStatus?.(this.#status);
    this.#showHost();
    if (isDefect) throw look.error;
    const region = this.#status?.self?.relay;
    if (region !== undefined && await this.#regions.refresh(region, signal)) this.#showHost();
  }

  /**
   * Shows a look, or what is left of the look before. Called for each look of the poll, also those
   * of watchdog and keepalive: otherwise their samples would tell of a newer path than these.
   */
  async #showLook(look: HostLook): Promise<void> {
    this.#defect = undefined;
    try {
      this.#status = look.status;
      await this.#take(look);
      if (look.status?.exitNode !== undefined) this.#lostExitNodeId = undefined;
      await this.#page.show(this.#list.shown, look.at.nowMs);
      // Last, so that all peers are shown by the time that their number and the time of the look
      // are.
      this.#showHost();
    } catch (error) {
      // The next cycle fails by it; the other parts that look go on.
      this.#defect = { error };
    }
  }

  async #take({ at, leftOutCount, peers, status }: HostLook): Promise<void> {
    // A host that is logged out does not say, and has not changed.
    this.#os = status?.self?.os ?? this.#os;
    if (status !== undefined) this.#told = { status, atMs: at.elapsedMs };
    if (status !== undefined && peers !== undefined) {
      this.#listed = { status, at };
      this.#leftOutCount = leftOutCount;
      await this.#list.take(peers, status);
      return;
    }
    this.#list.lose();
    if (status?.backendState === "Running") return;
    const maxAgeMs = staleAfterMs(this.#options.intervalMs);
    const isStale = (sinceMs: number) => at.elapsedMs - sinceMs >= maxAgeMs;
    if (this.#told !== undefined && isStale(this.#told.atMs)) this.#told = undefined;
    if (this.#listed !== undefined && isStale(this.#listed.at.elapsedMs)) {
      this.#listed = undefined;
      this.#leftOutCount = 0;
      this.#list.clear();
    }
  }

  /**
   * The exit node of the settings that a status does not have: deleted from the tailnet while in
   * use, so that no packet leaves this host, and the status alone reads as if none were used.
   */
  async #findLostExitNode(
    status: LocalStatus | undefined,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const isNone = status?.backendState === "Running" && status.exitNode === undefined;
    if (!isNone || !this.#asksPrefs) return undefined;
    try {
      return (await this.#options.local.prefs(signal)).exitNodeId;
    } catch (error) {
      if (signal.aborted) throw signal.reason;
      if (!(error instanceof LocalApiError)) throw error;
      // Something before the LocalAPI does not let this call through, and never will.
      if (error.failure === "forbidden" || error.failure === "not_found") this.#asksPrefs = false;
      return undefined;
    }
  }

  #showHost(): void {
    const { findDevice } = this.#options;
    const told = this.#told?.status;
    const self = told?.self;
    const facts = {
      isUp: this.#status?.backendState === "Running",
      isCurrent: this.#status !== undefined,
      backendState: this.#status?.backendState,
      told,
      list: this.#listed?.status,
      listMs: this.#listed?.at.nowMs ?? 0,
      leftOutCount: this.#leftOutCount,
      lostExitNodeId: this.#lostExitNodeId,
      os: this.#os,
      isEmbedded: this.#options.local.isEmbedded,
      deviceId: self && (findDevice?.(self.id)?.id ?? self.nodeId),
      region: self?.relay === undefined ? undefined : this.#regions.get(self.relay),
    };
    this.section.set(HOST_KEY, renderHost(this.#writer, facts, this.#drops));
  }
}
