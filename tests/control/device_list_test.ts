import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import fc from "fast-check";
import { DeviceDecoder, MAX_DEVICES } from "../../src/control/device_list.ts";
import { ApiError } from "../../src/errors.ts";
import { Redactor } from "../../src/secret/redactor.ts";
import { DEVICE_LIST } from "../../src/tailscale/device_decoder.ts";
import { decodeDevices } from "../_support/decode_devices.ts";
import { damagedAnswer, mutatedAnswer } from "../_support/odd_answer.ts";
import { countSound } from "../tailscale/_decoded.ts";

function decodeOne(fields: Record<string, unknown>) {
  return decodeDevices(JSON.stringify({ devices: [{ id: "1", name: "a", ...fields }] }));
}

Deno.test("decodeDevices() fails on a list that is made to fill the memory", () => {
  for (const text of ['{"devices":'.repeat(300), `{"devices":[${"[".repeat(300)}`]) {
    const error = assertThrows(() => decodeDevices(text), ApiError, "a JSON of sane shape");
    assertEquals(error.failure, "malformed");
  }
  const rest = `[${"{},".repeat(400_000)}{}]`;
  for (const text of [`{"x":${rest},"devices":[]}`, rest, `{"devices":[],"x":${rest}`]) {
    const error = assertThrows(() => decodeDevices(text), ApiError);
    assertStringIncludes(
      error.message,
      "wanted at most 1048576 bytes beside the devices, got more",
    );
    assertEquals([error.failure, error.status], ["too_large", 200]);
  }
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
  assertStringIncludes(error.message, "wanted at most 200000 entries, got more");
});

Deno.test("DeviceDecoder.decode() fails on a list that is too long, without reading on", async () => {
  const [one, two, three] = [1, 2, 3].map((id) => `{"id":${id},"name":"a"}`);
  const tooMany = [
    `{"devices":[${one},${two},${three}]}`,
    `{"devices":[${one},null,3]}`,
    `{"\\u0064evices":[${one},${two},${three},{}]}`,
    '{"devices":[1,2,3,4',
    // What is no JSON behind the limit is not looked at.
    `{"devices":[${one},${two},${three},{!`,
  ];
  const right = [
    `{"devices":[${one},${two}]}`,
    `{"devices":[${one},null]}`,
    `{"devices":[${one},${two}],"x":[{},{},{}]}`,
    `{"\\u0064evices":[${one},${two}]}`,
    // The last list of several is the one that counts, and has a limit of its own.
    `{"devices":[${two},${three}],"devices":[],"devices":[${one},${two}]}`,
  ];
  const decoder = new DeviceDecoder(DEVICE_LIST, new Redactor(), { maxDevices: 2 });
  for (const text of right) assertEquals(decoder.decodeNow(text).devices[0]?.id, "1", text);
  for (const text of tooMany) {
    let readBytes = 0;
    const chunks = function* () {
      for (const byte of new TextEncoder().encode(text.padEnd(200))) {
        readBytes++;
        yield new Uint8Array([byte]);
      }
    };
    const error = await assertRejects(() => decoder.decode(chunks()), ApiError);
    assertEquals(
      error.message,
      "Cannot read the device list: wanted at most 2 entries, got more; check " +
        "TAILSCALE_API_URL, and whether a proxy or a login page stands between (HTTPS_PROXY)",
    );
    assertEquals([error.failure, error.status], ["malformed", 200]);
    assert(readBytes <= text.length + 1, `${readBytes} of ${text}`);
  }
});

Deno.test("DeviceDecoder.decode() reads an answer wherever it is cut, with pauses", async () => {
  const text =
    ` {"a":{"devices":[1]}, "devices" : [ {"id":"1","name":"é€𝄞"} ,{"id":2,"name":"b"}]}`;
  const bytes = new TextEncoder().encode(`\ufeff${text}`);
  const wanted = decodeDevices(text);
  assertEquals(wanted.devices.map(({ id, name }) => [id, name]), [["1", "é€𝄞"], ["2", "b"]]);
  for (let size = 1; size <= bytes.length; size++) {
    const chunks: Uint8Array[] = [];
    for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.slice(at, at + size));
    let pauses = 0;
    let nowMs = 0;
    const list = await new DeviceDecoder(DEVICE_LIST, new Redactor()).decode(chunks, {
      elapsed: () => nowMs += 4,
      pause: () => Promise.resolve(void pauses++),
    });
    assertEquals(list, wanted);
    assertEquals(pauses, Math.floor(chunks.length / 2), `chunks of ${size}`);
  }
});

Deno.test("DeviceDecoder.decode() passes on the error of an answer that breaks", async () => {
  async function* chunks() {
    yield await Promise.resolve(new TextEncoder().encode('{"devices":['));
    throw new TypeError("Broken pipe");
  }
  const decode = () => new DeviceDecoder(DEVICE_LIST, new Redactor()).decode(chunks());
  await assertRejects(decode, TypeError, "Broken pipe");
});

Deno.test("decodeDevices() leaves out an entry that would take long to parse, and keeps the others", () => {
  const good = '{"id":"1","name":"a"}';
  const dense = "No device: larger than 65536 bytes, with more than 50000 values";
  const cases: readonly (readonly [odd: string, reason: string])[] = [
    ...['"x"', "0", "{}", "[]"].map((one) =>
      [`{"id":"2","x":[${`${one},`.repeat(600_000)}0]}`, dense] as const
    ),
    [`{${'"k":1,'.repeat(600_000)}"id":"2"}`, dense],
    [`{"id":"2","name":"${"x".repeat(17_000_000)}"}`, "No device: larger than 16777216 bytes"],
  ];
  for (const [odd, reason] of cases) {
    const { devices, rejected } = decodeDevices(`{"devices":[${odd},${good}]}`);
    assertEquals(devices.map(({ id }) => id), ["1"]);
    assertEquals(rejected, [{ index: 0, reason }]);
  }
});

Deno.test("decodeDevices() cuts texts of 5 MB, and keeps their device", () => {
  const long = "x".repeat(5_000_000);
  const { devices, rejected } = decodeDevices(
    JSON.stringify({
      devices: [{ id: "1", name: "a", os: long, user: long, tags: [long, "tag:b"] }],
    }),
  );
  assertEquals(rejected, []);
  assertEquals(devices.map(({ os, user, tags }) => [os?.length, user?.length, tags]), [
    [1024, 1024, ["tag:b"]],
  ]);
});

Deno.test("decodeDevices() takes the last value of the key, however often it is there", () => {
  const one = '{"id":"1","name":"a"}';
  const idsOf = (text: string) => decodeDevices(text).devices.map(({ id }) => id);
  assertEquals(idsOf(`{"devices":[],"devices":[],"devices":[${one}]}`), ["1"]);
  assertEquals(idsOf(`{"devices":null,"devices":[${one}]}`), ["1"]);
  assertEquals(idsOf(`{"devices":[${one}],"devices":null}`), []);
  assertEquals(idsOf(`{"devices":[${one}],"devices":[${one},${one}]}`), ["1"]);
  assertThrows(() => idsOf(`{"devices":[${one}],"devices":{}}`), ApiError, 'wanted {"devices"');
});

Deno.test("decodeDevices() quotes no secret, and hides nothing of the position", () => {
  const redactor = new Redactor();
  const text = '{"access_token":"canary","devices":[{"id":canary}]}';
  const error = assertThrows(() => decodeDevices(text, redactor), ApiError);
  assertStringIncludes(error.message, 'got "{"access_token":"[redacted]"');
  assert(error.cause instanceof SyntaxError);
  assertEquals(error.cause.message.includes("canary"), false);
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
  const decoder = new DeviceDecoder(DEVICE_LIST, new Redactor());
  const entry = (id: number, os: string) => JSON.stringify({ id: `${id}`, name: "a", os });
  const list = (...entries: string[]) => decoder.decodeNow(`{"devices":[${entries.join(",")}]}`);
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
  const decoder = new DeviceDecoder(DEVICE_LIST, new Redactor());
  const text = '{"devices":[{"id":"1","name":"a"}]}';
  const { devices } = decoder.decodeNow(text);
  for (const bad of ["", '{"devices":[{"id":"1",}]}', '{"devices":1}', '{"devices":[{}']) {
    assertThrows(() => decoder.decodeNow(bad), ApiError, "Cannot read the device list");
  }
  assert(decoder.decodeNow(text).devices[0] === devices[0]);
});
