/**
 * Devices for the tests of the fleet and of the collectors.
 *
 * @module
 */

import type { Device } from "../../src/control/device.ts";
import type { Target } from "../../src/devices/target.ts";

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
    device,
    address: "127.0.0.1",
    addresses: ["127.0.0.1"],
    port,
    url: `http://127.0.0.1:${port}/metrics`,
  };
}
