/**
 * Decoding a device list of 10,000 devices, 1.5 kB each, as one poll of the API gives it.
 *
 * AMD EPYC, 2 vCPU, both busy with other programs, Deno 2.9.6; processor time, garbage collection
 * included, best and median of 12:
 *
 * |                                      | µs a device  |
 * |--------------------------------------|--------------|
 * | JSON.parse alone                     | 5, 6         |
 * | DeviceDecoder, in chunks of 64 KiB   | 17, 21 to 25 |
 * | DeviceDecoder, list as before        | 4, 4.5       |
 *
 * Conclusion: neither holds the event loop for more than 8 ms and a chunk. The decoder before this
 * one, which kept the whole list, took as long for a new list and 6 to 7 µs for a known device.
 *
 * @module
 */

import { Redactor } from "../../src/secret/redactor.ts";
import { DeviceDecoder } from "../../src/control/device_list.ts";
import { DEVICE_LIST } from "../../src/tailscale/device_decoder.ts";
import { decodeDevices } from "../_support/decode_devices.ts";

const DEVICE_COUNT = 10_000;
const REGIONS = ["Frankfurt", "London", "New York City", "Tokyo", "Sydney", "Dallas", "Paris"];

function device(index: number): Record<string, unknown> {
  const [high, low] = [index >> 8, index & 255];
  return {
    addresses: [`100.64.${high}.${low}`, `fd7a:115c:a1e0::${high.toString(16)}:${low + 1}`],
    id: `${92_960_230_385 + index * 7}`,
    nodeId: `n${index}kg92CNTRL`,
    user: `user${index % 500}@example.com`,
    name: `host-${index}.tailfe8c.ts.net`,
    hostname: `host-${index}`,
    clientVersion: "1.102.3-t6fe7ab7a3-g0123456789",
    updateAvailable: false,
    os: "linux",
    created: "2022-12-01T05:23:30Z",
    connectedToControl: index % 10 !== 0,
    ...index % 10 === 0 && { lastSeen: "2026-01-31T12:00:00Z" },
    keyExpiryDisabled: false,
    expires: "2026-11-30T04:44:05Z",
    authorized: true,
    isExternal: false,
    machineKey: `mkey:${"ab".repeat(32)}`,
    nodeKey: `nodekey:${"01".repeat(32)}`,
    blocksIncomingConnections: false,
    enabledRoutes: index % 20 === 0 ? [`10.${high}.${low}.0/24`] : [],
    advertisedRoutes: index % 20 === 0 ? [`10.${high}.${low}.0/24`] : [],
    clientConnectivity: {
      endpoints: [`199.9.${high}.${low}:41641`, `192.168.1.${low}:41641`],
      mappingVariesByDestIP: false,
      latency: Object.fromEntries(
        REGIONS.map((region, at) => [region, { latencyMs: at * 20.3 + index / 997 }]),
      ),
      clientSupports: {
        hairPinning: null,
        ipv6: false,
        pcp: false,
        pmp: false,
        udp: true,
        upnp: false,
      },
    },
    tags: ["tag:exporter", "tag:server"],
    tailnetLockError: "",
    tailnetLockKey: `tlpub:${"aa".repeat(32)}`,
    sshEnabled: false,
    isEphemeral: false,
    distro: { name: "ubuntu", version: "25.04", codeName: "plucky" },
  };
}

const devices = Array.from({ length: DEVICE_COUNT }, (_, index) => device(index));
const TEXT = JSON.stringify({ devices });
const NUMERIC_TEXT = TEXT.replace(/"id":"\d+"/g, '"id":9007199254740993')
  .replace(/"id":9007199254740993/g, (_match, at) => `"id":${9_007_199_254_740_993n + BigInt(at)}`);

Deno.bench("JSON.parse alone", { group: "10,000 devices", baseline: true }, () => {
  JSON.parse(TEXT);
});

Deno.bench("decodeDevices", { group: "10,000 devices" }, () => {
  if (decodeDevices(TEXT).devices.length !== DEVICE_COUNT) throw new Error("Devices are missing");
});

const decoder = new DeviceDecoder(DEVICE_LIST, new Redactor());
decoder.decodeNow(TEXT);
Deno.bench("DeviceDecoder, the list as before", { group: "10,000 devices" }, () => {
  decoder.decodeNow(TEXT);
});

Deno.bench("decodeDevices, ids beyond 2^53 sent as numbers", { group: "10,000 devices" }, () => {
  if (decodeDevices(NUMERIC_TEXT).devices.length !== DEVICE_COUNT) {
    throw new Error("Devices are missing");
  }
});
