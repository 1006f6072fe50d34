import { assertEquals } from "@std/assert";
import { DeviceCollector } from "../../src/collectors/device_collector.ts";
import type { Device } from "../../src/control/device.ts";
import { DeviceDecoder } from "../../src/control/device_list.ts";
import { HEADSCALE_PROFILE } from "../../src/headscale/profile.ts";
import { NODE_LIST } from "../../src/headscale/device_decoder.ts";
import { Redactor } from "../../src/secret/redactor.ts";
import { fixtureText } from "../_support/fixture.ts";
import { assertGolden, KeptLog } from "../collectors/_golden.ts";
import { makeDevice, makeInventory } from "../devices/_device.ts";

/** All kinds of nodes that a headscale 0.29.3 has: tagged, expired, ephemeral, never connected. */
const FINAL = fixtureText("headscale/node-final.json");

function decode(text: string) {
  return new DeviceDecoder(NODE_LIST, new Redactor()).decodeNow(text);
}

/** What a node with these fields is decoded to; it has an id, a name and whether it is online. */
function decodeNode(fields: Readonly<Record<string, unknown>>): Device | undefined {
  const node = { id: "1", givenName: "a", online: true, approvedRoutes: [], ...fields };
  return decode(JSON.stringify({ nodes: [node] })).devices[0];
}

Deno.test("NODE_LIST reads every field of a node of headscale 0.29.3", () => {
  const { devices, rejected } = decode(FINAL);
  assertEquals(rejected, []);
  assertEquals(devices.map(({ id }) => id), ["1", "2", "3", "6", "7", "8", "9"]);
  assertEquals(
    devices[1],
    makeDevice({
      id: "2",
      nodeId: "2",
      nodeKey: "nodekey:bb14cfdca33fb2c1e8737843099dcd6fac1d78ed149fa96c552f8cdf2f8c8026",
      name: "node-b",
      hostname: "node-b",
      addresses: ["100.64.0.2", "fd7a:115c:a1e0::2"],
      user: "alice@example.com",
      tags: [],
      connectedToControl: true,
      createdSeconds: Date.parse("2026-11-29T08:58:06Z") / 1000,
      authorized: true,
      isEphemeral: false,
      advertisedRoutes: ["0.0.0.0/0", "::/0", "10.1.0.0/24", "10.1.1.0/24", "fd00:1::/64"],
      enabledRoutes: ["0.0.0.0/0", "10.1.0.0/24", "::/0"],
      primaryRoutes: ["10.1.0.0/24", "0.0.0.0/0", "::/0"],
    }),
  );
});

Deno.test("NODE_LIST knows owners, tags, ephemeral nodes and keys with and without an end", () => {
  const facts = decode(FINAL).devices.map(({ name, user, tags, isEphemeral, expiresSeconds }) =>
    [name, user, tags.join(), isEphemeral, expiresSeconds ?? "never"].join(" ")
  );
  assertEquals(facts, [
    "node-a tagged-devices tag:exporter false never",
    "node-b alice@example.com  false never",
    "node-c tagged-devices tag:server false never",
    "bobs-laptop bob  false 1795942788",
    "doras-pc tagged-devices tag:exporter,tag:server false 1800007200",
    "ghost alice@example.com  false never",
    "ephemeral-1 alice@example.com  true never",
  ]);
});

Deno.test("NODE_LIST tells which of two routers serves a network, and that it changes", () => {
  const served = (file: string) =>
    decode(fixtureText(`headscale/${file}`)).devices.slice(1, 3).map((device) =>
      `${device.name} ${device.connectedToControl}: ${device.primaryRoutes?.join(" ")}`
    );
  assertEquals(served("node-final.json"), [
    "node-b true: 10.1.0.0/24 0.0.0.0/0 ::/0",
    "node-c true: 10.2.0.0/24",
  ]);
  assertEquals(served("node-ha-failover.json"), [
    "node-b false: 0.0.0.0/0 ::/0",
    "node-c true: 10.1.0.0/24 10.2.0.0/24",
  ]);
});

Deno.test("NODE_LIST takes lastSeen of nodes that are offline only", () => {
  const lastSeen = "2026-11-29T08:58:52.372707892Z";
  assertEquals(decodeNode({ online: true, lastSeen })?.lastSeenSeconds, undefined);
  assertEquals(
    decodeNode({ online: false, lastSeen })?.lastSeenSeconds,
    Date.parse("2026-11-29T08:58:52Z") / 1000,
  );
  assertEquals(decodeNode({ online: false, lastSeen: null })?.lastSeenSeconds, undefined);
});

Deno.test("NODE_LIST reads the nodes of headscale 0.26", () => {
  const { devices, rejected } = decode(fixtureText("headscale/node-0.26.json"));
  assertEquals(rejected, []);
  const facts = devices.map((device) => {
    const { connectedToControl, enabledRoutes, isEphemeral, name, primaryRoutes, tags } = device;
    const routes = `${enabledRoutes?.join()} ${primaryRoutes?.join()}`;
    return `${name} ${connectedToControl} ${isEphemeral} [${tags.join()}] ${routes}`;
  });
  assertEquals(facts, [
    "node-a true false [tag:exporter]  ",
    "node-b true false [] 10.77.0.0/24 10.77.0.0/24",
    "node-c true false [tag:server] 10.77.0.0/24 ",
  ]);
});

Deno.test("NODE_LIST joins forced and permitted tags of headscale 0.26 and 0.27", () => {
  const old = { forcedTags: ["tag:b"], validTags: ["tag:a", "tag:b"], invalidTags: ["tag:no"] };
  assertEquals(decodeNode(old)?.tags, ["tag:b", "tag:a"]);
  assertEquals(decodeNode({ ...old, tags: ["tag:c"] })?.tags, ["tag:c"]);
  assertEquals(decodeNode({ forcedTags: 7, validTags: null })?.tags, []);
});

Deno.test("NODE_LIST makes one field unknown where one field has the wrong type", () => {
  const cases: readonly (readonly [fields: Record<string, unknown>, field: keyof Device])[] = [
    [{ user: "alice" }, "user"],
    [{ user: { email: "", name: 7 } }, "user"],
    [{ expiry: "0001-01-01T00:00:00Z" }, "expiresSeconds"],
    [{ expiry: 1_800_000_000 }, "expiresSeconds"],
    [{ createdAt: "yesterday" }, "createdSeconds"],
    [{ preAuthKey: {} }, "isEphemeral"],
    [{ preAuthKey: undefined }, "isEphemeral"],
    [{ availableRoutes: null }, "advertisedRoutes"],
    [{ subnetRoutes: {} }, "primaryRoutes"],
  ];
  for (const [fields, field] of cases) {
    const device = decodeNode(fields);
    assertEquals([device?.id, device?.[field]], ["1", undefined], JSON.stringify(fields));
  }
  assertEquals(decodeNode({ preAuthKey: null })?.isEphemeral, false);
  assertEquals(decodeNode({ ipAddresses: 7 })?.addresses, []);
  assertEquals(decodeNode({ givenName: "", name: "host" })?.name, "host");
});

Deno.test("NODE_LIST rejects an entry that is no node, says why and keeps the others", () => {
  const entries = [
    7,
    { givenName: "a", online: true },
    { id: "1", online: true },
    { id: "1", givenName: "a" },
    { id: "1", givenName: "a", online: true },
    { id: "1", givenName: "b", online: true },
  ];
  const { devices, rejected } = decode(JSON.stringify({ nodes: entries }));
  assertEquals(devices.map(({ name }) => name), ["a"]);
  assertEquals(rejected.map(({ reason }) => reason), [
    "No node: wanted an object, got the number 7",
    "No id: wanted text of 1 to 128 characters, got nothing",
    'No name: wanted text in "givenName" or "name", got nothing',
    'No "online": wanted a boolean, got nothing',
    "Listed twice: the id is that of entry 4",
  ]);
});

Deno.test("NODE_LIST keeps ids beyond 2^53, whether they are text or numbers", () => {
  const text = '{"nodes":[{"id":"18446744073709551615","givenName":"a","online":true},' +
    '{"id":9007199254740993,"givenName":"b","online":true}]}';
  assertEquals(decode(text).devices.map(({ id }) => id), [
    "18446744073709551615",
    "9007199254740993",
  ]);
});

Deno.test("HEADSCALE_PROFILE names the fields that no recording has, and no other", () => {
  const devices = [
    ...decode(FINAL).devices,
    ...decode(fixtureText("headscale/node-ha-failover.json")).devices,
  ];
  const fields = Object.keys(makeDevice()) as (keyof Device)[];
  const missingFields = fields.filter((field) =>
    devices.every((device) => device[field] === undefined)
  );
  assertEquals(missingFields.sort(), [...HEADSCALE_PROFILE.missingFields].sort());
});

Deno.test("DeviceCollector shows what headscale says, and nothing that it does not", async () => {
  const collector = new DeviceCollector({
    ...makeInventory(() => Promise.resolve(decode(FINAL)), {
      now: () => Date.parse("2026-11-29T09:03:00Z"),
    }),
    observer: { apiAnswered() {}, apiFailed() {} },
    log: new KeptLog(),
  });
  await collector.collect(new AbortController().signal);
  assertGolden("headscale.prom", collector.section);
});
