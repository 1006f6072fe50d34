/**
 * What the control plane says about each device, as samples. One call for the whole fleet; a
 * device's block is made again only if something about the device changed; what the API did not
 * say has no sample.
 *
 * @module
 */

import { type ApiError, describeError } from "../errors.ts";
import { type Block, BlockWriter, escapeLabelValue } from "../exposition/mod.ts";
import { Section } from "../page/mod.ts";
import type { Inventory, Refresh } from "../devices/inventory.ts";
import type { DeviceListing, KnownDevice } from "../facts/tailnet_facts.ts";
import type { TailnetRecord } from "../facts/tailnet_record.ts";
import type { Logger } from "../log.ts";
import type { Delay } from "../time/delay.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import { isSettledWithin } from "../time/timeout.ts";
import type { ClientConnectivity, Device } from "../control/device.ts";
import { TroubleLog } from "../trouble.ts";
import type { Collector } from "./collector.ts";
import { DEVICE_DEFINITIONS, DEVICE_METRIC_INDEX as M, DEVICE_METRICS } from "./_device_metric.ts";
import { DeviceShape, type SampleWriter } from "./_shape.ts";

/** The key of the block about all devices; no device has it. */
const COUNT_KEY = "";

/** The routes of an exit node. */
const DEFAULT_ROUTES: ReadonlySet<string> = new Set(["0.0.0.0/0", "::/0"]);

const DEFAULT_SHAPE = new DeviceShape();

/** Who is told how a call of the API ended. */
export interface DeviceObserver {
  /** The API answered with a usable list; it counts as refreshed when this is done. */
  apiAnswered(listing: DeviceListing): void | Promise<void>;
  /** The API gave no usable answer. */
  apiFailed(error: ApiError): void;
}

/** Decides in which cycles the API is asked; a `CircuitBreaker` is one. */
export interface Circuit {
  /** Whether the API may be called now; who is told so reports the end. */
  mayCall(): boolean;
  /** The call gave a usable answer. */
  succeeded(): void;
  /** The call failed; the server may have asked for a wait, in milliseconds. */
  failed(retryAfterMs?: number): void;
}

/** What a {@linkcode DeviceCollector} needs. */
export interface DeviceCollectorOptions {
  /** Refreshes the device list. */
  readonly inventory: Pick<Inventory, "refresh">;
  /** Has the device list. */
  readonly record: Pick<TailnetRecord, "listing">;
  /** The API in a sentence. Default: "Tailscale API". */
  readonly apiName?: string;
  /** Is told of each call's end. */
  readonly observer: DeviceObserver;
  /** The circuit breaker of the API. Default: none, so that each cycle calls it. */
  readonly circuit?: Circuit;
  /** Is told of troubles, once each. */
  readonly log: Logger;
  /** Where the samples are shown. Default: a section of its own. */
  readonly section?: Section;
  /** Whether the number of devices is shown too. Default: true. */
  readonly showsCount?: boolean;
  /** Number of devices of the other tailnets in the same section. Default: 0. */
  readonly countOthers?: () => number;
  /**
   * What is shown of a device, and with which labels. Default: everything, with id and name.
   */
  readonly shape?: DeviceShape;
  /**
   * For how long a cycle waits for the API while it has facts, so that an API that hangs does not
   * hold up what comes after; the call goes on beyond that. Default: no bound.
   */
  readonly patience?: {
    /** In milliseconds. */
    readonly ms: number;
    /** Waits. */
    readonly delay: Delay;
  };
  /** How a credential that is refused is logged: it does not mend itself. Default: "error". */
  readonly credentialLevel?: "warning" | "error";
  /** How the rendering of many devices is cut into slices. */
  readonly slices?: TimeSliceOptions;
}

/** Asks the API once a cycle and keeps one block for each device. */
export class DeviceCollector implements Collector {
  /** The target that its errors are counted under. */
  readonly name = "api";
  /** The samples: one block for each device under its key, and one for the number of devices. */
  readonly section: Section;
  readonly #options: DeviceCollectorOptions;
  readonly #trouble: TroubleLog;
  readonly #shape: DeviceShape;
  readonly #writer: SampleWriter;
  readonly #shown = new Map<string, KnownDevice>();
  #shownCount: number | undefined;
  /** The list that is shown, or will be once `#showing` is done; null before the first. */
  #target: DeviceListing | undefined | null = null;
  #showing: Promise<void> = Promise.resolve();
  /** The call that is under way; it may outlive the cycle that made it. */
  #call: Promise<void> | undefined;
  #isWaiting = false;

  /**
   * A collector whose section is empty until the first cycle.
   *
   * @param options The fleet, and who is told.
   */
  constructor(options: DeviceCollectorOptions) {
    this.#options = options;
    this.section = options.section ?? new Section(DEVICE_METRICS);
    this.#trouble = new TroubleLog(options.log);
    this.#shape = options.shape ?? new DeviceShape();
    this.#writer = this.#shape.filter(
      new BlockWriter(this.section.families, { reusesBlocks: true }),
      DEVICE_METRICS,
    );
  }

  /**
   * One cycle: asks the API if it is to be asked, then shows the facts there are, old ones until
   * they are stale.
   */
  async collect(signal: AbortSignal): Promise<void> {
    if (this.#call === undefined && this.#options.circuit?.mayCall() !== false) {
      this.#call = this.#refresh(signal).finally(() => this.#call = undefined);
      this.#tellLate(this.#call, signal);
    }
    try {
      this.#isWaiting = true;
      if (this.#call !== undefined) await this.#waitFor(this.#call);
    } finally {
      this.#isWaiting = false;
      await this.#show(this.#options.record.listing);
    }
  }

  async #refresh(signal: AbortSignal): Promise<void> {
    const { inventory, observer, circuit, credentialLevel = "error" } = this.#options;
    let refresh: Refresh;
    try {
      refresh = await inventory.refresh(signal);
    } catch (error) {
      // A defect, or the end of the program: without this a probe would stay under way for ever.
      circuit?.failed();
      throw error;
    }
    if (refresh.ok) {
      circuit?.succeeded();
      await observer.apiAnswered(refresh.listing);
      const { apiName = "Tailscale API" } = this.#options;
      this.#trouble.over("api", `The ${apiName} answers again`);
      this.#reportRejected(refresh.listing);
      await this.#show(refresh.listing);
    } else {
      circuit?.failed(refresh.error.retryAfterMs);
      observer.apiFailed(refresh.error);
      this.#trouble.report("api", "Cannot refresh the device list: {reason}", {
        reason: refresh.error.message,
        failure: refresh.error.failure,
      }, refresh.error.failure === "unauthorized" ? credentialLevel : "warning");
    }
  }

  async #waitFor(call: Promise<void>): Promise<void> {
    const { patience, record } = this.#options;
    if (patience === undefined || record.listing === undefined) return await call;
    await isSettledWithin(patience.ms, call, patience);
  }

  /** Reports the defect of a call that no cycle waits for any more. */
  #tellLate(call: Promise<void>, signal: AbortSignal): void {
    call.catch((error) => {
      // While a cycle waits it throws this itself.
      if (this.#isWaiting || signal.aborted) return;
      this.#trouble.report("api", "Cannot refresh the device list: {reason}", {
        reason: describeError(error),
      });
    });
  }

  /** Shows a list, after the one that is being shown. */
  async #show(listing: DeviceListing | undefined): Promise<void> {
    if (this.#target !== listing) {
      this.#target = listing;
      // A failure was told by the one who waited for it.
      this.#showing = this.#showing.catch(() => {}).then(() => this.#render(listing));
    }
    try {
      await this.#showing;
    } catch (error) {
      this.#target = null;
      throw error;
    }
  }

  /** Brings the section up to date in slices: rendering 10,000 devices takes 0.15 s. */
  async #render(listing: DeviceListing | undefined): Promise<void> {
    const slice = new TimeSlice(this.#options.slices);
    const keys = new Set<string>();
    for (const known of listing?.devices ?? []) {
      if (slice.isOver) await slice.next();
      const { key } = known;
      keys.add(key);
      // The inventory keeps the object of a device of which nothing changed.
      if (this.#shown.get(key) === known) continue;
      this.section.set(key, renderDevice(this.#writer, known, this.#shape));
      this.#shown.set(key, known);
    }
    for (const key of this.#shown.keys()) {
      if (slice.isOver) await slice.next();
      if (keys.has(key)) continue;
      this.section.delete(key);
      this.#shown.delete(key);
    }
    this.#showCount(listing?.all.length);
  }

  #showCount(ownCount: number | undefined): void {
    const { countOthers = () => 0, showsCount = true } = this.#options;
    if (!showsCount) return;
    const others = countOthers();
    const count = ownCount === undefined && others === 0 ? undefined : (ownCount ?? 0) + others;
    if (this.#shownCount === count && this.section.has(COUNT_KEY)) return;
    if (count === undefined) this.section.delete(COUNT_KEY);
    else this.section.set(COUNT_KEY, renderCount(this.#writer, count));
    this.#shownCount = count;
  }

  #reportRejected({ rejected }: DeviceListing): void {
    const first = rejected[0];
    if (first === undefined) {
      this.#trouble.over("rejected", "All entries of the device list can be read again");
      return;
    }
    this.#trouble.report(
      "rejected",
      "Cannot read {entries:entry|entries} of the device list: {reason}",
      {
        entries: rejected.length,
        reason: first.reason,
      },
    );
  }
}

/** The number of devices as a block. */
function renderCount(writer: SampleWriter, count: number): Block {
  writer.begin("");
  writer.sample(M.count, count);
  return writer.finish();
}

/**
 * All that the API says about a device as a block.
 *
 * Shape: KnownDevice → 2 to about 60 samples, in the order of {@linkcode DEVICE_METRICS}
 *
 * @param writer Over a table that begins with {@linkcode DEVICE_METRICS}.
 */
export function renderDevice(
  writer: SampleWriter,
  known: Omit<KnownDevice, "key">,
  shape: DeviceShape = DEFAULT_SHAPE,
): Block {
  const { device, isOnline } = known;
  writer.begin(shape.ownLabelsOf(device).text);
  writer.sample(M.info, 1, shape.infoTextOf(device, isOnline));
  flag(writer, M.online, isOnline);
  flag(writer, M.authorized, device.authorized);
  number(writer, M.lastSeen, device.lastSeenSeconds);
  if (device.user !== undefined) writer.sample(M.user, 1, shape.userTextOf(device.user));
  // The API keeps sending the old date after expiry has been switched off.
  if (device.keyExpiryDisabled !== true) number(writer, M.keyExpiry, device.expiresSeconds);
  flag(writer, M.updateAvailable, device.updateAvailable);
  number(writer, M.created, device.createdSeconds);
  flag(writer, M.external, device.isExternal);
  flag(writer, M.blocksIncoming, device.blocksIncomingConnections);
  flag(writer, M.ephemeral, device.isEphemeral);
  flag(writer, M.multipleConnections, device.multipleConnections);
  if (device.tailnetLockError !== undefined) {
    flag(writer, M.lockError, device.tailnetLockError !== "");
  }
  renderRoutes(writer, device);
  if (device.connectivity !== undefined) renderConnectivity(writer, device.connectivity, shape);
  number(writer, M.serialNumbers, device.serialNumberCount);
  return writer.finish();
}

function renderRoutes(
  writer: SampleWriter,
  { advertisedRoutes: advertised, enabledRoutes: enabled, primaryRoutes }: Device,
): void {
  const offered = new Set(advertised);
  const approved = new Set(enabled);
  for (const route of offered) writer.sample(M.routesAdvertised, 1, label("route", route));
  for (const route of approved) writer.sample(M.routesEnabled, 1, label("route", route));
  for (const route of primaryRoutes ?? []) writer.sample(M.routesPrimary, 1, label("route", route));
  if (enabled !== undefined) flag(writer, M.exitNode, hasDefaultRoute(approved));
  if (advertised === undefined) return;
  flag(writer, M.exitNodeOption, hasDefaultRoute(offered));
  flag(writer, M.subnetRouter, advertised.some((route) => !DEFAULT_ROUTES.has(route)));
}

function renderConnectivity(
  writer: SampleWriter,
  connectivity: ClientConnectivity,
  shape: DeviceShape,
): void {
  const hasPreferred = !shape.drops.dropsLabel(DEVICE_DEFINITIONS.latency.name, "preferred");
  const seen = new Set<string>();
  for (const [at, { name, isPreferred }] of connectivity.regions.entries()) {
    const latencyMs = connectivity.latenciesMs[at];
    if (latencyMs === undefined || seen.has(name)) continue;
    seen.add(name);
    const derpRegion = label("derp_region", name);
    const labels = hasPreferred ? `${derpRegion},preferred="${isPreferred}"` : derpRegion;
    writer.sample(M.latency, latencyMs, labels);
  }
  number(writer, M.endpoints, connectivity.endpointCount);
  for (const [feature, isSupported] of connectivity.supports) {
    writer.sample(M.supports, isSupported ? 1 : 0, label("feature", feature));
  }
}

function hasDefaultRoute(routes: ReadonlySet<string>): boolean {
  for (const route of DEFAULT_ROUTES) if (routes.has(route)) return true;
  return false;
}

function flag(writer: SampleWriter, index: number, value: boolean | undefined): void {
  if (value !== undefined) writer.sample(index, value ? 1 : 0);
}

function number(writer: SampleWriter, index: number, value: number | undefined): void {
  if (value !== undefined) writer.sample(index, value);
}

function label(name: string, value: string): string {
  return `${name}="${escapeLabelValue(value)}"`;
}
