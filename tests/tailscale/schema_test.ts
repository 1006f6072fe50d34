import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import fc from "fast-check";
import { ApiError } from "../../src/errors.ts";
import { LongBytes } from "../../src/tailscale/long_bytes.ts";
import { decodeDevices, DeviceDecoder, MAX_DEVICES } from "../../src/tailscale/schema.ts";
import { Redactor } from "../../src/redactor.ts";
import { fixtureText } from "../_support/fixture.ts";
import { damagedAnswer, mutatedAnswer } from "../_support/odd_answer.ts";
import { BARE, countSound } from "./_decoded.ts";

function decodeOne(fields: Record<string, unknown>) {
  return decodeDevices(JSON.stringify({ devices: [{ id: "1", name: "a", ...fields }] }));
}

Deno.test("decodeDevices() reads every field of Tailscale's own answer", () => {
  const { devices, rejected } = decodeDevices(fixtureText("api/tailscale-devices.json"));
  assertEquals(rejected, []);
  assertEquals(devices, [{
    id: "92960230385",
    nodeId: "n292kg92CNTRL",
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

Deno.test("decodeDevices() fails on a list that is made to fill the memory", () => {
  for (const text of ['{"devices":'.repeat(300), `{"x":[${"{},".repeat(4_000_000)}{}]}`]) {
    const error = assertThrows(() => decodeDevices(text), ApiError, "a JSON of sane shape");
    assertEquals(error.failure, "malformed");
  }
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

Deno.test("decodeDevices() rejects a bad device, says why and keeps the others", () => {
  const wantedId = "No id: wanted text of 1 to 128 characters, got ";
  const wantedName = 'No name: wanted text in "name" or "hostname", got ';
  const cases: readonly (readonly [entry: string, reason: string])[] = [
    ["null", "No device: wanted an object, got null"],
    ["[]", "No device: wanted an object, got a list"],
    ['"x"', "No device: wanted an object, got text of 1 characters"],
    ["3", "No device: wanted an object, got the number 3"],
    ["true", "No device: wanted an object, got a boolean"],
    ["{}", `${wantedId}nothing`],
    ['{"id":null,"name":"a"}', `${wantedId}null`],
    ['{"id":"","name":"a"}', `${wantedId}empty text`],
    ['{"id":{},"name":"a"}', `${wantedId}an object`],
    ['{"id":-1,"name":"a"}', `${wantedId}the number -1`],
    ['{"id":1.5,"name":"a"}', `${wantedId}the number 1.5`],
    ['{"id":1e300,"name":"a"}', `${wantedId}the number 1e+300`],
    [`{"id":"${"9".repeat(129)}","name":"a"}`, `${wantedId}text of 129 characters`],
    ['{"id":"7"}', `${wantedName}nothing`],
    ['{"id":"7","name":"","hostname":""}', `${wantedName}empty text`],
    ['{"id":"7","name":7,"hostname":"a"}', `${wantedName}the number 7`],
    ['{"id":"7","name":"."}', `${wantedName}text of 1 characters`],
    ['{"id":"good","name":"again"}', "Listed twice: the id is that of entry 0"],
  ];
  const good = '{"id":"good","name":"a"}';
  const entries = [good, ...cases.map(([entry]) => entry), '{"id":"last","name":"z"}'];
  const { devices, rejected } = decodeDevices(`{"devices":[${entries.join(",")}]}`);
  assertEquals(devices.map(({ id }) => id), ["good", "last"]);
  assertEquals(rejected, cases.map(([, reason], index) => ({ index: index + 1, reason })));
});

Deno.test("decodeDevices() takes null for an empty list", () => {
  for (const text of ['{"devices":null}', '{"devices":[]}', ' {"devices" : [ ] , "x":1}\n']) {
    assertEquals(decodeDevices(text), { devices: [], rejected: [] });
  }
});

Deno.test("decodeDevices() fails on what is no device list, quoting its start", () => {
  const check = "; check TAILSCALE_API_URL, and whether a proxy or a login page stands between " +
    "(HTTPS_PROXY)";
  const cases: readonly (readonly [text: string, problem: string])[] = [
    ["", "wanted JSON, got an empty answer"],
    ["<!DOCTYPE html>\n<title>Log in", 'wanted JSON, got "<!DOCTYPE html> <title>Log in"'],
    ['{"devices":[{"id":"1"', 'wanted JSON, got "{"devices":[{"id":"1""'],
    ["{}", 'wanted {"devices":[…]}, got "{}"'],
    ["[]", 'wanted {"devices":[…]}, got "[]"'],
    ["null", 'wanted {"devices":[…]}, got "null"'],
    ['{"message":"no"}', 'wanted {"devices":[…]}, got "{"message":"no"}"'],
    ['{"devices":{}}', 'wanted {"devices":[…]}, got "{"devices":{}}"'],
    ['{"devices":"a"}', 'wanted {"devices":[…]}, got "{"devices":"a"}"'],
  ];
  for (const [text, problem] of cases) {
    const error = assertThrows(() => decodeDevices(text), ApiError);
    assertEquals(error.message, `Cannot read the device list: ${problem}${check}`);
    assertEquals([error.failure, error.status], ["malformed", 200]);
  }
});

Deno.test("decodeDevices() fails on a list of which no entry is a device", () => {
  const problem = 'none of its entries is a device; entry 0: No name: wanted text in "name" or ' +
    '"hostname", got the number 7';
  for (const entries of ['{"id":"1","name":7}', '{"id":"1","name":7},{}']) {
    const error = assertThrows(() => decodeDevices(`{"devices":[${entries}]}`), ApiError);
    assertStringIncludes(error.message, `Cannot read the device list: ${problem}; check TAILSCALE`);
    assertEquals([error.failure, error.status], ["malformed", 200]);
  }
});

Deno.test("decodeDevices() bounds what one device and one list may hold", () => {
  const first = (length: number) => Array.from({ length }, (_, index) => `${index}`);
  for (const extra of [0, 1, 10_000]) {
    const device = decodeOne({
      id: "i".repeat(128),
      addresses: first(64 + extra),
      tags: first(256 + extra),
      advertisedRoutes: first(4096 + extra),
      enabledRoutes: first(4096 + extra),
    }).devices[0];
    assertEquals([device?.addresses, device?.tags], [first(64), first(256)]);
    assertEquals([device?.advertisedRoutes, device?.enabledRoutes], [first(4096), first(4096)]);
  }
  const entries = first(MAX_DEVICES).map((id) => `{"id":${id},"name":"a"}`).join(",");
  const { devices, rejected } = decodeDevices(`{"devices":[${entries}]}`);
  assertEquals([devices.length, rejected], [200_000, []]);
  const error = assertThrows(() => decodeDevices(`{"devices":[${entries},{}]}`), ApiError);
  assertStringIncludes(error.message, "wanted at most 200000 entries, got more in the first ");
});

Deno.test("DeviceDecoder.decode() fails on a list that is too long, without reading on", () => {
  const decode = (text: string) =>
    new DeviceDecoder(new Redactor(), { maxDevices: 2 }).decode(LongBytes.of(text));
  const [one, two, three] = [1, 2, 3].map((id) => `{"id":${id},"name":"a"}`);
  const cases: readonly (readonly [text: string, got: string | undefined])[] = [
    [`{"devices":[${one},${two}]}`, undefined],
    [`{"devices":[${one},null]}`, undefined],
    [`{"devices":[${one},${two}],"x":[{},{},{}]}`, undefined],
    [`{"devices":[${one},${two},${three}]}`, "more in the first 53 of 73 bytes"],
    // what is no JSON behind the limit, or before it, is not looked at
    [`{"devices":[${one},${two},{"id":3 !`, "more in the first 53 of 61 bytes"],
    [`{"devices":[{!},${two},{"id":3`, "more in the first 37 of 43 bytes"],
    ['{"devices":[1,2,3,4', "more in the first 18 of 19 bytes"],
    // these are read as a whole
    [`{"devices":[${one},null,3]}`, "3"],
    [`{"\\u0064evices":[${one},${two},${three},{}]}`, "4"],
    [`{"\\u0064evices":[${one},${two}]}`, undefined],
  ];
  for (const [text, got] of cases) {
    if (got === undefined) {
      assertEquals(decode(text).devices[0]?.id, "1", text);
      continue;
    }
    const error = assertThrows(() => decode(text), ApiError);
    assertEquals(
      error.message,
      `Cannot read the device list: wanted at most 2 entries, got ${got}; check ` +
        "TAILSCALE_API_URL, and whether a proxy or a login page stands between (HTTPS_PROXY)",
    );
    assertEquals([error.failure, error.status], ["malformed", 200]);
  }
});

Deno.test("decodeDevices() takes any mutated answer, or fails with an ApiError", () => {
  let count = 0;
  let usable = 0;
  fc.assert(
    fc.property(mutatedAnswer, (text) => {
      count++;
      if (countSound(text) > 0) usable++;
    }),
    { numRuns: 1500 },
  );
  assert(usable >= 0.3 * count, `Only ${usable} of ${count} mutated answers gave a device`);
  assert(usable < count, "Not one mutation did any harm");
});

Deno.test("decodeDevices() takes any damaged text, or fails with an ApiError", () => {
  fc.assert(
    fc.property(damagedAnswer, (text) => {
      countSound(text);
    }),
    { numRuns: 500 },
  );
});

Deno.test("DeviceDecoder.decode() gives the same object for a device of the same text", () => {
  const decoder = new DeviceDecoder(new Redactor());
  const entry = (id: number, os: string) => JSON.stringify({ id: `${id}`, name: "a", os });
  const list = (...entries: string[]) =>
    decoder.decode(LongBytes.of(`{"devices":[${entries.join(",")}]}`));
  const first = list(entry(1, "linux"), entry(2, "linux"), entry(3, "linux")).devices;
  // one is gone, one has changed, and the order is another
  const second = list(entry(3, "linux"), entry(1, "macOS")).devices;
  assertEquals(second.map(({ id, os }) => [id, os]), [["3", "linux"], ["1", "macOS"]]);
  assert(second[0] === first[2]);
  // what a list did not have is forgotten
  const third = list(entry(2, "linux"), entry(1, "macOS"), entry(1, "macOS"));
  assert(third.devices[0] !== first[1]);
  assert(third.devices[1] === second[1]);
  assertEquals(third.rejected, [{
    index: 2,
    reason: "Listed twice: the id is that of entry 1",
  }]);
});

Deno.test("DeviceDecoder.decode() keeps what it knows when a list cannot be read", () => {
  const decoder = new DeviceDecoder(new Redactor());
  const text = '{"devices":[{"id":"1","name":"a"}]}';
  const { devices } = decoder.decode(LongBytes.of(text));
  for (const bad of ["", '{"devices":[{"id":"1",}]}', '{"devices":1}', '{"devices":[{}']) {
    assertThrows(() => decoder.decode(LongBytes.of(bad)), ApiError, "Cannot read the device list");
  }
  assert(decoder.decode(LongBytes.of(text)).devices[0] === devices[0]);
});
