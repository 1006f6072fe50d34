/**
 * Decoded devices as the tests of the decoder know them: the barest one, and what holds of all.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import type { Device } from "../../src/tailscale/device.ts";

/** What a device is whose API said nothing but id and name. */
export const BARE: Device = {
  id: "1",
  nodeId: undefined,
  name: "a",
  hostname: undefined,
  addresses: [],
  user: undefined,
  tags: [],
  os: undefined,
  clientVersion: undefined,
  connectedToControl: undefined,
  lastSeenSeconds: undefined,
  createdSeconds: undefined,
  expiresSeconds: undefined,
  keyExpiryDisabled: undefined,
  authorized: undefined,
  isExternal: undefined,
  isEphemeral: undefined,
  updateAvailable: undefined,
  blocksIncomingConnections: undefined,
  multipleConnections: undefined,
  tailnetLockError: undefined,
  advertisedRoutes: undefined,
  enabledRoutes: undefined,
  connectivity: undefined,
  serialNumberCount: undefined,
};

/** What the decoder promises of every device, whatever was sent. */
export function assertSound(device: Device): void {
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
