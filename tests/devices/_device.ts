/**
 * Devices for the tests of the fleet and of the collectors.
 *
 * @module
 */

import type { Device, DeviceList } from "../../src/control/device.ts";
import { Inventory, type InventoryOptions } from "../../src/devices/inventory.ts";
import type { Target } from "../../src/devices/target.ts";
import { createDeviceKey } from "../../src/facts/device_key.ts";
import type { DeviceListing, KnownDevice } from "../../src/facts/tailnet_facts.ts";
import { TailnetRecord, type TailnetRecordOptions } from "../../src/facts/tailnet_record.ts";

/** A device of which the API says the least it can, and what the test says besides. */
export function makeDevice(fields: Partial<Device> = {}): Device {
  return {
    id: "1",
    nodeId: undefined,
    nodeKey: undefined,
    name: "node-a.tail0001.ts.net",
    hostname: undefined,
    addresses: ["100.64.0.7", "fd7a:115c:a1e0::7"],
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
    primaryRoutes: undefined,
    connectivity: undefined,
    serialNumberCount: undefined,
    ...fields,
  };
}

/** A device of which the API says everything. */
export function makeFullDevice(fields: Partial<Device> = {}): Device {
  return makeDevice({
    id: "92960230385",
    nodeId: "n292kg92CNTRL",
    nodeKey: "nodekey:01ab",
    name: "gateway-1.tail0001.ts.net",
    hostname: "gateway",
    user: "amelie@example.com",
    tags: ["tag:exporter", "tag:gateway"],
    os: "linux",
    clientVersion: "1.102.3-t1234567890-g0123456789",
    connectedToControl: true,
    lastSeenSeconds: 1_769_900_000,
    createdSeconds: 1_669_872_210,
    expiresSeconds: 1_785_000_000,
    keyExpiryDisabled: false,
    authorized: true,
    isExternal: false,
    isEphemeral: false,
    updateAvailable: true,
    blocksIncomingConnections: false,
    multipleConnections: true,
    tailnetLockError: "",
    advertisedRoutes: ["10.0.0.0/16", "0.0.0.0/0", "::/0"],
    enabledRoutes: ["10.0.0.0/16"],
    primaryRoutes: ["10.0.0.0/16"],
    connectivity: {
      endpointCount: 2,
      mappingVariesByDestIp: false,
      regions: [
        { name: "Frankfurt", isPreferred: true },
        { name: "New York City", isPreferred: false },
      ],
      latenciesMs: [12.5, 98.031],
      supports: new Map([["ipv6", true], ["udp", true], ["pcp", false]]),
    },
    serialNumberCount: 1,
    ...fields,
  });
}

/** A target at the loopback interface, for a server of the test's own. */
export function makeTarget(port: number, device: Device = makeDevice()): Target {
  return {
    key: keyOf(device.id),
    device,
    address: "127.0.0.1",
    addresses: ["127.0.0.1"],
    port,
    url: `http://127.0.0.1:${port}/metrics`,
  };
}

const keyOf = createDeviceKey("t");

/** A device as a record knows it, of the tailnet of {@linkcode makeRecord}. */
export function makeKnown(device: Device, isOnline: boolean = true): KnownDevice {
  return { key: keyOf(device.id), device, isOnline };
}

/** A device list; both of its lists have the same devices. */
export function makeListing(
  devices: readonly KnownDevice[] = [],
  fields: Partial<DeviceListing> = {},
): DeviceListing {
  return { devices, all: devices, rejected: [], atMs: 0, elapsedMs: 0, ...fields };
}

/** A record, and what refreshes it. */
export function makeInventory(
  listDevices: () => Promise<DeviceList>,
  options: Pick<InventoryOptions, "now"> & Partial<InventoryOptions>,
) {
  const { elapsed = options.now } = options;
  const record = makeRecord({ ...options, elapsed });
  const parts = { api: { listDevices }, filter: () => true, record };
  return { record, inventory: new Inventory({ ...parts, ...options, elapsed }) };
}

/** A record whose list is stale after five minutes. */
export function makeRecord(clock: Pick<TailnetRecordOptions, "elapsed" | "now">): TailnetRecord {
  return new TailnetRecord({ tailnet: "t", staleAfterMs: 300_000, ...clock });
}
