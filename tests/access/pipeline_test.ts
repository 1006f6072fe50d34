import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { AddressBook } from "../../src/access/address_book.ts";
import { AccessPipeline, sampleOf } from "../../src/access/pipeline.ts";
import { endpointOf } from "../../src/access/endpoint.ts";
import { Redaction } from "../../src/access/redaction.ts";
import { Secret } from "../../src/secret/secret.ts";
import { anonymous } from "../../src/access/visitor.ts";
import { Visitors } from "../../src/access/visitors.ts";
import { parseCidr } from "../../src/cidr.ts";
import { WhoisLookup } from "../../src/access/whois_lookup.ts";
import { decodeWhois } from "../../src/tailscale/local/whois.ts";
import { FakeClock } from "../_support/fake_clock.ts";
import { fixtureText } from "../_support/fixture.ts";
import { AT_MS } from "./_record.ts";

const WHOIS = { ...decodeWhois(fixtureText("localapi/whois-user.json")), createdSeconds: 0 };

type Options = Partial<ConstructorParameters<typeof AccessPipeline>[0]>;

const LAPTOP = { userClass: "own", user: "a@example.com", device: "laptop" } as const;

function makeAnalytics(options: Options = {}): AccessPipeline {
  const book = new AddressBook();
  book.note("100.64.0.1", { id: "1", visitor: LAPTOP, createdMs: undefined }, 0);
  return new AccessPipeline({
    visitors: new Visitors({ book, isListed: (address) => address === "100.64.0.1" }),
    redaction: new Redaction([], new Secret("")),
    retentionMs: 86_400_000,
    now: () => AT_MS,
    ...options,
  });
}

function line(target: string, { address = "100.64.0.1", status = 200, time = "12:00:00" } = {}) {
  return `${address} - - [01/Feb/2026:${time} +0000] "GET ${target} HTTP/1.1" ${status} 10`;
}

Deno.test("AccessPipeline.take() counts a line, and keeps the visitor of the request", () => {
  const analytics = makeAnalytics();
  analytics.take(line("/users/7?token=x"), "shop");
  assertEquals(analytics.ledger.records(0), [{
    atMs: AT_MS,
    visitor: LAPTOP,
    address: "100.64.0.1",
    service: "shop",
    method: "GET",
    endpoint: "/users/:id",
    path: "/users/7",
    query: "token=x",
    status: 200,
    bytes: 10,
    seconds: undefined,
    agent: undefined,
  }]);
  assertEquals(analytics.metrics.linesOf("counted"), 1);
});

Deno.test("AccessPipeline.take() counts lines that are ignored, stale or refused, by reason", () => {
  const refused: string[] = [];
  const analytics = makeAnalytics({
    ignored: ["/health*", "/metrics"],
    onBadLine: (reason) => refused.push(reason),
  });
  analytics.take(line("/healthz"));
  analytics.take(line("/metrics?a=b"));
  analytics.take(line("/").replace("2026", "2025"));
  analytics.take('nonsense "/a?secret=1"');
  const { metrics, samples } = analytics;
  assertEquals(
    (["ignored", "stale", "format", "counted"] as const).map((one) => metrics.linesOf(one)),
    [2, 1, 1, 0],
  );
  assertEquals([refused, [...samples]], [["format"], [["format", 'nonsense "/a?…"']]]);
  const silent = makeAnalytics({ keepsSamples: false });
  silent.take("nonsense");
  assertEquals(silent.samples.size, 0);
});

Deno.test("AccessPipeline.take() takes no service from the client where another names it", () => {
  const json = { remote_addr: "100.64.0.1", status: 200, request_uri: "/", host: "evil" };
  for (
    const [text, tag, service] of [
      [line("/"), undefined, "default"],
      [line("/"), "tag", "tag"],
      [JSON.stringify(json), undefined, "evil"],
      [JSON.stringify(json), "tag", "tag"],
      [JSON.stringify({ ...json, server_name: "shop" }), "tag", "shop"],
    ] as const
  ) {
    const analytics = makeAnalytics();
    analytics.take(text, tag);
    assertEquals(analytics.ledger.records(0)[0]?.service, service);
  }
});

Deno.test("AccessPipeline.take() counts a line when tailscaled has answered", async () => {
  const answer = Promise.withResolvers<void>();
  const visitors = {
    find: () => answer.promise.then(() => LAPTOP),
    findKnown: () => anonymous("unknown"),
  };
  const analytics = makeAnalytics({ visitors });
  for (let at = 0; at < 2_001; at++) analytics.take(line("/"));
  // One more than may wait is counted as far as known.
  assertEquals([analytics.waiting, analytics.metrics.linesOf("counted")], [2_000, 1]);
  answer.resolve();
  await analytics.settled();
  assertEquals([analytics.waiting, analytics.metrics.linesOf("counted")], [0, 2_001]);
  const { userClasses } = analytics.ledger.usage(0);
  assertEquals([userClasses.of("own"), userClasses.of("unknown")], [2_000, 1]);
});

Deno.test("AccessPipeline.take() hides what is to be hidden before it is kept", () => {
  const analytics = makeAnalytics({
    redaction: new Redaction(["user", "ip", "query"], new Secret("k")),
  });
  analytics.take(line("/a?secret=1"));
  const text = JSON.stringify([
    analytics.ledger.records(0),
    analytics.ledger.usage(0).users.top(9),
    analytics.ledger.usage(0).devices.top(9),
  ]);
  for (const word of ["a@example.com", "laptop", "100.64.0.1", "secret"]) {
    assertEquals(text.includes(word), false, word);
  }
});

Deno.test("AccessPipeline forgets old requests although no new line comes", () => {
  let nowMs = AT_MS;
  const analytics = makeAnalytics({ now: () => nowMs });
  analytics.take(line("/"));
  analytics.metrics.snapshot();
  assertEquals(analytics.ledger.recordCount, 1);
  nowMs += 86_400_001;
  analytics.metrics.snapshot();
  assertEquals(analytics.ledger.recordCount, 0);
});

Deno.test("AccessPipeline counts as a slow computation over the same log does", () => {
  const trusted = [parseCidr("10.0.0.1")].filter((one) => one !== undefined);
  const one = fc.record({
    address: fc.constantFrom("100.64.0.1", "100.64.0.2", "192.0.2.1", "127.0.0.1"),
    target: fc.constantFrom("/", "/a/1", "/a/2", "/b?c=d", "/health", "/é"),
    status: fc.constantFrom(200, 304, 404, 500),
  });
  fc.assert(fc.property(fc.array(one, { maxLength: 50 }), (lines) => {
    const analytics = makeAnalytics({ trusted, ignored: ["/health"] });
    for (const { target, ...rest } of lines) analytics.take(line(target, rest));
    const counted = lines.filter(({ target }) => target !== "/health");
    const { endpoints, requests, userClasses, users } = analytics.ledger.usage(0);
    assertEquals(requests, counted.length);
    const count = (is: (one: typeof lines[number]) => boolean) => counted.filter(is).length;
    assertEquals(
      ["own", "unknown", "external", "server"].map((name) => userClasses.of(name)),
      ["100.64.0.1", "100.64.0.2", "192.0.2.1", "127.0.0.1"]
        .map((address) => count((each) => each.address === address)),
    );
    assertEquals(users.of("a@example.com"), count(({ address }) => address === "100.64.0.1"));
    const known = new Set<string>();
    const names = counted.map(({ target, status }) => {
      const endpoint = endpointOf(target.split("?")[0]);
      if (status < 400) known.add(endpoint);
      return known.has(endpoint) ? endpoint : "(other)";
    });
    for (const name of ["/", "/a/:id", "/b", "/é", "(other)"]) {
      assertEquals(endpoints.of(name), names.filter((each) => each === name).length, name);
    }
    assert(analytics.metrics.linesOf("counted") === counted.length);
  }));
});

Deno.test("sampleOf() cuts a line, and leaves queries out", () => {
  assertEquals(
    sampleOf('"GET /a?b=c HTTP/1.1" "http://x/?q=1"'),
    '"GET /a?… HTTP/1.1" "http://x/?…"',
  );
  assertEquals(sampleOf("x".repeat(300)).length, 200);
  // A query in a field of its own.
  assertEquals(sampleOf('"/a" "token=x&b=c" 200'), '"/a" "token=…&b=…" 200');
  assertEquals(sampleOf('{"uri":"/a","args":"token=x"}'), '{"uri":"/a","args":"token=…"}');
});

Deno.test("AccessPipeline counts alike in any order, and a line that is sent twice twice", () => {
  const one = fc.record({
    address: fc.constantFrom("100.64.0.1", "100.64.0.2", "192.0.2.1"),
    status: fc.constantFrom(200, 404, 500),
    time: fc.constantFrom("12:00:00", "11:59:59", "03:00:00"),
  });
  const brief = (analytics: AccessPipeline) => {
    const { hours, requests, statuses, userClasses, users } = analytics.ledger.usage(0);
    return { hours, requests, tables: [statuses, userClasses, users].map((each) => each.top(9)) };
  };
  const taken = (lines: readonly string[]) => {
    const analytics = makeAnalytics();
    for (const each of lines) analytics.take(each);
    return brief(analytics);
  };
  fc.assert(
    fc.property(fc.array(one, { maxLength: 30 }), fc.infiniteStream(fc.nat()), (all, by) => {
      const lines = all.map((each) => line("/", each));
      const shuffled = lines.map((each) => [by.next().value ?? 0, each] as const)
        .sort(([a], [b]) => a - b).map(([, each]) => each);
      const whole = taken(lines);
      assertEquals(taken(shuffled), whole);
      const twice = taken([...lines, ...shuffled]);
      assertEquals(twice.requests, 2 * whole.requests);
      assertEquals(twice.hours, whole.hours.map(([at, count]) => [at, 2 * count] as const));
      assertEquals(
        twice.tables,
        whole.tables.map((table) => table.map(([name, count]) => [name, 2 * count] as const)),
      );
    }),
  );
});

Deno.test("AccessPipeline counts every line while tailscaled is down, and names users afterwards", async () => {
  const clock = new FakeClock(AT_MS);
  const book = new AddressBook();
  let [asked, isDown] = [0, true];
  const lookup = new WhoisLookup({
    whois() {
      asked++;
      return isDown ? Promise.reject(new Error("down")) : Promise.resolve(WHOIS);
    },
    book,
    now: clock.now,
    elapsed: clock.elapsed,
  });
  const analytics = makeAnalytics({
    visitors: new Visitors({ book, isListed: () => false, prepare: (one) => lookup.prepare(one) }),
  });
  const take = async () => {
    for (let at = 0; at < 100; at++) analytics.take(line("/", { address: `100.64.0.${at}` }));
    await analytics.settled();
  };
  for (let second = 0; second < 11; second++) {
    await take();
    await clock.advance(1_000);
  }
  const { userClasses } = analytics.ledger.usage(0);
  assertEquals([userClasses.of("unknown"), userClasses.total], [1_100, 1_100]);
  // Calls that were under way when the first failed, at most 32, and none for 5 s after each.
  assert(asked <= 3 * 32, `asked ${asked} times`);
  isDown = false;
  await clock.advance(5_000);
  await take();
  assertEquals(analytics.ledger.usage(0).users.of("alice@example.com"), 100);
  assertEquals(analytics.metrics.linesOf("counted"), 1_200);
});

Deno.test("AccessPipeline counts a flood of unknown addresses within its bounds", async () => {
  const clock = new FakeClock(AT_MS);
  const book = new AddressBook();
  let asked = 0;
  const lookup = new WhoisLookup({
    whois() {
      asked++;
      return Promise.resolve({ ...WHOIS, id: `${asked}` });
    },
    book,
    maxKept: 50,
    now: clock.now,
    elapsed: clock.elapsed,
  });
  const analytics = makeAnalytics({
    visitors: new Visitors({ book, isListed: () => false, prepare: (one) => lookup.prepare(one) }),
  });
  for (let at = 0; at < 20_000; at++) {
    const address = `100.${64 + (at >> 14)}.${at >> 8 & 63}.${at & 255}`;
    analytics.take(line("/", { address }));
    if (at % 100 === 0) await analytics.settled();
  }
  await analytics.settled();
  assertEquals(analytics.metrics.linesOf("counted"), 20_000);
  // 200 calls are permitted a second, and no time went by.
  assertEquals([asked, book.size <= 50, analytics.waiting], [200, true, 0]);
  assertEquals(analytics.ledger.usage(0).userClasses.total, 20_000);
});
