/**
 * Refreshes the device list of a tailnet: asks the control plane, filters, and decides which
 * devices are online. What it learns is kept in the tailnet's record.
 *
 * @module
 */

import type { Device, DeviceList } from "../control/device.ts";
import type { DeviceSource } from "../control/plane.ts";
import { ApiError } from "../errors.ts";
import { createDeviceKey } from "../facts/device_key.ts";
import type { DeviceListing, KnownDevice } from "../facts/tailnet_facts.ts";
import type { TailnetRecord } from "../facts/tailnet_record.ts";
import { isInShard, type Shard } from "../shard.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import type { Clock } from "../time/clock.ts";
import { isSameDevice } from "./_same_device.ts";
import type { DeviceFilter } from "./filter.ts";

/** A device is online if it was seen so recently, where the API tells nothing better. */
const ONLINE_WITHIN_SECONDS = 300;

/** What an {@linkcode Inventory} needs. */
export interface InventoryOptions extends Pick<Clock, "elapsed" | "now"> {
  /** Where the list comes from. */
  readonly api: DeviceSource;
  /** Which devices are kept. */
  readonly filter: DeviceFilter;
  /** Gets each list, and each failure of the API. */
  readonly record: TailnetRecord;
  /**
   * Called with each list: all devices, and those that pass the filter. The refresh waits for it.
   */
  readonly onList?: (
    listed: readonly Device[],
    passed: readonly KnownDevice[],
  ) => void | Promise<void>;
  /** The part of the fleet that this process handles. Default: all of it. */
  readonly shard?: Shard | undefined;
  /** How work on a long list is cut into slices. */
  readonly slices?: TimeSliceOptions;
}

/** Keeps the device list of a tailnet up to date. */
export class Inventory {
  readonly #options: InventoryOptions;
  readonly #keyOf: (deviceId: string) => string;
  #known: ReadonlyMap<string, KnownDevice> = new Map();

  /** An inventory that has not asked yet. */
  constructor(options: InventoryOptions) {
    this.#options = options;
    this.#keyOf = createDeviceKey(options.record.tailnet);
  }

  /**
   * Asks the API once. A failure leaves the list as it is.
   *
   * @returns The list, which the record has by then.
   * @throws {ApiError} If the API fails; the record knows it.
   * @throws What else the API throws: an abort, or a defect.
   */
  async refresh(signal?: AbortSignal): Promise<DeviceListing> {
    const { api, filter, record, shard, now, elapsed, slices } = this.#options;
    let list: DeviceList;
    try {
      list = await api.listDevices(signal);
    } catch (error) {
      if (error instanceof ApiError) record.failed(error);
      throw error;
    }
    const atMs = now();
    const elapsedMs = elapsed();
    // The online rule looks at the whole list, so it comes before the filter.
    const isOnline = onlineRule(list.devices, atMs / 1000);
    const slice = new TimeSlice(slices);
    const byId = new Map<string, KnownDevice>();
    const all: KnownDevice[] = [];
    const devices: KnownDevice[] = shard === undefined ? all : [];
    for (const device of list.devices) {
      if (slice.isOver) await slice.next();
      if (!filter(device)) continue;
      const known = this.#keepIdentity(device, isOnline(device));
      byId.set(device.id, known);
      all.push(known);
      if (shard !== undefined && isInShard(device.id, shard)) devices.push(known);
    }
    this.#known = byId;
    const listing: DeviceListing = { devices, all, rejected: list.rejected, atMs, elapsedMs };
    record.listed(listing);
    await this.#options.onList?.(list.devices, all);
    return listing;
  }

  /** The object that stood for the device before, if nothing about it changed. */
  #keepIdentity(device: Device, isOnline: boolean): KnownDevice {
    const before = this.#known.get(device.id);
    if (before === undefined) return { key: this.#keyOf(device.id), device, isOnline };
    if (!isSameDevice(before.device, device)) return { key: before.key, device, isOnline };
    return before.isOnline === isOnline ? before : { ...before, isOnline };
  }
}

/**
 * The rule for which devices of a list are online. An API that tells `connectedToControl` is
 * believed. One that never does either leaves `lastSeen` out for a device that is online
 * (headscale), or sends it for every device and keeps it fresh (Tailscale until 2025), told apart
 * by whether all have one.
 *
 * Units: nowSeconds is Unix time
 */
export function onlineRule(
  devices: readonly Device[],
  nowSeconds: number,
): (device: Device) => boolean {
  const isLastSeenKeptFresh = devices.every((device) =>
    device.connectedToControl === undefined && device.lastSeenSeconds !== undefined
  );
  return ({ connectedToControl, lastSeenSeconds }) =>
    connectedToControl ??
      (isLastSeenKeptFresh
        ? nowSeconds - (lastSeenSeconds ?? 0) < ONLINE_WITHIN_SECONDS
        : lastSeenSeconds === undefined);
}
