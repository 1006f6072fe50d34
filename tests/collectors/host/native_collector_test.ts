import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { joinPages } from "../../../src/collectors/host/_native_page.ts";
import { PageRelay } from "../../../src/collectors/_page_relay.ts";
import { DeviceShape } from "../../../src/collectors/_device_shape.ts";
import {
  NativeCollector,
  type NativeCollectorOptions,
} from "../../../src/collectors/host/native_collector.ts";
import type { KnownDevice } from "../../../src/facts/tailnet_facts.ts";
import {
  type LocalApi,
  LocalApiError,
  type LocalStatus,
} from "../../../src/tailscale/local/mod.ts";
import { fixtureBytes } from "../../_support/fixture.ts";
import { makeDevice, makeKnown } from "../../devices/_device.ts";
import { idsOf } from "../_fleet.ts";
import { assertGolden, KeptLog, pageText } from "../_golden.ts";
import { fakeLocal, recordedStatus, statusWith } from "./_local.ts";

const NEVER = new AbortController().signal;
const USERMETRICS = fixtureBytes("localapi/usermetrics.txt");
const CLIENT_METRICS = fixtureBytes("localapi/clientmetrics.txt");

const DENIED = new LocalApiError("forbidden", "Cannot read all metrics of tailscaled: 403; do x");
const SILENT = new LocalApiError("unreachable", "Cannot read the status of tailscaled: refused");
const DOWN = new LocalApiError("unreachable", "Cannot read the metrics of tailscaled: refused");

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** The TYPE lines of families that have samples, in the order of their names. */
function familiesOf(page: string): readonly string[] {
  const sampled = new Set(page.match(/^[a-z_]\w*/gm));
  const types = page.match(/^# TYPE \S+ \S+$/gm) ?? [];
  return types.filter((line) => sampled.has(line.split(" ")[2] ?? "")).toSorted();
}

/** A collector over a tailscaled that is node 1 of the lab; `calls` says what it answers. */
function makeCollector(
  options: Partial<NativeCollectorOptions> = {},
  calls: Partial<LocalApi> = {},
) {
  const log = new KeptLog();
  const asked: string[] = [];
  const relay = new PageRelay({ samplesDropped: () => {}, log });
  const answers: Partial<LocalApi> = {
    status: () => recordedStatus("status-no-peers"),
    usermetrics: () => Promise.resolve(USERMETRICS),
    metrics: () => Promise.resolve(CLIENT_METRICS),
    ...calls,
  };
  const collector = new NativeCollector({
    local: fakeLocal({
      status(asking) {
        asked.push(`status ${asking?.withPeers}`);
        return (answers.status ?? Promise.reject)(asking);
      },
      usermetrics: () => (answers.usermetrics ?? Promise.reject)(),
      metrics() {
        asked.push("metrics");
        return (answers.metrics ?? Promise.reject)();
      },
      isOwnNode: calls.isOwnNode ?? false,
    }),
    relay,
    findDevice: () => undefined,
    withClientMetrics: false,
    log,
    ...options,
  });
  const cycle = async (): Promise<string> => {
    await collector.collect(NEVER);
    return pageText(relay.pages);
  };
  return { answers, asked, collector, cycle, log, relay };
}

Deno.test("NativeCollector shows this host's page as a device's", async () => {
  const { asked, collector, cycle, relay } = makeCollector();
  await cycle();
  assertGolden("native.prom", relay.pages);
  assertEquals([asked, idsOf(relay.pages)], [["status false"], ["1"]]);
  assertEquals(collector.isShown, true);
});

Deno.test("NativeCollector calls this host what the API calls it, by the id of its node", async () => {
  const { self } = await recordedStatus("status");
  const device = makeDevice({ id: "77", nodeId: "1", name: "node-a", tags: ["tag:exporter"] });
  const known = makeKnown(device);
  const { asked, collector, cycle } = makeCollector({
    self: () => self,
    findDevice: (nodeId) => nodeId === "1" ? known : undefined,
    shape: new DeviceShape({ labels: [{ fact: "tags", isEverywhere: true }] }),
  });
  assertStringIncludes(
    await cycle(),
    'tailscaled_advertised_routes{device_id="77",device_name="node-a",tags=",exporter,"} 0\n',
  );
  assertEquals([asked, collector.shows(known)], [[], true]);
});

Deno.test("NativeCollector shows the host under one id when the API learns of it", async () => {
  const known: KnownDevice[] = [];
  const { collector, cycle, relay } = makeCollector({ findDevice: () => known[0] });
  await cycle();
  known.push(makeKnown(makeDevice({ id: "77" })));
  await cycle();
  assertEquals([[...relay.pages.keys()], collector.isShown], [["t/77"], true]);
});

Deno.test("NativeCollector adds all client metrics beside the documented ones", async () => {
  const { cycle, log, relay } = makeCollector({ withClientMetrics: true });
  const text = await cycle();
  const both = new TextDecoder().decode(USERMETRICS) + new TextDecoder().decode(CLIENT_METRICS);
  assertEquals(familiesOf(text), familiesOf(both));
  assertEquals(familiesOf(text).length, 321);
  assertStringIncludes(
    text,
    'magicsock_rebind_calls{device_id="1",device_name="node-a.lab.test"} 2\n',
  );
  assertEquals([log.lines, [...relay.leftOutOf("/1")]], [[], []]);
});

Deno.test("NativeCollector says once that client metrics need rights, and goes on", async () => {
  const { answers, cycle, log } = makeCollector({ withClientMetrics: true }, {
    metrics: () => Promise.reject(DENIED),
  });
  assertStringIncludes(await cycle(), "tailscaled_advertised_routes{");
  await cycle();
  assertEquals(log.take(), [
    "warning Cannot read all metrics of tailscaled: 403; do x; the other metrics go on",
  ]);
  answers.metrics = () => Promise.resolve(bytes("# TYPE x counter\nx 5\n"));
  assertStringIncludes(await cycle(), 'x{device_id="1",device_name="node-a.lab.test"} 5\n');
  assertEquals(log.take(), ["info The client metrics of tailscaled can be read again"]);
});

Deno.test("NativeCollector goes on without client metrics that are malformed", async () => {
  const { answers, collector, cycle, log } = makeCollector({ withClientMetrics: true }, {
    metrics: () => Promise.resolve(bytes("x{ 5\n")),
  });
  assertStringIncludes(await cycle(), "tailscaled_advertised_routes{");
  answers.metrics = () => Promise.resolve(bytes("y{ 5\n"));
  await cycle();
  assertEquals(log.take(), ["warning Cannot use the client metrics of tailscaled"]);
  assertEquals(collector.isShown, true);
});

Deno.test("NativeCollector takes its page away when it fails, and another's never", async () => {
  const { answers, collector, cycle, log, relay } = makeCollector();
  await cycle();
  answers.usermetrics = () => Promise.reject(DOWN);
  assertEquals([await cycle(), collector.isShown], ["", false]);
  // Now the fleet asks for the page over the tailnet.
  relay.take({ key: "/1", device: makeDevice({ id: "1" }) }, bytes("x 5\n"), [["device_id", "1"]]);
  assertEquals(await cycle(), '# TYPE x untyped\nx{device_id="1"} 5\n');
  answers.usermetrics = () => Promise.resolve(USERMETRICS);
  assertStringIncludes(await cycle(), "tailscaled_advertised_routes{");
  assertEquals(log.take(), [
    "warning Cannot read the metrics of tailscaled: refused",
    "info The metrics of tailscaled can be read again",
  ]);
  answers.usermetrics = () => Promise.resolve(bytes("<html>"));
  assertEquals([await cycle(), collector.isShown], ["", false]);
  assertEquals(log.take(), ["warning Cannot use the metrics of tailscaled"]);
});

Deno.test("NativeCollector takes a page of 800 families", async () => {
  const pageOf = (count: number) =>
    bytes(Array.from({ length: count }, (_, at) => `family_${at} 1\n`).join(""));
  const { answers, cycle, log } = makeCollector({}, {
    usermetrics: () => Promise.resolve(pageOf(800)),
  });
  assertEquals(familiesOf(await cycle()).length, 800);
  assertEquals(log.take(), []);
  answers.usermetrics = () => Promise.resolve(pageOf(801));
  assertEquals(await cycle(), "");
  assertEquals(log.take(), ["warning Cannot use the metrics of tailscaled"]);
});

Deno.test("NativeCollector says once that tailscaled is silent, whatever it is asked for", async () => {
  let self: LocalStatus["self"] = (await recordedStatus("status-no-peers")).self;
  const { answers, cycle, log } = makeCollector({ self: () => self });
  await cycle();
  answers.usermetrics = () => Promise.reject(DOWN);
  await cycle();
  // By now the peers' collector knows that nothing answers.
  self = undefined;
  answers.status = () => Promise.reject(SILENT);
  assertEquals([await cycle(), await cycle()], ["", ""]);
  assertEquals(log.take(), ["warning Cannot read the metrics of tailscaled: refused"]);
});

Deno.test("NativeCollector waits for a host that is no node yet, and knows one that was", async () => {
  const nobody = () => statusWith([], { BackendState: "NeedsLogin", Peer: null });
  const { answers, cycle, log } = makeCollector({}, { status: nobody });
  assertEquals([await cycle(), await cycle()], ["", ""]);
  assertEquals(log.take(), [
    "warning Cannot show the metrics of tailscaled: it is no node of a tailnet; " +
    "run `tailscale up`",
  ]);
  answers.status = () => recordedStatus("status-no-peers");
  assertStringIncludes(await cycle(), 'device_name="node-a.lab.test"');
  assertEquals(log.take(), ["info tailscaled is a node of a tailnet again"]);
  answers.status = nobody;
  assertStringIncludes(await cycle(), 'device_name="node-a.lab.test"');
});

Deno.test("NativeCollector says nothing of our own node that has no tailnet", async () => {
  const status = () => statusWith([], { BackendState: "NeedsLogin", Peer: null });
  const { cycle, log } = makeCollector({}, { status, isOwnNode: true });
  assertEquals([await cycle(), log.take()], ["", []]);
});

Deno.test("NativeCollector.collect() throws what is no failure of tailscaled", async () => {
  const { collector } = makeCollector({}, { usermetrics: () => Promise.reject(new Error("bug")) });
  await assertRejects(() => collector.collect(NEVER), Error, "bug");
  await assertRejects(() => collector.collect(AbortSignal.abort(new Error("end"))), Error, "end");
});

Deno.test("joinPages() takes of the second page what the first has not", () => {
  const decoder = new TextDecoder();
  const cases = [
    ["a 1\n", "b 2\n", "a 1\nb 2\n"],
    ["a 1", "b 2", "a 1\nb 2"],
    ['# TYPE a counter\na{x="1"} 1\n', "# HELP a A.\n# TYPE a gauge\na 5\nb 2\n", undefined],
    ["# HELP a A.\n", "a 5\n# a comment\n", "# HELP a A.\n# a comment\n"],
    ["", "a 5\n", "a 5\n"],
    ["aa 1\n", "a 5\n", "aa 1\na 5\n"],
  ] as const;
  for (const [first, second, wanted = `${first}b 2\n`] of cases) {
    assertEquals(decoder.decode(joinPages(bytes(first), bytes(second))), wanted);
  }
});

Deno.test("joinPages() takes 20,000 lines of each page", () => {
  const [most, more] = [bytes("a 1\n".repeat(20_000)), bytes("\n".repeat(20_001))];
  assertEquals(joinPages(most, most).length, most.length);
  for (const [first, second] of [[most, more], [more, most]] as const) {
    assertThrows(() => joinPages(first, second), RangeError, "over 20000 lines");
  }
});

Deno.test("NativeCollector goes on without client metrics of very many lines", async () => {
  const { collector, log } = makeCollector({ withClientMetrics: true }, {
    metrics: () => Promise.resolve(bytes("\n".repeat(2_000_000))),
  });
  for (let look = 0; look < 2; look++) await collector.collect(NEVER);
  assertEquals(log.take(), ["warning Cannot use the client metrics of tailscaled"]);
  assertEquals(collector.isShown, true);
});
