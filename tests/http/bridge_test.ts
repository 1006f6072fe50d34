import { assert, assertEquals, assertRejects } from "@std/assert";
import { listen } from "../../src/http/server/listen.ts";
import { SECURITY_HEADERS } from "../../src/http/reply.ts";
import { Secret } from "../../src/secret/secret.ts";
import {
  createLocalApi,
  type LocalApi,
  LocalApiError,
  openTransport,
} from "../../src/tailscale/local/mod.ts";
import { settle } from "../_support/fake_clock.ts";
import { fixtureBytes, fixtureText } from "../_support/fixture.ts";
import {
  DOWN,
  ELSEWHERE,
  FIXTURES,
  fromFixture,
  HERE,
  NOBODY,
  parts,
  read,
  request,
  setUp,
  TOKEN,
} from "./_fake_bridge.ts";

Deno.test("createBridgeHandler() passes three answers on byte for byte, by GET and HEAD", async () => {
  const { handle, asked } = setUp();
  const json = "application/json";
  for (
    const [path, fixture, type] of [
      ["/status", FIXTURES.status, json],
      ["/whois/100.64.0.2", FIXTURES.whois, json],
      ["/usermetrics", FIXTURES.usermetrics, "text/plain; version=0.0.4; charset=utf-8"],
    ] as const
  ) {
    const byGet = await handle(request(path), HERE);
    const byHead = await handle(request(path, { method: "HEAD" }), HERE);
    assertEquals([byGet.status, byHead.status, byHead.body], [200, 200, null], path);
    assertEquals([...byHead.headers], [...byGet.headers], path);
    const bytes = await byGet.bytes();
    assertEquals(bytes, fixtureBytes(fixture));
    assertEquals(byGet.headers.get("content-type"), type);
    assertEquals(byGet.headers.get("content-length"), String(bytes.length));
  }
  assertEquals(asked, ["status", "whois 100.64.0.2", "usermetrics"]);
});

Deno.test("createBridgeHandler() asks about addresses only, each in one spelling", async () => {
  const { handle, asked } = setUp();
  const good: Readonly<Record<string, string>> = {
    "100.64.0.2": "100.64.0.2",
    "FD7A:115C:A1E0:0::2": "fd7a:115c:a1e0::2",
    "fd7a%3A115c%3Aa1e0%3A%3A3": "fd7a:115c:a1e0::3",
    "::ffff:100.64.0.9": "100.64.0.9",
    "127.0.0.1:51234": "127.0.0.1:51234",
    "[fd7a:0::2]:80": "[fd7a::2]:80",
    "[fd7a:0::4]": "fd7a::4",
    "%5Bfd7a%3A%3A5%5D": "fd7a::5",
  };
  for (const [given, passed] of Object.entries(good)) {
    const { status } = await parts(handle(request(`/whois/${given}`), HERE));
    assertEquals([status, asked.pop()], [200, `whois ${passed}`], given);
  }
  const bad = [
    "",
    "node-b",
    "100.64.0",
    "0100.64.0.2",
    "100.64.0.2/32",
    "100.64.0.2/",
    "100.64.0.2%20",
  ]
    .concat("fe80::1%25eth0", "1:2:3:4:5:6:7:8:9", "[100.64.0.2]:80", "fd7a::2]:80", "[fd7a::2")
    .concat("[fd7a::2]x", "[fd7a::2]:", "[100.64.0.2]", "fd7a::2]", "[]", "100.64.0.2:")
    .concat("100.64.0.2:0", "100.64.0.2:65536", "100.64.0.2:080", "nodekey:00", "%ff", "%", "1%00")
    .concat("100.64.0.2%0d%0aX:1", "..%2fstatus", "9".repeat(5_000), "100.64.0.2;id", "$(id)");
  for (const given of bad) {
    const [status, error] = await read(handle(request(`/whois/${given}`), HERE));
    assertEquals(
      [status, String(error).slice(0, 32)],
      [400, "wanted an IPv4 or IPv6 address, "],
      given,
    );
  }
  assertEquals(asked, []);
});

Deno.test("createBridgeHandler() knows no other path and no other method", async () => {
  const { handle, asked } = setUp();
  const unknown = [
    "/",
    "/status/",
    "/STATUS",
    "/localapi/v0/status",
    "/metrics",
    "/whois",
    "/prefs",
  ]
    .concat("/ping", "//status", "/%73tatus", "/whois/../prefs", "/debug?action=rebind");
  for (const path of unknown) {
    assertEquals((await read(handle(request(path), HERE)))[0], 404, path);
  }
  const steered = new Request("http://x/status?/metrics", { headers: { host: "x/status?" } });
  const { handle: handleAny } = setUp(fromFixture, { token: new Secret(TOKEN) });
  steered.headers.set("authorization", `Bearer ${TOKEN}`);
  const wanted = "wanted a Host that is a name or an address";
  assertEquals(await read(handleAny(steered, HERE)), [400, wanted]);
  for (const method of ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"]) {
    for (const path of ["/status", "/usermetrics", "/whois/100.64.0.2", "/whois/nobody"]) {
      const { status, headers, error } = await parts(handle(request(path, { method }), HERE));
      assertEquals([status, headers.get("allow"), error], [405, "GET, HEAD", "this only reads"]);
    }
  }
  assertEquals(asked, []);
  // A query changes nothing: none of it is passed on.
  await parts(handle(request("/status?peers=false&addr=1"), HERE));
  assertEquals(asked, ["status"]);
});

Deno.test("createBridgeHandler() without a token answers this host by its own names", async () => {
  const { handle, asked } = setUp();
  const names = ["127.0.0.1:8765", "localhost:8765", "[::1]:8765", "127.0.0.2"];
  for (const name of names) {
    for (const remote of ["127.0.0.1", "::1", "::ffff:127.0.0.1"]) {
      assertEquals(
        (await read(handle(request("/status", {}, name), { hostname: remote })))[0],
        200,
      );
    }
  }
  assertEquals(asked, ["status"]);
  for (
    const name of ["evil.example:8765", "localhost.evil.example", "100.64.0.1:8765", "0.0.0.0"]
  ) {
    assertEquals((await read(handle(request("/status", {}, name), HERE)))[0], 403, name);
  }
  const nameless = request("/status", { headers: { host: "" } }, "localhost");
  assertEquals((await read(handle(nameless, HERE)))[0], 403);
  assertEquals((await read(handle(request("/status"), ELSEWHERE)))[0], 403);
  const forwarded = { ...HERE, isForwarded: true };
  assertEquals((await read(handle(request("/status"), forwarded)))[0], 403);
  for (const header of ["origin", "referer"]) {
    const headers = { [header]: "http://127.0.0.1:8765" };
    assertEquals((await read(handle(request("/status", { headers }), HERE)))[0], 403, header);
  }
});

Deno.test("createBridgeHandler() with a token answers only requests that have it", async () => {
  const { handle, asked } = setUp(fromFixture, { token: new Secret(TOKEN) });
  const get = (authorization?: string) =>
    handle(
      request(
        "/status",
        authorization === undefined ? {} : { headers: { authorization } },
        "sidecar:8765",
      ),
      ELSEWHERE,
    );
  for (const wrong of [undefined, "", TOKEN, `Basic ${TOKEN}`, `Bearer ${TOKEN}x`, "Bearer "]) {
    const { status, headers, text } = await parts(get(wrong));
    assertEquals([status, headers.get("www-authenticate")], [401, "Bearer"], wrong);
    assert(!text.includes("canary"));
  }
  // On this host, too, and for paths that are not there.
  assertEquals((await read(handle(request("/nope"), HERE)))[0], 401);
  assertEquals(asked, []);
  assertEquals((await read(get(`Bearer ${TOKEN}`)))[0], 200);
  assertEquals((await read(get(`bearer  ${TOKEN}`)))[0], 200);
});

Deno.test("createBridgeHandler() limits an address before it looks at its token", async () => {
  const { handle, clock } = setUp(fromFixture, {
    token: new Secret(TOKEN),
    rateLimit: { rps: 2, burst: 3 },
  });
  const statuses: number[] = [];
  for (let i = 0; i < 5; i++) statuses.push((await read(handle(request("/status"), ELSEWHERE)))[0]);
  assertEquals(statuses, [401, 401, 401, 429, 429]);
  const headers = { authorization: `Bearer ${TOKEN}` };
  const late = await parts(handle(request("/status", { headers }), ELSEWHERE));
  assertEquals([late.status, late.headers.get("retry-after")], [429, "1"]);
  assertEquals((await read(handle(request("/status", { headers }), HERE)))[0], 200);
  await clock.advance(500);
  assertEquals((await read(handle(request("/status", { headers }), ELSEWHERE)))[0], 200);
});

Deno.test("createBridgeHandler() lets an address ask 200 times, then 100 a second, by default", async () => {
  const { handle, clock } = setUp();
  /** How many answers there are before the first refusal. */
  const countAnswers = async () => {
    for (let count = 0; count < 1_000; count++) {
      if ((await read(handle(request("/nope"), HERE)))[0] === 429) return count;
    }
    return Infinity;
  };
  assertEquals(await countAnswers(), 200);
  await clock.advance(9);
  assertEquals(await countAnswers(), 0);
  await clock.advance(1);
  assertEquals(await countAnswers(), 1);
  await clock.advance(1_000);
  assertEquals(await countAnswers(), 100);
  await clock.advance(60_000);
  assertEquals(await countAnswers(), 200);
});

Deno.test("createBridgeHandler() asks tailscaled once a second, however often clients ask", async () => {
  const { handle, clock, asked } = setUp(fromFixture, { rateLimit: { rps: 1e6, burst: 1e6 } });
  const flood = () =>
    Promise.all(Array.from({ length: 300 }, () => read(handle(request("/status"), HERE))));
  assertEquals(new Set((await flood()).map(([status]) => status)), new Set([200]));
  await clock.advance(999);
  await flood();
  assertEquals(asked, ["status"]);
  await clock.advance(1);
  await flood();
  assertEquals(asked, ["status", "status"]);
  await read(handle(request("/usermetrics"), HERE));
  assertEquals(asked, ["status", "status", "usermetrics"]);
});

Deno.test("createBridgeHandler() remembers a failure as long as an answer", async () => {
  let failure: LocalApiError | undefined = DOWN;
  const { handle, clock, asked, lines } = setUp((each) =>
    failure === undefined ? fromFixture(each) : Promise.reject(failure)
  );
  for (let i = 0; i < 50; i++) {
    const { status, headers, error } = await parts(handle(request("/status"), HERE));
    assertEquals([status, error, headers.get("retry-after")], [502, DOWN.message, "1"]);
  }
  failure = undefined;
  assertEquals((await read(handle(request("/status"), HERE)))[0], 502);
  assertEquals(asked, ["status"]);
  await clock.advance(1_000);
  assertEquals((await read(handle(request("/status"), HERE)))[0], 200);
  assertEquals(lines, [
    `warning The bridge has no answer to pass on: ${DOWN.message}`,
    "info The bridge passes status on again",
  ]);
});

Deno.test("createBridgeHandler() tells how tailscaled failed by the status", async () => {
  const table: readonly [LocalApiError | Error, number][] = [
    [DOWN, 502],
    [new LocalApiError("timeout", "no whole answer"), 504],
    [new LocalApiError("status", "starting", { status: 503 }), 503],
    [new LocalApiError("status", "broken", { status: 500 }), 502],
    [new LocalApiError("forbidden", "denied", { status: 403 }), 502],
    [new LocalApiError("too_large", "more than we take"), 502],
    [new LocalApiError("not_found", "404 page not found", { status: 404 }), 502],
    [new Error("a defect"), 502],
  ];
  for (const [thrown, wanted] of table) {
    const { handle } = setUp(() => Promise.reject(thrown));
    assertEquals(await read(handle(request("/whois/100.64.0.2"), HERE)), [wanted, thrown.message]);
  }
  const { handle, lines } = setUp(() => Promise.reject(NOBODY));
  assertEquals(await read(handle(request("/whois/100.64.9.9"), HERE)), [
    404,
    "no match for this address",
  ]);
  assertEquals(lines, []);
});

Deno.test("createBridgeHandler() bounds what it keeps of whois and what it has asked", async () => {
  const free = { rps: 1e6, burst: 1e6 };
  const many = setUp(fromFixture, { rateLimit: free });
  const ask = (i: number) => read(many.handle(request(`/whois/100.64.${i >> 8}.${i & 255}`), HERE));
  for (let i = 0; i <= 1_000; i++) await ask(i);
  many.asked.length = 0;
  await ask(1);
  await ask(1_000);
  assertEquals(many.asked, []);
  // The oldest of 1,001 was dropped.
  await ask(0);
  assertEquals(many.asked, ["whois 100.64.0.0"]);

  const held = Promise.withResolvers<void>();
  const slow = setUp((each) => held.promise.then(() => fromFixture(each)), { rateLimit: free });
  const first = Array.from(
    { length: 32 },
    (_, i) => read(slow.handle(request(`/whois/100.64.0.${i}`), HERE)),
  );
  await settle();
  const [status, error] = await read(slow.handle(request("/whois/100.64.0.99"), HERE));
  assertEquals([status, error], [503, "too many questions at once"]);
  const same = read(slow.handle(request("/whois/100.64.0.5"), HERE));
  held.resolve();
  assertEquals((await Promise.all([...first, same])).map(([each]) => each), Array(33).fill(200));
  assertEquals(slow.asked.length, 32);
  assertEquals((await read(slow.handle(request("/whois/100.64.0.99"), HERE)))[0], 200);
});

Deno.test("createBridgeHandler() sets the security headers on every answer", async () => {
  const { handle } = setUp();
  for (const path of ["/status", "/usermetrics", "/whois/100.64.0.2", "/whois/x", "/nope"]) {
    const { headers } = await parts(handle(request(path), HERE));
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
      assertEquals(headers.get(name), value, `${path} ${name}`);
    }
    assertEquals(headers.get("cross-origin-resource-policy"), "same-origin");
  }
});

/** Our own client at a bridge over loopback, from a tailscaled of fixtures. */
function roundTrip(answer: typeof fromFixture, sentToken = TOKEN) {
  const { handle } = setUp(answer, { token: new Secret(TOKEN) });
  const { address, shutdown } = listen({ handler: handle, hostname: "127.0.0.1", port: 0 });
  const url = new URL(`http://127.0.0.1:${address.port}`);
  const way = { kind: "bridge", url, token: new Secret(sentToken) } as const;
  const transport = openTransport(way, { createHttpClient: Deno.createHttpClient });
  const api: LocalApi = createLocalApi({ transport });
  return {
    api,
    async [Symbol.asyncDispose]() {
      api.close();
      await shutdown();
    },
  };
}

Deno.test("createBridgeHandler() is understood by our own client of a bridge", async () => {
  await using trip = roundTrip((each) =>
    each.query?.addr === "100.64.9.9" ? Promise.reject(NOBODY) : fromFixture(each)
  );
  const { api } = trip;
  const status = await api.status();
  assertEquals([status.backendState, status.peers.length], ["Running", 2]);
  assertEquals((await api.whois("100.64.0.2"))?.user?.loginName, "alice@example.com");
  assertEquals((await api.whois("fd7a:115c:a1e0::2"))?.name, "node-b.lab.test");
  assertEquals((await api.whois("[fd7a:115c:a1e0::2]:80"))?.name, "node-b.lab.test");
  assertEquals(await api.whois("100.64.9.9"), undefined);
  const page = new TextDecoder().decode(await api.usermetrics());
  assertEquals(page, fixtureText(FIXTURES.usermetrics));
});

Deno.test("createBridgeHandler() passes its trouble on to our own client", async () => {
  await using down = roundTrip(() => Promise.reject(DOWN));
  const error = await assertRejects(() => down.api.status(), LocalApiError);
  assertEquals([error.failure, error.status], ["status", 502]);
  assert(error.message.includes("no answer at /run/ts.sock: Connection refused"), error.message);
  await using stranger = roundTrip(fromFixture, "canary-wrong-token-02");
  const refused = await assertRejects(() => stranger.api.status(), LocalApiError);
  assertEquals(refused.failure, "forbidden");
  assert(refused.message.endsWith("check BRIDGE_TOKEN"), refused.message);
  assert(!refused.message.includes("canary"), refused.message);
});

Deno.test("createBridgeHandler() says once that tailscaled is stuck, whatever is asked", async () => {
  const stuck = "no whole answer from /run/ts.sock within 10 s; tailscaled is stuck or very busy";
  let doing: Readonly<Record<string, string>> = {
    status: "read the status of tailscaled",
    whois: "look up the node of an address",
  };
  const { handle, clock, lines } = setUp((each) => {
    const what = doing[each.endpoint];
    if (what === undefined) return fromFixture(each);
    return Promise.reject(new LocalApiError("timeout", `Cannot ${what}: ${stuck}`));
  });
  async function askAll(): Promise<unknown[]> {
    const statuses: unknown[] = [];
    for (const path of ["/status", "/whois/100.64.0.2", "/usermetrics"]) {
      statuses.push((await read(handle(request(path), HERE)))[0]);
    }
    await clock.advance(1_000);
    return lines.splice(0).concat(statuses.join(" "));
  }
  const status = `warning The bridge has no answer to pass on: Cannot ${doing.status}: ${stuck}`;
  const whois = `warning The bridge has no answer to pass on: Cannot ${doing.whois}: ${stuck}`;
  assertEquals(await askAll(), [status, "504 504 200"]);
  // The metrics, which a wedge leaves alone, are no sign of its end.
  assertEquals(await askAll(), ["504 504 200"]);
  doing = {};
  assertEquals(await askAll(), ["info The bridge passes status on again", "200 200 200"]);
  doing = { whois: "look up the node of an address" };
  assertEquals(await askAll(), [whois, "200 504 200"]);
  doing = { status: "read the status of tailscaled", whois: "look up the node of an address" };
  assertEquals(await askAll(), ["504 504 200"]);
});

Deno.test("createBridgeHandler() tells another cause, and takes a 404 for an answer", async () => {
  const refused = new LocalApiError("unreachable", "Cannot ask: no answer");
  const starting = new LocalApiError("status", "Cannot ask: answered 503", { status: 503 });
  const failures = [refused, refused, starting, NOBODY, refused];
  const { handle, clock, lines } = setUp(() => Promise.reject(failures.shift()));
  for (let count = 0; count < 20 && failures.length > 0; count++) {
    await read(handle(request("/whois/100.64.9.9"), HERE));
    await clock.advance(1_000);
  }
  assertEquals(lines, [
    "warning The bridge has no answer to pass on: Cannot ask: no answer",
    "warning The bridge has no answer to pass on: Cannot ask: answered 503",
    "info The bridge passes whois on again",
    "warning The bridge has no answer to pass on: Cannot ask: no answer",
  ]);
});
