import { assertEquals } from "@std/assert";
import { decodeDevices } from "../_support/decode_devices.ts";
import { fixtureText } from "../_support/fixture.ts";
import { BARE } from "./_decoded.ts";

function decodeOne(fields: Record<string, unknown>) {
  return decodeDevices(JSON.stringify({ devices: [{ id: "1", name: "a", ...fields }] }));
}

Deno.test("decodeDevices() reads every field of Tailscale's own answer", () => {
  const { devices, rejected } = decodeDevices(fixtureText("api/tailscale-devices.json"));
  assertEquals(rejected, []);
  assertEquals(devices, [{
    id: "92960230385",
    nodeId: "n292kg92CNTRL",
    nodeKey: "nodekey:01",
    name: "pangolin.tailfe8c.ts.net",
    hostname: "pangolin",
    addresses: ["100.87.74.78", "fd7a:115c:a1e0:ac82:4843:ca90:697d:c36e"],
    user: "amelie@example.com",
    tags: ["tag:exporter", "tag:golink"],
    os: "linux",
    clientVersion: "1.102.3-t6fe7ab7a3-g0123456789",
    connectedToControl: true,
    lastSeenSeconds: undefined,
    createdSeconds: 1669872210,
    expiresSeconds: 1796013845,
    keyExpiryDisabled: false,
    authorized: true,
    isExternal: false,
    isEphemeral: false,
    updateAvailable: false,
    blocksIncomingConnections: false,
    multipleConnections: false,
    tailnetLockError: "",
    advertisedRoutes: ["10.0.0.0/16", "192.168.1.0/24"],
    enabledRoutes: ["10.0.0.0/16"],
    primaryRoutes: undefined,
    connectivity: {
      endpointCount: 2,
      mappingVariesByDestIp: false,
      regions: [
        { name: "Dallas", isPreferred: false },
        { name: "New York City", isPreferred: true },
      ],
      latenciesMs: [60.463043, 31.323811],
      supports: new Map<"ipv6" | "pcp" | "pmp" | "udp" | "upnp", boolean>([
        ["ipv6", false],
        ["pcp", false],
        ["pmp", false],
        ["udp", true],
        ["upnp", false],
      ]),
    },
    serialNumberCount: 1,
  }, {
    ...BARE,
    id: "9007199254740993",
    nodeId: "nSHARED11CNTRL",
    nodeKey: "nodekey:02",
    name: "shared.tail1234.ts.net",
    hostname: "shared",
    addresses: ["100.101.102.103"],
    user: "partner@example.org",
    os: "windows",
    connectedToControl: false,
    lastSeenSeconds: 1795219199,
    keyExpiryDisabled: true,
    authorized: true,
    isExternal: true,
    isEphemeral: true,
    updateAvailable: false,
    blocksIncomingConnections: true,
    multipleConnections: true,
    tailnetLockError: "no signature found for the node key",
    advertisedRoutes: ["0.0.0.0/0", "::/0"],
    enabledRoutes: ["0.0.0.0/0", "::/0"],
    connectivity: {
      endpointCount: undefined,
      mappingVariesByDestIp: undefined,
      regions: [],
      latenciesMs: [],
      supports: new Map(),
    },
  }]);
});

Deno.test("decodeDevices() reads headscale's leaner answer", () => {
  const { devices, rejected } = decodeDevices(
    fixtureText("api/v2-devices-node-c-offline.json"),
  );
  assertEquals(rejected, []);
  assertEquals(devices.map(({ id, name, lastSeenSeconds }) => [id, name, lastSeenSeconds]), [
    ["3", "node-c", 1795233956],
    ["1", "node-a", undefined],
    ["2", "node-b", undefined],
  ]);
  assertEquals(devices[2], {
    ...BARE,
    id: "2",
    nodeId: "2",
    nodeKey: "nodekey:bb93e36517d0f3f90f8afd133ae2f28b1d5cfdede4126a7ffe61a0f77350da05",
    name: "node-b",
    hostname: "node-b",
    addresses: ["100.64.0.2", "fd7a:115c:a1e0::2"],
    user: "alice@example.com",
    os: "linux",
    clientVersion: "1.102.3-ERR-BuildInfo",
    createdSeconds: 1795233443,
    keyExpiryDisabled: true,
    authorized: true,
    isEphemeral: false,
    updateAvailable: false,
  });
  assertEquals(decodeDevices(fixtureText("api/v2-devices-all.json")).devices.length, 3);
});

Deno.test("decodeDevices() takes null, empty and zero values for unknown", () => {
  const unknown = {
    nodeId: "",
    hostname: "",
    addresses: null,
    user: "",
    tags: null,
    os: null,
    clientVersion: "",
    connectedToControl: null,
    lastSeen: null,
    created: "",
    expires: "0001-01-01T00:00:00Z",
    keyExpiryDisabled: null,
    isEphemeral: null,
    tailnetLockError: null,
    advertisedRoutes: null,
    clientConnectivity: null,
    postureIdentity: { disabled: true },
    aFieldOfTheFuture: { a: [1] },
  };
  assertEquals(decodeOne(unknown), { devices: [BARE], rejected: [] });
  assertEquals(decodeOne({}), { devices: [BARE], rejected: [] });
});

Deno.test("decodeDevices() makes one field unknown where one field has the wrong type", () => {
  const wrong = {
    nodeId: {},
    hostname: 1,
    addresses: "100.64.0.1",
    user: ["x"],
    tags: {},
    os: true,
    clientVersion: 1.1,
    connectedToControl: "true",
    lastSeen: 1700000000,
    created: {},
    expires: [],
    keyExpiryDisabled: 1,
    authorized: "yes",
    isExternal: 0,
    isEphemeral: "false",
    updateAvailable: {},
    blocksIncomingConnections: [],
    multipleConnections: 2,
    tailnetLockError: false,
    advertisedRoutes: "10.0.0.0/8",
    enabledRoutes: 7,
    clientConnectivity: "good",
    postureIdentity: { serialNumbers: 3 },
  };
  assertEquals(decodeOne(wrong), { devices: [BARE], rejected: [] });
  for (const [field, value] of Object.entries(wrong)) {
    assertEquals(decodeOne({ [field]: value }), { devices: [BARE], rejected: [] }, field);
  }
});

Deno.test("decodeDevices() takes an absent flag for false from Tailscale only", () => {
  const flagsOf = (fields: Record<string, unknown>) => {
    const device = decodeOne(fields).devices[0];
    return [device?.isEphemeral, device?.multipleConnections];
  };
  assertEquals(flagsOf({}), [undefined, undefined]);
  assertEquals(flagsOf({ connectedToControl: true }), [false, false]);
  assertEquals(flagsOf({ connectedToControl: false }), [false, false]);
  assertEquals(flagsOf({ connectedToControl: true, isEphemeral: "x" }), [undefined, false]);
  assertEquals(flagsOf({ isEphemeral: false, multipleConnections: true }), [false, true]);
});

Deno.test("decodeDevices() knows no expiry where expiry is switched off", () => {
  const expires = "2026-02-01T00:00:00Z";
  const expiryOf = (fields: Record<string, unknown>) =>
    decodeOne({ expires, ...fields }).devices[0]?.expiresSeconds;
  assertEquals(expiryOf({ keyExpiryDisabled: true }), undefined);
  assertEquals(expiryOf({ keyExpiryDisabled: false }), 1769904000);
  assertEquals(expiryOf({}), 1769904000);
});

Deno.test("decodeDevices() keeps numeric ids exactly, beyond 2^53 too", () => {
  const text = `{"devices":[
    {"id":9007199254740993,"nodeId":18446744073709551615,"name":"a"},
    {"id":9007199254740992,"name":"b"},{"id":12,"name":"c"},{"id":1e3,"name":"d"}]}`;
  const { devices, rejected } = decodeDevices(text);
  assertEquals(rejected, []);
  assertEquals(devices.map(({ id, nodeId }) => [id, nodeId]), [
    ["9007199254740993", "18446744073709551615"],
    ["9007199254740992", undefined],
    ["12", undefined],
    ["1000", undefined],
  ]);
});

Deno.test("decodeDevices() strips one trailing dot and falls back to the host name", () => {
  const nameOf = (fields: Record<string, unknown>) => decodeOne(fields).devices[0]?.name;
  assertEquals(nameOf({ name: "a.ts.net." }), "a.ts.net");
  assertEquals(nameOf({ name: "a.." }), "a.");
  assertEquals(nameOf({ name: "", hostname: "h" }), "h");
  assertEquals(nameOf({ name: null, hostname: "h." }), "h");
  assertEquals(nameOf({ name: "\ud800" }), "\ufffd");
  assertEquals(nameOf({ name: "x".repeat(5000) })?.length, 1024);
});
