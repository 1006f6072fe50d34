import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { UptimeLog } from "../../src/history/mod.ts";
import { cleanTag, cleanText, type Point, renderLine } from "../../src/push/line_protocol.ts";
import { DatabaseClient, healthPoint, type Place } from "../../src/push/mod.ts";
import type { Outcome } from "../../src/push/outcome.ts";
import { Redactor } from "../../src/secret/redactor.ts";
import { Secret } from "../../src/secret/secret.ts";
import { makeDevice, makeKnown } from "../devices/_device.ts";
import { FakeTailnet } from "./_fake_tailnet.ts";
import { InfluxDb, PASSWORD, USERNAME } from "./_influxdb.ts";
import { Program, runProgram } from "./_program.ts";
import { Samples } from "./_samples.ts";
import { until } from "../_support/until.ts";
import { VictoriaMetrics } from "./_victoria_metrics.ts";

const MINUTE_MS = 60_000, DAY_MS = 86_400_000;
const PLACE: Place = { database: "tailscale" };
const LOGIN = { username: USERNAME, password: new Secret(PASSWORD) };

/** Texts of tags that mean something in the protocol. */
const ODD: readonly string[] = [
  "plain",
  "a b",
  "a,b",
  "a=b",
  'a"b"',
  '"',
  "C:\\x",
  "a\\ b",
  "a\\,b",
  "\\=",
  "end\\",
  "two\nlines",
  "tab\there",
  "äλ💥",
  "#",
  " blank ",
  "'",
  "{a}",
];

/** Points of a day, each 5 minutes, of a node that goes on and off; and the same in our history. */
async function pastOf(nowMs: number) {
  const startMs = Math.floor(nowMs / 1000) * 1000 - DAY_MS + MINUTE_MS;
  const log = new UptimeLog({ maxBuckets: 800, maxGapMs: 15 * MINUTE_MS });
  const points: Point[] = [];
  for (let at = 0; at < 288; at++) {
    const [atMs, isOnline] = [startMs + 5 * MINUTE_MS * at, at % 7 > 1 && at < 250];
    const node = makeKnown(makeDevice({ name: "git.example.ts.net" }), isOnline);
    points.push(healthPoint(node, { atMs, nodeType: "git", latencyMs: undefined }));
    await log.observe({ nodes: [node], atMs, elapsedMs: atMs });
  }
  const [key = ""] = [makeKnown(makeDevice({ name: "git.example.ts.net" })).key];
  const { ratio = NaN } = log.uptime(key, DAY_MS, nowMs);
  assert(ratio > 0.5 && ratio < 0.7, `${ratio}`);
  return { points, ratio };
}

/** Odd tags, at this time. */
function oddPoints(atMs: number): readonly Point[] {
  return ODD.map((text, at) => ({
    measurement: "odd",
    tags: { text },
    fields: { n: BigInt(at), said: text },
    atMs,
  }));
}

function batchOf(points: readonly Point[]) {
  const lines = points.map((point) => `${renderLine(point)}\n`);
  return { bytes: new TextEncoder().encode(lines.join("")), points: points.length };
}

function storeAt(origin: string, login?: typeof LOGIN): DatabaseClient {
  return new DatabaseClient({
    url: new URL(origin),
    place: PLACE,
    login,
    now: Date.now,
    redactor: new Redactor([new Secret(PASSWORD)]),
  });
}

/** A query of the document, by the language of its block. */
async function documentedQuery(language: string): Promise<string> {
  const text = await Deno.readTextFile("docs/push.md");
  const [, query = ""] = new RegExp(`\`\`\`${language}\n([^\`]+)\n\`\`\``).exec(text) ?? [];
  assert(query !== "", `no query in ${language}`);
  return query;
}

Deno.test("InfluxDB 1 reads our lines as they are meant, and tells the time online that we tell", async () => {
  await using server = await InfluxDb.make();
  const store = storeAt(server.origin, LOGIN);
  assertStringIncludes(await store.check() ?? "", "check the network, INFLUX_URL");
  await server.start();
  assertStringIncludes(await store.check() ?? "", "create what INFLUX_DATABASE names");
  await server.query("CREATE DATABASE tailscale");
  assertEquals(await store.check(), undefined);
  assertStringIncludes(
    await storeAt(server.origin).check() ?? "",
    "check INFLUX_USERNAME and INFLUX_PASSWORD",
  );

  const nowMs = Date.now();
  const { points, ratio } = await pastOf(nowMs);
  const written: Outcome = { kind: "written", rejected: 0, reason: undefined };
  assertEquals(await store.write(batchOf([...points, ...oddPoints(nowMs)])), written);
  const odd = await server.query('SELECT "n", "said" FROM "odd" GROUP BY "text"', "tailscale");
  assertEquals(
    new Map(odd.map(({ n, said, text }) => [n, [text, said]])),
    new Map(ODD.map((text, at) => [at, [cleanTag(text), cleanText(text)]])),
  );
  // Written again, they are the same points.
  assertEquals(await store.write(batchOf(points)), written);
  const [count] = await server.query('SELECT COUNT("online") FROM "tailscale_health"', "tailscale");
  assertEquals(count?.count, points.length);
  const [mean] = await server.query(await documentedQuery("sql"), "tailscale");
  assert(Math.abs(Number(mean?.mean) - ratio) <= 1 / points.length, `${mean?.mean}, ours ${ratio}`);

  // One point of two has another type than those before it: that one is lost, the other is taken.
  const outcome = await store.write(batchOf([
    { measurement: "odd", tags: {}, fields: { n: 0.5 }, atMs: nowMs },
    { measurement: "other", tags: {}, fields: { n: 0.5 }, atMs: nowMs },
  ]));
  assert(outcome.kind === "written", JSON.stringify(outcome));
  assertEquals([outcome.rejected, outcome.reason?.includes("field type conflict")], [1, true]);
});

Deno.test("VictoriaMetrics reads our lines as they are meant, and tells the time online that we tell", async () => {
  await using server = await VictoriaMetrics.start("scrape_configs: []\n", ["-retentionPeriod=7d"]);
  const store = storeAt(server.origin);
  assertEquals(await store.check(), undefined);
  const nowMs = Date.now();
  const { points, ratio } = await pastOf(nowMs);
  const outcome = await store.write(batchOf([...points, ...oddPoints(nowMs)]));
  assertEquals(outcome.kind, "written");
  await server.flush();
  const odd = await until("the odd points", async () => {
    const found = await server.query("odd_n");
    return found.length === ODD.length && found;
  });
  assertEquals(
    new Map(odd.map(({ metric, value }) => [value, metric.text])),
    new Map(ODD.map((text, at) => [at, cleanTag(text)])),
  );
  const query = await documentedQuery("promql");
  const [mean] = await server.query(query);
  assert(
    Math.abs(Number(mean?.value) - ratio) <= 1 / points.length,
    `${mean?.value}, ours ${ratio}`,
  );
});

Deno.test("serve keeps its points until InfluxDB is there, and writes them", async () => {
  await using tailnet = new FakeTailnet({ devices: ["a", "b"] });
  await using server = await InfluxDb.make();
  const settings = {
    ...tailnet.settings,
    HEALTH_INTERVAL: "10s",
    INFLUX_URL: server.origin,
    INFLUX_DATABASE: "tailscale",
    INFLUX_USERNAME: USERNAME,
    INFLUX_PASSWORD: PASSWORD,
  };
  await using program = await Program.start(settings);
  await until("a request that fails", () => program.log.text.includes("Cannot write to"));
  assertEquals(JSON.parse(await program.text("/health")).push.state, "down");
  await server.start();
  await server.query("CREATE DATABASE tailscale");
  const rows = await until("the points", async () => {
    const found = await server.query('SELECT * FROM "tailscale_health"', "tailscale");
    return found.length >= 2 && found;
  });
  assertEquals(new Set(rows.map(({ hostname }) => hostname)), new Set(["a", "b"]));
  // The points can be read before the answer to their request has arrived.
  await until(
    "the answer of the database",
    async () => JSON.parse(await program.text("/health")).push.state === "up",
  );
  const samples = new Samples(await program.text("/metrics"));
  assertEquals(samples.sum("tsmetrics_push_points_total", { outcome: "dropped" }), 0);
  const wrong = await runProgram(["check"], { ...settings, INFLUX_PASSWORD: "wrong" });
  assertStringIncludes(
    wrong.stdout.replace(/\s+/g, " "),
    "check INFLUX_USERNAME and INFLUX_PASSWORD",
  );
  const { code } = await program.stop();
  assertEquals([code, program.log.text.includes("Stopped before")], [0, false]);
  assertEquals(program.log.text.includes(PASSWORD), false);
});
