/**
 * What is known about the fleet: the last good device list, filtered, each device online or not,
 * kept through failed calls until it is stale. Rendering and scraping are elsewhere.
 *
 * @module
 */

import type { Device, DeviceList, RejectedDevice } from "../control/device.ts";
import type { DeviceSource } from "../control/plane.ts";
import { ApiError } from "../errors.ts";
import { isInShard, type Shard } from "../shard.ts";
import { TimeSlice, type TimeSliceOptions } from "../slice.ts";
import { isSameDevice } from "./_same.ts";
import type { DeviceFilter } from "./filter.ts";

/** A device is online if it was seen so recently, where the API tells nothing better. */
const ONLINE_WITHIN_SECONDS = 300;

/** A device and whether it is online. */
export type KnownDevice = {
  /** As the API describes it; the same object for as long as the API says the same. */
  readonly device: Device;
  /** Whether it is connected to the control server. */
  readonly isOnline: boolean;
};

/** What one good call told. */
export interface Facts {
  /** The devices that pass the filter and are in our shard, in the API's order. */
  readonly devices: readonly KnownDevice[];
  /** The devices that pass the filter, whichever shard they are in, in the API's order. */
  readonly all: readonly KnownDevice[];
  /** Entries of the list that could not be read. */
  readonly rejected: readonly RejectedDevice[];
  /** When the answer was there, in milliseconds since 1970. */
  readonly atMs: number;
}

/** How a refresh ended: with facts, or with the API's failure and the old facts still there. */
export type Refresh =
  | { readonly ok: true; readonly facts: Facts }
  | { readonly ok: false; readonly error: ApiError };

/** What an {@linkcode Inventory} needs. */
export interface InventoryOptions {
  /** Where the list comes from. */
  readonly api: DeviceSource;
  /** Which devices are looked at. */
  readonly filter: DeviceFilter;
  /**
   * Is told each list: all devices of it, and those that pass the filter. The refresh ends when it
   * is done.
   */
  readonly onList?: (
    listed: readonly Device[],
    passed: readonly KnownDevice[],
  ) => void | Promise<void>;
  /** The part of the fleet that is ours; all of it unless told. */
  readonly shard?: Shard | undefined;
  /** For how many milliseconds facts outlive the call that brought them. */
  readonly staleAfterMs: number;
  /** The clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** A clock that nobody sets, in milliseconds, for how old facts are; `now` unless told. */
  readonly elapsed?: () => number;
  /** How work on a long list is cut into slices. */
  readonly slices?: TimeSliceOptions;
}

/** The fleet as last known. */
export class Inventory {
  readonly #options: InventoryOptions;
  #facts: Facts | undefined;
  #factsElapsedMs = 0;
  #known: ReadonlyMap<string, KnownDevice> = new Map();

  /**
   * An inventory that knows nothing yet.
   *
   * @param options Where facts come from and for how long they hold.
   */
  constructor(options: InventoryOptions) {
    this.#options = options;
  }

  /**
   * Asks the API once. A failure leaves the facts as they are.
   *
   * @throws Whatever the API throws that is no {@linkcode ApiError}: an abort, or a defect.
   */
  async refresh(signal?: AbortSignal): Promise<Refresh> {
    const { api, filter, shard, now, slices } = this.#options;
    let list: DeviceList;
    try {
      list = await api.listDevices(signal);
    } catch (error) {
      if (error instanceof ApiError) return { ok: false, error };
      throw error;
    }
    const atMs = now();
    const answeredMs = this.#elapsed();
    // The online rule looks at the whole list, so it comes before the filter.
    const isOnline = onlineRule(list.devices, atMs / 1000);
    const slice = new TimeSlice(slices);
    const byId = new Map<string, KnownDevice>();
    const all: KnownDevice[] = [];
    const devices: KnownDevice[] = shard === undefined ? all : [];
    for (const device of list.devices) {
      if (slice.isOver) await slice.next();
      if (!filter(device)) continue;
      const known = this.#keepIdentity({ device, isOnline: isOnline(device) });
      byId.set(device.id, known);
      all.push(known);
      if (shard !== undefined && isInShard(device.id, shard)) devices.push(known);
    }
    this.#known = byId;
    const facts: Facts = { devices, all, rejected: list.rejected, atMs };
    this.#facts = facts;
    this.#factsElapsedMs = answeredMs;
    await this.#options.onList?.(list.devices, all);
    return { ok: true, facts };
  }

  /**
   * The facts of the last good call.
   *
   * @returns undefined if there was none, or if it is too long ago.
   */
  facts(): Facts | undefined {
    if (this.#elapsed() - this.#factsElapsedMs > this.#options.staleAfterMs) return undefined;
    return this.#facts;
  }

  #elapsed(): number {
    const { now, elapsed = now } = this.#options;
    return elapsed();
  }

  /** The object that stood for the device before, if nothing about it changed. */
  #keepIdentity(fresh: KnownDevice): KnownDevice {
    const before = this.#known.get(fresh.device.id);
    if (before === undefined || !isSameDevice(before.device, fresh.device)) return fresh;
    return before.isOnline === fresh.isOnline ? before : { ...fresh, device: before.device };
  }
}

/**
 * Whether each device is online. An API that tells `connectedToControl` is believed. One that never
 * does either leaves `lastSeen` out for a device that is online (headscale), or sends it for every
 * device and keeps it fresh (Tailscale until 2025), told apart by whether all have one.
 *
 * Shape: Device[] (0..n) → as many, in the same order
 * Units: nowSeconds is Unix time
 */
export function decideOnline(
  devices: readonly Device[],
  nowSeconds: number,
): readonly KnownDevice[] {
  const isOnline = onlineRule(devices, nowSeconds);
  return devices.map((device) => ({ device, isOnline: isOnline(device) }));
}

function onlineRule(devices: readonly Device[], nowSeconds: number): (device: Device) => boolean {
  const isLastSeenKeptFresh = devices.every((device) =>
    device.connectedToControl === undefined && device.lastSeenSeconds !== undefined
  );
  return ({ connectedToControl, lastSeenSeconds }) =>
    connectedToControl ??
      (isLastSeenKeptFresh
        ? nowSeconds - (lastSeenSeconds ?? 0) < ONLINE_WITHIN_SECONDS
        : lastSeenSeconds === undefined);
}
