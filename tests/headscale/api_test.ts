import { assertEquals, assertRejects } from "@std/assert";
import { ApiError, type ApiFailure } from "../../src/errors.ts";
import { createHeadscaleApi, type HeadscaleOptions } from "../../src/headscale/api.ts";
import { Secret } from "../../src/secret/secret.ts";
import { FakeClock, settle } from "../_support/fake_clock.ts";
import { fixtureText } from "../_support/fixture.ts";

const KEY = "hskey-api-0123456789ab-canary";

type Answer = Response | Error;

/** A client of a headscale that gives these answers in turn. Waits pass by themselves. */
function rig(answers: readonly Answer[], options: Partial<HeadscaleOptions> = {}) {
  const clock = new FakeClock();
  const sent: string[] = [];
  const counted: string[] = [];
  const api = createHeadscaleApi({
    baseUrl: new URL("https://headscale.example/api/v1"),
    apiKey: new Secret(KEY),
    fetch: (input, init) => {
      const request = new Request(input, init);
      const { authorization } = Object.fromEntries(request.headers);
      sent.push(`${request.method} ${request.url} ${authorization} ${request.redirect}`);
      const answer = answers[sent.length - 1] ?? new Error("Asked too often");
      return answer instanceof Response ? Promise.resolve(answer) : Promise.reject(answer);
    },
    now: clock.now,
    random: () => 0,
    delay: (ms, signal) => ms < 1000 ? Promise.resolve() : clock.delay(ms, signal),
    observer: { requested: (endpoint, code) => void counted.push(`${endpoint} ${code}`) },
    // Otherwise it asks for the expiry of its key, too.
    isOneShot: true,
    ...options,
  });
  return { api, clock, sent, counted };
}

function nodes(...entries: readonly Readonly<Record<string, unknown>>[]): Response {
  return Response.json({ nodes: entries });
}

const NODE = { id: "1", givenName: "a", online: true, approvedRoutes: [] };

Deno.test("listDevices() asks headscale once for all nodes, with its key", async () => {
  const { api, counted, sent } = rig([new Response(fixtureText("headscale/node-final.json"))]);
  const { devices, rejected } = await api.listDevices();
  assertEquals([devices.length, rejected], [7, []]);
  assertEquals(sent, [`GET https://headscale.example/api/v1/node Bearer ${KEY} manual`]);
  assertEquals(counted, ["devices 200"]);
});

Deno.test("listDevices() keeps the path of the address, with or without a slash", async () => {
  for (const base of ["https://h.example:8443/hs/api/v1", "https://h.example:8443/hs/api/v1/"]) {
    const { api, sent } = rig([nodes(NODE)], { baseUrl: new URL(base) });
    await api.listDevices();
    assertEquals(sent[0]?.split(" ")[1], "https://h.example:8443/hs/api/v1/node");
  }
});

Deno.test("listDevices() keeps the object of a node about which nothing changed", async () => {
  const other = { ...NODE, id: "2", givenName: "b" };
  const { api } = rig([nodes(NODE, other), nodes(NODE, { ...other, online: false })]);
  const before = (await api.listDevices()).devices;
  const after = (await api.listDevices()).devices;
  assertEquals([after[0] === before[0], after[1] === before[1]], [true, false]);
});

Deno.test("listDevices() takes a headscale without nodes", async () => {
  const { api } = rig([nodes()]);
  assertEquals(await api.listDevices(), { devices: [], rejected: [] });
});

Deno.test("listDevices() sends a request again after a failure that may pass", async () => {
  const { api, counted } = rig([
    new Response("busy", { status: 503 }),
    new TypeError("connection reset"),
    nodes(NODE),
  ]);
  assertEquals((await api.listDevices()).devices.length, 1);
  assertEquals(counted, ["devices 503", "devices network", "devices 200"]);
});

Deno.test("listDevices() sends a wrong key once, whatever the status says", async () => {
  const { api, counted } = rig([new Response("Unauthorized", { status: 500 })]);
  await assertRejects(() => api.listDevices(), ApiError, "HEADSCALE_API_KEY is wrong");
  assertEquals(counted, ["devices 500"]);
});

const UI = "<!doctype html>\n<html><head><title>headscale-ui</title>";

const FAILURES: readonly (readonly [
  what: string,
  answer: () => Answer,
  failure: ApiFailure,
  message: string,
])[] = [
  [
    "a wrong key",
    () => new Response("Unauthorized", { status: 401 }),
    "unauthorized",
    'Cannot list the nodes of headscale: headscale.example answered 401 "Unauthorized"; ' +
    "HEADSCALE_API_KEY is wrong, deleted or expired (keys last 90 days unless made with " +
    "--expiration): make a new one with `headscale apikeys create`",
  ],
  [
    "a wrong key of headscale 0.26",
    () => new Response("Unauthorized", { status: 500 }),
    "unauthorized",
    'Cannot list the nodes of headscale: headscale.example answered 500 "Unauthorized"; ' +
    "HEADSCALE_API_KEY is wrong, deleted or expired (keys last 90 days unless made with " +
    "--expiration): make a new one with `headscale apikeys create`",
  ],
  [
    "an address without /api/v1",
    () => new Response("404 page not found\n", { status: 404 }),
    "not_found",
    'Cannot list the nodes of headscale: headscale.example answered 404 "404 page not found"; no ' +
    "headscale answers there: set HEADSCALE_URL to the server_url of headscale's configuration, " +
    "which has /api/v1 below it",
  ],
  [
    "headscale before 0.23",
    () => Response.json({ code: 5, message: "Not Found", details: [] }, { status: 404 }),
    "not_found",
    'Cannot list the nodes of headscale: headscale.example answered 404 "Not Found"; this ' +
    "headscale is older than 0.23: wanted 0.26 or newer",
  ],
  [
    "headscale before 0.26",
    () => nodes({ id: "1", givenName: "a", online: true, forcedTags: [] }),
    "malformed",
    "Cannot use the nodes of headscale: headscale.example lists its nodes without routes, as " +
    "headscale did before 0.26; update it",
  ],
  [
    "a web interface",
    () => new Response(UI),
    "malformed",
    'Cannot read the device list: wanted JSON, got "<!doctype html> <html><head><title>' +
    'headscale-ui</title>"; that is a web page, of a web interface, a proxy or a login: set ' +
    "HEADSCALE_URL to the server_url of headscale's configuration",
  ],
  [
    "the answer of another API",
    () => Response.json({ devices: [] }),
    "malformed",
    'Cannot read the device list: wanted {"nodes":[…]}, got "{"devices":[]}"; check ' +
    "HEADSCALE_URL, and whether a proxy stands between (HTTPS_PROXY)",
  ],
  [
    "an answer that does not end",
    () => new Response(" ".repeat(2000)),
    "too_large",
    "Cannot list the nodes of headscale: the answer of headscale.example is larger than 1000 " +
    "bytes; check HEADSCALE_URL",
  ],
  [
    "a server that cannot be reached",
    () => new TypeError("connection refused"),
    "network",
    "Cannot list the nodes of headscale: no answer from headscale.example: connection refused; " +
    "check the network, HEADSCALE_URL and HTTPS_PROXY",
  ],
];
for (const [what, answer, failure, message] of FAILURES) {
  Deno.test(`listDevices() says what to do about ${what}`, async () => {
    const { api } = rig([answer()], { attempts: 1, maxBytes: 1000 });
    const error = await assertRejects(() => api.listDevices(), ApiError);
    assertEquals([error.failure, error.message], [failure, message]);
  });
}

Deno.test("listDevices() shows no key that headscale echoes, its own or another", async () => {
  const text = `key ${KEY} and hskey-auth-0123456789ab-canary`;
  for (const answer of [new Response(text, { status: 500 }), new Response(text)]) {
    const { api } = rig([answer], { attempts: 1 });
    const error = await assertRejects(() => api.listDevices(), ApiError);
    assertEquals(error.message.includes("canary"), false, error.message);
  }
});

/** The list of keys, ours with this expiry. */
function keys(expiration: string): Response {
  return Response.json({ apiKeys: [{ prefix: "hskey-api-0123456789ab-***", expiration }] });
}

Deno.test("listDevices() asks for the expiry of the key once an hour, unless it runs once", async () => {
  const { api, clock, counted } = rig([
    nodes(NODE),
    keys("2027-01-31T12:00:00Z"),
    nodes(NODE),
    nodes(NODE),
    keys("2028-01-31T12:00:00Z"),
  ], { isOneShot: false });
  assertEquals(api.credentialExpiresAtSeconds(), undefined);
  await api.listDevices();
  await settle();
  assertEquals(api.credentialExpiresAtSeconds(), Date.parse("2027-01-31T12:00:00Z") / 1000);
  await clock.advance(3_599_999);
  await api.listDevices();
  await settle();
  assertEquals(counted, ["devices 200", "api_keys 200", "devices 200"]);
  await clock.advance(1);
  await api.listDevices();
  await settle();
  assertEquals(api.credentialExpiresAtSeconds(), Date.parse("2028-01-31T12:00:00Z") / 1000);
});

Deno.test("listDevices() does not care whether the keys can be listed", async () => {
  for (const answer of [new Response("no", { status: 404 }), new Response("<html>"), keys("x")]) {
    const { api } = rig([nodes(NODE), answer], { isOneShot: false, attempts: 1 });
    assertEquals((await api.listDevices()).devices.length, 1);
    await settle();
    assertEquals(api.credentialExpiresAtSeconds(), undefined);
  }
});
