import { assert, assertEquals } from "@std/assert";
import { type Fields, fleetAtNoon, listOf } from "./_answer.ts";

/** Fields of every entry that is our own, by the API's documentation; `?` may be absent. */
const STANDARD: Readonly<Record<string, RegExp>> = {
  addresses: /^\["(100\.\d+\.\d+\.\d+",")?fd7a:115c:a1e0::[0-9a-f:]+"\]$/,
  id: /^"\d{16}"$/,
  nodeId: /^"n\w+CNTRL"$/,
  user: /^"([a-z]+@example\.com|tagged-devices)"$/,
  name: /^"[a-z0-9-]+\.tail-demo\.ts\.net"$/,
  hostname: /^"[a-z0-9-]+"$/,
  clientVersion: /^"1\.\d+\.\d+-t[0-9a-f]{9}-g[0-9a-f]{9}"$/,
  updateAvailable: /^(true|false)$/,
  os: /^"(linux|macOS|windows|iOS|android)"$/,
  created: /^"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"$/,
  connectedToControl: /^(true|false)$/,
  "lastSeen?": /^"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"$/,
  keyExpiryDisabled: /^(true|false)$/,
  expires: /^"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ"$/,
  authorized: /^(true|false)$/,
  isExternal: /^false$/,
  "multipleConnections?": /^true$/,
  machineKey: /^"mkey:[0-9a-f]{64}"$/,
  nodeKey: /^"nodekey:[0-9a-f]{64}"$/,
  blocksIncomingConnections: /^(true|false)$/,
  "tags?": /^\["tag:exporter","tag:(server|infra)"\]$/,
  tailnetLockKey: /^"tlpub:[0-9a-f]{64}"$/,
  tailnetLockError: /^".*"$/,
  isEphemeral: /^(true|false)$/,
};

const FURTHER: Readonly<Record<string, RegExp>> = {
  enabledRoutes: /^\[.*\]$/,
  advertisedRoutes: /^\[.*\]$/,
  "clientConnectivity?": /^\{"endpoints":\[".+"\],"mappingVariesByDestIP":(true|false),"latency":/,
  sshEnabled: /^(true|false)$/,
  "postureIdentity?": /^(\{"disabled":true\}|\{"serialNumbers":\["DEMO\d{6}"\]\})$/,
  "distro?": /^\{"name":"\w+","version":"[\d.]+","codeName":"\w*"\}$/,
};

function assertFields(entry: Fields, table: Readonly<Record<string, RegExp>>): void {
  const known = new Set(Object.keys(table).map((name) => name.replace("?", "")));
  assertEquals(Object.keys(entry).filter((name) => !known.has(name)), [], `${entry.name}`);
  for (const [field, pattern] of Object.entries(table)) {
    const name = field.replace("?", "");
    if (name === field) assert(name in entry, `${entry.name} has no ${name}`);
    if (name in entry) {
      const text = JSON.stringify(entry[name]);
      assert(pattern.test(text), `${name} of ${entry.name}: ${text}`);
    }
  }
}

function named(entries: readonly Fields[], name: string): Fields {
  const entry = entries.find(({ hostname }) => hostname === name);
  assert(entry !== undefined, `no ${name}`);
  return entry;
}

Deno.test("makeRecord() writes the fields of the API and no others", () => {
  const own = (entries: Fields[]) => entries.filter(({ isExternal }) => isExternal === false);
  const [all, standard] = [listOf(fleetAtNoon(200)), listOf(fleetAtNoon(200), "default")];
  assertEquals([own(all).length, own(standard).length], [199, 199]);
  for (const entry of own(all)) assertFields(entry, { ...STANDARD, ...FURTHER });
  for (const entry of own(standard)) assertFields(entry, STANDARD);
});

Deno.test("makeRecord() says of every optional field that it is there or not", () => {
  const entries = listOf(fleetAtNoon(40));
  for (const field of Object.keys({ ...STANDARD, ...FURTHER })) {
    if (!field.endsWith("?")) continue;
    const name = field.replace("?", "");
    const count = entries.filter((entry) => name in entry).length;
    assert(count > 0 && count < entries.length, `${count} entries have ${name}`);
  }
});

Deno.test("makeRecord() tells little about a device that is shared in", () => {
  const entry = named(listOf(fleetAtNoon(12)), "guest-build-box");
  const { addresses: _1, id: _2, nodeId: _3, nodeKey: _4, ...rest } = entry;
  assertEquals(rest, {
    user: "partner@example.org",
    name: "guest-build-box.tail-demo.ts.net",
    hostname: "guest-build-box",
    clientVersion: "",
    updateAvailable: false,
    os: "linux",
    created: "",
    connectedToControl: true,
    keyExpiryDisabled: false,
    expires: "0001-01-01T00:00:00Z",
    authorized: true,
    isExternal: true,
    machineKey: "",
    blocksIncomingConnections: false,
    tailnetLockKey: "",
    tailnetLockError: "",
    enabledRoutes: [],
    advertisedRoutes: [],
    sshEnabled: false,
  });
});

Deno.test("makeRecord() shows each trait where the API shows it", () => {
  const entries = listOf(fleetAtNoon(40));
  const at = (name: string, field: string) => named(entries, name)[field];
  assertEquals(at("web-fra-01", "tailnetLockError") !== "", true);
  assertEquals(at("gateway-fra-01", "keyExpiryDisabled"), true);
  assertEquals(at("amelie-mac", "updateAvailable"), true);
  assertEquals(at("amelie-mac", "expires"), "2026-08-23T00:00:00Z");
  assertEquals(at("dalia-laptop", "expires"), "2026-08-18T09:00:00Z");
  assertEquals(at("dalia-laptop", "lastSeen"), "2026-08-18T09:00:00Z");
  assertEquals(at("runner-7f3a", "isEphemeral"), true);
  assertEquals((at("runner-7f3a", "addresses") as string[]).length, 1);
  assertEquals(at("cache-nyc-01", "multipleConnections"), true);
  assertEquals(at("chidi-phone", "authorized"), false);
  assertEquals(at("chidi-phone", "lastSeen"), undefined);
  assertEquals(at("chidi-phone", "clientConnectivity"), undefined);
  assertEquals(at("exit-ams-01", "enabledRoutes"), ["0.0.0.0/0", "::/0"]);
});

Deno.test("makeRecord() has one home among a device's latencies, by name", () => {
  for (const { name, clientConnectivity } of listOf(fleetAtNoon(40))) {
    if (clientConnectivity === undefined) continue;
    const { latency } = clientConnectivity as {
      latency: Record<string, { latencyMs: number; preferred?: true }>;
    };
    const regions = Object.entries(latency);
    assertEquals(regions.map(([region]) => region), Object.keys(latency).toSorted());
    assertEquals(regions.filter(([, { preferred }]) => preferred).length, 1, `${name}`);
    assertEquals(regions.length, 7);
    for (const [, { latencyMs }] of regions) assert(latencyMs > 3 && latencyMs < 250);
  }
});
