import { assertEquals, assertRejects } from "@std/assert";
import { Analytics, type AnalyticsOptions } from "../src/analytics.ts";
import { ConfigError } from "../src/errors.ts";
import { decodeWhois, type Whois } from "../src/tailscale/local/whois.ts";
import { testConfig } from "./_support/config.ts";
import { SIGNAL, withExporter } from "./_support/exporter.ts";
import { FakeClock } from "./_support/fake_clock.ts";
import { makeDevice } from "./devices/_device.ts";
import { fixtureText } from "./_support/fixture.ts";
import { freePort } from "./_support/free_port.ts";

/** It joined before the lines of these tests. */
const WHOIS: Whois = {
  ...decodeWhois(fixtureText("localapi/whois-user.json")),
  createdSeconds: Date.UTC(2026, 0, 1) / 1000,
};
const STATUS = { addresses: ["100.64.0.7"], self: { name: WHOIS.name } };

/** Access analytics with a tailscaled that knows one address, and the lines of its log. */
function makeAnalytics(
  settings: Readonly<Record<string, string>> = {},
  options: Partial<AnalyticsOptions> = {},
) {
  const clock = new FakeClock();
  const lines: string[] = [];
  const say = (message: string, properties: Readonly<Record<string, unknown>> = {}) => {
    lines.push(message.replace(/\{(\w+)\}/g, (_, name) => String(properties[name])));
  };
  const analytics = new Analytics({
    settings: testConfig({ TEST_DEVICES: "demo", ACCESS_LISTEN: "127.0.0.1:5514", ...settings }),
    runtime: { now: clock.now, elapsedMs: clock.elapsed },
    tailnets: [],
    local: {
      status: () => Promise.resolve(STATUS as never),
      whois: (address): Promise<Whois | undefined> =>
        Promise.resolve(address === "100.64.0.2" ? WHOIS : undefined),
    },
    makeKey: () => "key",
    log: { info: say, warning: say },
    ...options,
  });
  return { analytics, clock, lines };
}

function line(address: string, request: string = "GET / HTTP/1.1"): string {
  return `${address} - - [01/Feb/2026:00:00:00 +0000] "${request}" 200 10`;
}

Deno.test("Analytics names the visitor of a request, by tailscaled", async () => {
  const { analytics } = makeAnalytics();
  for (const address of ["100.64.0.2", "100.64.0.3", "100.64.0.7", "192.0.2.1"]) {
    analytics.queue.push(line(address));
  }
  await analytics.queue.drained();
  await analytics.access.settled();
  const visitors = analytics.access.ledger.records(0)
    .map(({ address, visitor }) => `${address} ${visitor.userClass} ${visitor.user}`).sort();
  assertEquals(visitors, [
    `100.64.0.2 own ${WHOIS.user?.loginName}`,
    "100.64.0.3 unknown undefined",
    "100.64.0.7 server undefined",
    "192.0.2.1 external undefined",
  ]);
});

Deno.test("Analytics names the visitor of a request, by the device list first", async () => {
  const device = makeDevice({ name: "web-1", addresses: ["100.64.0.2"], tags: ["tag:web"] });
  const all = [{ key: "1", device, isOnline: true }];
  const listing = { devices: all, all, rejected: [], atMs: 0, elapsedMs: 0 };
  const { analytics } = makeAnalytics({}, { tailnets: [{ record: { listing } as never }] });
  analytics.queue.push(line("100.64.0.2"));
  await analytics.queue.drained();
  const [record] = analytics.access.ledger.records(0);
  assertEquals(record?.visitor, { userClass: "tagged", user: undefined, device: "web-1" });
});

Deno.test("Exporter shows requests on its page if access logs are taken", async () => {
  const given = [{}, { ACCESS_LISTEN: "127.0.0.1:5514" }, { ACCESS_INGEST: "true" }] as const;
  for (const settings of given) {
    const isOn = Object.keys(settings).length > 0;
    await withExporter(async (exporter) => {
      exporter.analytics?.queue.push(line("192.0.2.1"));
      await exporter.analytics?.queue.drained();
      const view = exporter.page.view();
      const pieces = [...view.chunks("text")].map((piece) => new TextDecoder().decode(piece));
      view.release();
      assertEquals(
        pieces.join("").includes("\ntsmetrics_access_lines_total{"),
        isOn,
      );
      assertEquals(exporter.analytics !== undefined, isOn);
    }, settings);
  }
});

Deno.test("Analytics tells each trouble once", async () => {
  const { analytics, clock, lines } = makeAnalytics({}, {
    local: {
      status: () => Promise.reject(new Error("down")),
      whois: () => Promise.reject(new Error("tailscaled is down")),
    },
  });
  analytics.queue.push("nonsense ?a=b");
  analytics.queue.push("nonsense 2");
  analytics.queue.push(line("100.64.0.2"));
  await analytics.queue.drained();
  await analytics.access.settled();
  for (let at = 0; at <= 50_001; at++) analytics.queue.push("x");
  await analytics.queue.drained();
  assertEquals(lines, [
    "Refusing lines of access logs (format): want the format of ACCESS_FORMAT, got nonsense ?…",
    "Cannot look up the node of an address: tailscaled is down",
    "Dropping access logs: they arrive faster than they are read",
  ]);
  await clock.advance(60_000);
  analytics.queue.push("x");
  await analytics.queue.drained();
  assertEquals(lines.slice(3), ["Dropping no access logs any more"]);
  assertEquals(analytics.access.metrics.linesOf("dropped"), 2);
});

Deno.test("Analytics shows no refused line where addresses are hidden", async () => {
  const { analytics, lines } = makeAnalytics({ ACCESS_REDACT: "ip" });
  analytics.queue.push("nonsense 100.64.0.2");
  await analytics.queue.drained();
  assertEquals(lines, [
    "Refusing lines of access logs (format): want the format of ACCESS_FORMAT",
  ]);
  assertEquals(analytics.access.samples.size, 0);
});

Deno.test("Analytics calls a format that it cannot read a fault of the settings", async () => {
  const error = await assertRejects(
    () => Promise.try(() => makeAnalytics({ ACCESS_FORMAT: "$remote_addr $status" })),
    ConfigError,
  );
  assertEquals(error.message.includes("Cannot read the format of ACCESS_FORMAT: it lacks"), true);
});

Deno.test("Analytics.quota() counts the users of shared devices", async () => {
  const { analytics } = makeAnalytics({ USER_QUOTA: "1" }, {
    local: {
      status: () => Promise.resolve({ ...STATUS, self: { name: "web-1.other.ts.net" } } as never),
      whois: () => Promise.resolve(WHOIS),
    },
  });
  analytics.queue.push(line("100.64.0.2"));
  await analytics.queue.drained();
  await analytics.access.settled();
  assertEquals(await analytics.quota(), {
    externalUsers: [WHOIS.user?.loginName ?? ""],
    limit: 1,
    available: 0,
    isExceeded: false,
  });
});

Deno.test("Analytics.quota() counts an external user although many others came since", async () => {
  const { analytics } = makeAnalytics({ USER_QUOTA: "1" }, {
    local: {
      status: () => Promise.resolve({ ...STATUS, self: { name: "web-1.other.ts.net" } } as never),
      whois: () => Promise.resolve(WHOIS),
    },
  });
  analytics.queue.push(line("100.64.0.2"));
  await analytics.queue.drained();
  await analytics.access.settled();
  for (let at = 0; at < 10_000; at++) analytics.access.take(line("192.0.2.1"));
  const classes = analytics.access.ledger.records(0).map(({ visitor }) => visitor.userClass);
  assertEquals(new Set(classes), new Set(["external" as const]));
  assertEquals((await analytics.quota()).externalUsers, [WHOIS.user?.loginName ?? ""]);
});

Deno.test("Analytics.quota() counts a user once, whether listed or seen, where users are hidden", async () => {
  const device = makeDevice({
    name: "phone.other.ts.net",
    addresses: ["100.64.0.2"],
    tags: [],
    isExternal: true,
    user: "eve@example.com",
  });
  const all = [{ key: "1", device, isOnline: true }];
  const listing = { devices: all, all, rejected: [], atMs: 0, elapsedMs: 0 };
  const { analytics } = makeAnalytics({ ACCESS_REDACT: "user" }, {
    tailnets: [{ record: { listing } as never }],
    local: undefined,
  });
  const before = await analytics.quota();
  analytics.queue.push(line("100.64.0.2"));
  await analytics.queue.drained();
  const [record] = analytics.access.ledger.records(0);
  assertEquals(record?.visitor.userClass, "shared");
  assertEquals(await analytics.quota(), before);
  assertEquals(before.externalUsers.map((user) => /^user-[0-9a-f]{16}$/.test(user)), [true]);
});

Deno.test("Analytics.listen() opens the port that is configured, and says so, or none", async () => {
  const off = makeAnalytics({ ACCESS_LISTEN: "" });
  assertEquals([await off.analytics.listen(), off.lines], [undefined, []]);
  const port = freePort();
  const { analytics, lines } = makeAnalytics({ ACCESS_LISTEN: `127.0.0.1:${port}` });
  await using opened = await analytics.listen();
  assertEquals(opened?.address.port, port);
  assertEquals(lines, [`Taking access logs at 127.0.0.1:${port}, UDP and TCP`]);
});

Deno.test("Analytics.openIntake() takes lines at once, as the queue does", async () => {
  const { analytics } = makeAnalytics();
  const intake = analytics.openIntake("shop");
  const old = line("192.0.2.1").replace("2026", "2020");
  const health = line("192.0.2.1", "GET /health HTTP/1.1");
  const text = [line("100.64.0.2"), line("192.0.2.1"), old, health, "nonsense"].join("\n");
  await intake.push(new TextEncoder().encode(text));
  intake.end();
  await analytics.access.settled();
  assertEquals(intake.report, {
    lines: 5,
    counted: 2,
    ignored: 1,
    stale: 1,
    refused: new Map([["format", 1]] as const),
    firstRefused: { line: 5, reason: "format" },
  });
  const records = analytics.access.ledger.records(0);
  assertEquals(records.map(({ service }) => service), ["shop", "shop"]);
  const users = records.map(({ visitor }) => visitor.user ?? "").sort();
  assertEquals(users, ["", WHOIS.user?.loginName ?? ""]);
  assertEquals(analytics.access.metrics.linesOf("counted"), 2);
});

Deno.test("Analytics waits for a walk over the device list before any line is taken", async () => {
  let elapsedMs = 0;
  const all = Array.from({ length: 300 }, (_, at) => ({
    key: `${at}`,
    device: makeDevice({
      id: `${at}`,
      name: `web-${at}`,
      addresses: [`100.64.1.${at % 250}`],
      tags: ["tag:web"],
    }),
    isOnline: true,
  }));
  const listing = { devices: all, all, rejected: [], atMs: 0, elapsedMs: 0 };
  const clock = new FakeClock();
  const { analytics } = makeAnalytics({}, {
    tailnets: [{ record: { listing } as never }],
    // Each look at the clock ends a slice.
    runtime: { now: clock.now, elapsedMs: () => (elapsedMs += 10) },
    local: undefined,
  });
  const intakes = [analytics.openIntake("a"), analytics.openIntake("b")];
  const bytes = new TextEncoder().encode(`${line("100.64.1.249")}\n`);
  await Promise.all(intakes.map((intake) => intake.push(bytes)));
  const classes = analytics.access.ledger.records(0).map(({ visitor }) => visitor.userClass);
  assertEquals(classes, ["tagged", "tagged"]);
});

Deno.test("Analytics.run() takes simulated requests, whatever format is configured", async () => {
  const stop = new AbortController();
  const record = { listing: { all: [], devices: [], rejected: [], atMs: 0, elapsedMs: 0 } };
  const { analytics, lines } = makeAnalytics({ ACCESS_FORMAT: "short" }, {
    tailnets: [{ record: record as never }],
    tellVisits(fromMs, untilMs) {
      assertEquals(untilMs - fromMs, 7 * 86_400_000);
      stop.abort(new Error("stop"));
      return [JSON.stringify({
        time: new Date(untilMs).toISOString(),
        remote_addr: "192.0.2.1",
        request: "GET / HTTP/1.1",
        status: 200,
      })];
    },
  });
  await analytics.run(stop.signal);
  assertEquals(analytics.access.ledger.recordCount, 1);
  assertEquals(lines, ["Simulated {requests:request|requests} of the demo's services"]);
});

Deno.test("Analytics.run() does nothing without simulated requests", async () => {
  const { analytics } = makeAnalytics();
  await analytics.run(new AbortController().signal);
  assertEquals(analytics.access.ledger.recordCount, 0);
});

Deno.test("Analytics.quota() walks the device list in slices", async () => {
  let elapsedMs = 0;
  const all = Array.from({ length: 200 }, (_, at) => ({
    key: `${at}`,
    device: makeDevice({ id: `${at}`, tags: [], isExternal: at % 2 === 0, user: `u${at % 4}@x` }),
    isOnline: true,
  }));
  const listing = { devices: all, all, rejected: [], atMs: 0, elapsedMs: 0 };
  const clock = new FakeClock();
  const { analytics } = makeAnalytics({}, {
    tailnets: [{ record: { listing } as never }],
    runtime: { now: clock.now, elapsedMs: () => (elapsedMs += 10) },
    local: undefined,
  });
  let isCounted = false;
  const counting = analytics.quota().finally(() => isCounted = true);
  // A microtask for each step would be no turn of the event loop.
  for (let step = 0; step < 1_000; step++) await Promise.resolve();
  assertEquals(isCounted, false);
  assertEquals((await counting).externalUsers, ["u0@x", "u2@x"]);
});

Deno.test("Analytics takes lines of connections while datagrams flood it", async () => {
  const clock = new FakeClock();
  let [elapsedMs, stepMs] = [0, 1];
  const { analytics } = makeAnalytics({}, {
    runtime: { now: clock.now, elapsedMs: () => (elapsedMs += stepMs) },
  });
  for (let at = 0; at < 50_001; at++) analytics.datagrams.push("x");
  assertEquals([analytics.datagrams.isCrowded, analytics.queue.isCrowded], [true, false]);
  assertEquals(analytics.access.metrics.linesOf("dropped"), 1);
  analytics.queue.push(line("192.0.2.2"));
  await analytics.queue.drained();
  // The flood is far from its end.
  assertEquals(analytics.datagrams.isCrowded, true);
  assertEquals(analytics.access.ledger.records(0).length, 1);
  // The rest of it in one go.
  stepMs = 0;
  await analytics.datagrams.drained();
});

Deno.test("Analytics makes nothing of lines that are sent to deceive", async () => {
  const { analytics, lines } = makeAnalytics({ ACCESS_LABELS: "endpoint,user,device" });
  const intake = analytics.openIntake("shop");
  const forged = line("100.64.0.2");
  const hostile = [
    // nginx escapes what is no text in a path: nothing of it begins a line.
    line("192.0.2.1", `GET /\\x0A${forged.replaceAll('"', "\\x22")} HTTP/1.1`),
    line("192.0.2.1", "GET /<script>alert(1)</script> HTTP/1.1"),
    line("192.0.2.1", "GET /\x1b[31m\u202e HTTP/1.1"),
    `\x1b]0;title\x07${forged}`,
    "x".repeat(1024 * 1024),
    `{"remote_addr":"192.0.2.1","status":200,"uri":"/${"a/".repeat(8_000)}"}`,
    `{"remote_addr":"192.0.2.1","status":200,"__proto__":{"status":1},"uri":"/p"}`,
  ].join("\n");
  await intake.push(new TextEncoder().encode(`${hostile}\n`));
  intake.end();
  await analytics.access.settled();
  const { refused } = intake.report;
  assertEquals([...refused], [["address", 1], ["too_long", 1]]);
  const records = analytics.access.ledger.records(0);
  assertEquals(records.map(({ address }) => address), Array(5).fill("192.0.2.1"));
  assertEquals(records.some(({ visitor }) => visitor.user !== undefined), false);
  const texts = records.flatMap(({ endpoint, path = "" }) => [endpoint, path]);
  assertEquals(texts.every((text) => text.length <= 512), true);
  assertEquals(lines.length, 1);
});

Deno.test("Analytics reports what was used, and an exceeded quota once", async () => {
  const shared = (user: string) => ({
    key: user,
    device: makeDevice({ name: user, tags: [], user, isExternal: true }),
    isOnline: true,
  });
  let all = [shared("a@x"), shared("b@x")];
  const listing = {
    devices: [],
    rejected: [],
    atMs: 0,
    elapsedMs: 0,
    get all() {
      return all;
    },
  };
  const { analytics, clock, lines } = makeAnalytics({ USER_QUOTA: "1" }, {
    tailnets: [{ record: { listing } as never }],
    local: undefined,
  });
  const [quota, access] = Analytics.jobs({ reportIntervalMs: 1 }, () => analytics);
  await quota?.run(SIGNAL);
  await quota?.run(SIGNAL);
  analytics.queue.push(`{"remote_addr":"192.0.2.1","status":200,"ts":${clock.now() / 1000}}`);
  await analytics.queue.drained();
  await access?.run(SIGNAL);
  all = all.slice(1);
  await quota?.run(SIGNAL);
  assertEquals([quota?.intervalMs, access?.intervalMs], [900_000, 1]);
  assertEquals(lines.map((each) => each.replace(/^Since \S+Z/, "Since NOW")), [
    "There are 2 external users, USER_QUOTA permits 1",
    "Since NOW: 1 request by 0 users from 0 devices, external users: 2 of 1",
    "There are no more external users than USER_QUOTA permits",
  ]);
});
