/**
 * Decoded devices as the tests of the decoder know them: the barest one, and what holds of all.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Device } from "../../src/control/device.ts";
import { ApiError } from "../../src/errors.ts";
import { decodeDevices } from "../_support/decode_devices.ts";
import { makeDevice } from "../devices/_device.ts";

/** What a device is whose API said nothing but id and name. */
export const BARE: Device = makeDevice({ name: "a", addresses: [] });

/** What the decoder promises of every device, whatever was sent. */
function assertSound(device: Device): void {
  const texts = [
    device.id,
    device.name,
    ...device.tags,
    ...device.addresses,
    ...(device.advertisedRoutes ?? []),
    ...(device.enabledRoutes ?? []),
    ...(device.connectivity?.regions ?? []).map(({ name }) => name),
  ];
  for (const text of [device.os, device.user, device.hostname, device.clientVersion]) {
    if (text !== undefined) texts.push(text);
  }
  for (const text of texts) {
    assert(text !== "" && text.length <= 1024 && text.isWellFormed(), JSON.stringify(text));
  }
  for (const routes of [device.advertisedRoutes, device.enabledRoutes, device.tags]) {
    assertEquals(new Set(routes).size, (routes ?? []).length);
  }
  for (const time of [device.lastSeenSeconds, device.createdSeconds, device.expiresSeconds]) {
    assert(time === undefined || (Number.isSafeInteger(time) && time > 0), `${time}`);
  }
  const { regions = [], latenciesMs = [] } = device.connectivity ?? {};
  assertEquals(regions.length, latenciesMs.length);
  for (const latencyMs of latenciesMs) {
    assert(latencyMs >= 0 && Number.isFinite(latencyMs));
  }
}

/** How many sound devices an answer gives; none if it fails, as an answer that is none must. */
export function countSound(text: string): number {
  try {
    const { devices, rejected } = decodeDevices(text);
    for (const device of devices) assertSound(device);
    assertEquals(new Set(devices.map(({ id }) => id)).size, devices.length);
    for (const { reason } of rejected) assert(reason.length < 200, reason);
    return devices.length;
  } catch (error) {
    assert(error instanceof ApiError && error.failure === "malformed", String(error));
    assert(error.message.length < 600);
    return 0;
  }
}
