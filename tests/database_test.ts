import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { AccessRecord } from "../src/access/mod.ts";
import { Database } from "../src/database.ts";
import { Exporter } from "../src/exporter.ts";
import type { HostFacts, PeerFacts } from "../src/facts/mod.ts";
import { Redactor } from "../src/secret/redactor.ts";
import { openSources } from "../src/source/mod.ts";
import { testConfig } from "./_support/config.ts";
import { SIGNAL, withExporter } from "./_support/exporter.ts";
import { FakeRuntime } from "./_support/fake_runtime.ts";
import { known } from "./facts/_snapshot.ts";

/** A database that takes everything. */
class FakeDatabase implements AsyncDisposable {
  /** Requests as `path?query authorization`. */
  readonly asked: string[] = [];
  readonly lines: string[] = [];
  status = 204;
  readonly #server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    async (request) => {
      const { pathname, search } = new URL(request.url);
      this.asked.push(`${pathname}${search} ${request.headers.get("authorization")}`);
      const isZipped = request.headers.get("content-encoding") === "gzip";
      const body = isZipped
        ? request.body?.pipeThrough(new DecompressionStream("gzip")) ?? null
        : request.body;
      this.lines.push(...(await new Response(body).text()).split("\n").slice(0, -1));
      return new Response(null, { status: this.status });
    },
  );

  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}

const PEER: PeerFacts = { id: "n1", name: "git", path: "direct_v4", sinceMs: 0, rttMs: 1.5 };

/** A host whose pings two nodes have answered. */
const HOST: HostFacts = {
  host: "here",
  atMs: 0,
  answers: true,
  sinceMs: 0,
  backend: "Running",
  health: [],
  isFresh: true,
  peerCount: 2,
  peers: new Map([["n1", PEER], ["n2", { ...PEER, id: "n2" }], ["n3", {
    ...PEER,
    id: "n3",
    rttMs: 12,
  }]]),
  actions: [],
};

function makeDatabase(
  url: string,
  settings: Readonly<Record<string, string>> = {},
  { runtime = new FakeRuntime(), host = HOST, isKept = true } = {},
) {
  const config = testConfig({ OAUTH_TOKEN: "tskey-api-1", INFLUX_URL: url, ...settings });
  const client = Deno.createHttpClient({});
  const database = new Database({
    settings: { ...config, influxUrl: new URL(url) },
    runtime,
    client,
    redactor: new Redactor(),
    isKept,
    readHost: () => host,
  });
  /** Stops at once: what was added is written then. */
  async function flush(): Promise<void> {
    await database.run(AbortSignal.abort(new Error("stop")));
    client.close();
  }
  return { database, flush };
}

Deno.test("Database writes all nodes, to the bucket of the settings", async () => {
  await using fake = new FakeDatabase();
  const { database, flush } = makeDatabase(fake.url, { INFLUX_TOKEN: "t0ken", INFLUX_ORG: "o" });
  const nodes = [
    known({ id: "1", nodeId: "n1", name: "git" }),
    known({ id: "2", nodeId: "n2", name: "web" }, false),
    known({ id: "n3", nodeId: undefined, name: "db" }),
  ];
  await database.addNodes(nodes, ({ name }) => `type-${name}`);
  assertEquals(database.status.buffered, 3);
  await flush();
  assertEquals(fake.asked, ["/api/v2/write?org=o&bucket=analytics&precision=ns Token t0ken"]);
  assertEquals(
    fake.lines.map((line) => line.replace(/ \d{19}$/, "").replace(/,os=\w+|,ip="[^"]*"/g, "")),
    [
      "tailscale_health,hostname=git,node_type=type-git online=1i,latency_ms=1.5",
      "tailscale_health,hostname=web,node_type=type-web online=0i",
      "tailscale_health,hostname=db,node_type=type-db online=1i,latency_ms=12",
    ],
  );
  assertEquals([database.status.state, database.status.buffered], ["up", 0]);
});

Deno.test("Database keeps over a restart what its database did not take, and no other", async () => {
  await using fake = new FakeDatabase();
  const node = known({ id: "1", name: "git" });
  const cases: readonly (readonly [
    before: Readonly<Record<string, string>>,
    after: Readonly<Record<string, string>>,
    isKept: boolean,
    written: number,
  ])[] = [
    [{}, {}, true, 1],
    [{}, { INFLUX_BUCKET: "other" }, true, 0],
    [{ INFLUX_DATABASE: "d" }, { INFLUX_DATABASE: "d" }, true, 1],
    [{ HISTORY_STORE: "off" }, {}, true, 0],
    [{}, {}, false, 0],
  ];
  for (const [before, after, isKept, written] of cases) {
    const runtime = new FakeRuntime();
    fake.status = 503;
    const first = makeDatabase(fake.url, before, { runtime, isKept });
    await first.database.addNodes([node], () => "other");
    await first.flush();
    fake.status = 204;
    fake.lines.length = 0;
    const second = makeDatabase(fake.url, after, { runtime, isKept });
    await second.flush();
    assertEquals(fake.lines.length, written, JSON.stringify([before, after, isKept]));
  }
});

Deno.test("Database writes no latency of a host that does not answer, or is not up", async () => {
  for (const facts of [{ isFresh: false }, { answers: false }, { backend: "Stopped" }] as const) {
    await using fake = new FakeDatabase();
    const { database, flush } = makeDatabase(fake.url, {}, { host: { ...HOST, ...facts } });
    await database.addNodes([known({ id: "1", nodeId: "n1", name: "git" })], () => "other");
    await flush();
    const told = fake.lines.map((line) => line.includes("latency_ms"));
    assertEquals(told, [false], JSON.stringify(facts));
  }
});

Deno.test("Database writes requests of access logs where that is on", async () => {
  await using fake = new FakeDatabase();
  const settings = { INFLUX_DATABASE: "d", INFLUX_USERNAME: "u", INFLUX_PASSWORD: "p" };
  const off = makeDatabase(fake.url, settings);
  assertEquals(off.database.addRequest, undefined);
  await off.flush();
  const { database, flush } = makeDatabase(fake.url, { ...settings, INFLUX_ACCESS: "on" });
  const record: AccessRecord = {
    atMs: Date.UTC(2026, 1, 1),
    service: "s",
    method: "GET",
    endpoint: "/",
    path: "/",
    query: undefined,
    status: 200,
    bytes: undefined,
    seconds: undefined,
    address: "100.64.0.1",
    agent: undefined,
    visitor: { userClass: "own", user: "me", device: "laptop" },
  };
  database.addRequest?.(record);
  await flush();
  assertEquals(fake.asked, ["/write?db=d Basic dTpw"]);
  assertEquals(fake.lines.map((line) => line.replace(/ \d{19}$/, "")), [
    "tailscale_access,user=me,device=laptop,endpoint=/ status=200i",
  ]);
});

Deno.test("Exporter writes to a database where one is configured, and shows how that goes", async () => {
  await using fake = new FakeDatabase();
  await withExporter(async (exporter) => {
    assert(exporter.database !== undefined);
    await exporter.runOnce(SIGNAL);
    const devices = exporter.tailnets[0]?.record.listing?.devices ?? [];
    await exporter.database.addNodes(devices, () => "other");
    assertEquals(exporter.health().push?.buffered, 1);
    assertStringIncludes(exporter.page.view().text("text"), "tsmetrics_push_buffered_points 1\n");
    await exporter.database.run(AbortSignal.abort(new Error("stop")));
  }, { INFLUX_URL: fake.url });
  assertEquals(fake.lines.length, 1);
});

Deno.test("Exporter writes no simulated requests to a database", async () => {
  const runtime = new FakeRuntime();
  const config = testConfig({
    TEST_DEVICES: "demo",
    INFLUX_URL: "http://127.0.0.1:8086",
    INFLUX_ACCESS: "on",
  });
  await using sources = await openSources(config, runtime);
  const exporter = await Exporter.open(config, sources, runtime);
  try {
    const time = new Date(runtime.now()).toISOString();
    exporter.analytics?.queue.push(`{"remote_addr":"192.0.2.1","status":200,"time":"${time}"}`);
    await exporter.analytics?.queue.drained();
    assertEquals(exporter.analytics?.access.ledger.recordCount, 1);
    assertEquals(exporter.database?.status.buffered, 0);
  } finally {
    exporter.close();
  }
});

Deno.test("Exporter.open() loads no database for a single collection, or where none is configured", async () => {
  const settings = { INFLUX_URL: "http://127.0.0.1:8086" };
  for (const [isRepeating, env] of [[false, settings], [true, {}]] as const) {
    await withExporter(
      (exporter) => {
        assertEquals([exporter.database, exporter.health().push], [undefined, undefined]);
        return Promise.resolve();
      },
      env,
      { isRepeating },
    );
  }
});
