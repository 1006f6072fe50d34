/**
 * What is known about one tailnet at one moment: an immutable snapshot that every reader may keep.
 *
 * @module
 */

import type { ApiError } from "../errors.ts";
import type { Device, RejectedDevice } from "../control/device.ts";
import { type DeviceScrape, type LeftOut, PENDING } from "./device_scrape.ts";

/**
 * A device and whether it is online. The same object for as long as the control plane says the
 * same, so that readers can compare by identity.
 */
export interface KnownDevice {
  /** Tailnet and device id, see `createDeviceKey()`. */
  readonly key: string;
  /** The device as the control plane describes it. */
  readonly device: Device;
  /** Whether it is connected to the control plane. */
  readonly isOnline: boolean;
}

/** A device list as the control plane sent it, filtered. */
export interface DeviceListing {
  /** Devices that pass the filter and belong to our shard, in the control plane's order. */
  readonly devices: readonly KnownDevice[];
  /** Devices that pass the filter, of all shards, in the same order. */
  readonly all: readonly KnownDevice[];
  /** Entries of the list that could not be decoded. */
  readonly rejected: readonly RejectedDevice[];
  /** When the list arrived, in milliseconds since 1970. */
  readonly atMs: number;
  /** The same by the monotonic clock, for its age. */
  readonly elapsedMs: number;
}

/**
 * Whether the control plane's API answers.
 *
 * Units: `…Ms` are milliseconds since 1970.
 */
export interface ApiFacts {
  /** Whether the last call gave a usable answer; undefined before the first call ended. */
  readonly answers: boolean | undefined;
  /** When `answers` took its present value. */
  readonly sinceMs: number | undefined;
  /** When the last call ended. */
  readonly atMs: number | undefined;
  /** When the last device list arrived. */
  readonly lastListMs: number | undefined;
  /** Why the last call failed; undefined if it did not. */
  readonly error: ApiError | undefined;
}

/** A snapshot of a tailnet. */
export interface TailnetFacts {
  /** The tailnet's key, unique in the process. */
  readonly tailnet: string;
  /** When the snapshot was made, in milliseconds since 1970. */
  readonly atMs: number;
  /** Whether the API answers. */
  readonly api: ApiFacts;
  /** The last device list, however old; undefined before the first. */
  readonly listing: DeviceListing | undefined;
  /** Whether the list is recent enough to be shown. */
  readonly isFresh: boolean;
  /** The state of the metrics of each device of our shard, by the device's key. */
  readonly scrapes: ReadonlyMap<string, DeviceScrape>;
}

/** The state of a device's metrics; pending if the snapshot has none. */
export function scrapeOf({ scrapes }: TailnetFacts, key: string): DeviceScrape {
  return scrapes.get(key) ?? PENDING;
}

/** All that is known of one device. */
export interface DeviceFacts extends KnownDevice {
  /** The state of its metrics. */
  readonly scrape: DeviceScrape;
  /** Its samples that are not on our page; empty for nearly every device. */
  readonly leftOut: readonly LeftOut[];
}

/**
 * The devices of our shard in the control plane's order, each joined when it is come to; none
 * without a recent list.
 *
 * @param leftOutOf What is left out of a device's metrics, by the device's key.
 */
export function* devicesOf(
  facts: TailnetFacts,
  leftOutOf: (key: string) => readonly LeftOut[],
): Generator<DeviceFacts> {
  if (!facts.isFresh) return;
  for (const known of facts.listing?.devices ?? []) {
    yield { ...known, scrape: scrapeOf(facts, known.key), leftOut: leftOutOf(known.key) };
  }
}
