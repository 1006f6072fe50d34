import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { CLIENT_METRICS } from "../../src/collectors/_scrape_metric.ts";
import { ApiError, ScrapeError } from "../../src/errors.ts";
import { settle } from "../_support/fake_clock.ts";
import { fixtureText } from "../_support/fixture.ts";
import type { RelayedDevice } from "../../src/collectors/_page_relay.ts";
import { exporterDevice, failure, idsOf, makeFleet, PAGE } from "./_fleet.ts";
import { assertGolden, pageText } from "./_golden.ts";

Deno.test("ScrapeCollector passes pages on and tells how each scrape went", async () => {
  const { clock, answers, collector, cycle, relay } = await makeFleet({ concurrency: 1 });
  answers.set("1", fixtureText("client/webclient.txt"));
  answers.set("2", fixtureText("client/usermetrics-peer-relay-server.txt"));
  answers.set("3", failure());
  answers.set("4", async () => {
    await clock.delay(250);
    return PAGE +
      "# HELP tailscaled_new_total Not known to us.\n# TYPE tailscaled_new_total counter\n" +
      'tailscaled_new_total{device_id="mine",kind="a"} 7\n' +
      "# TYPE tsmetrics_device_up gauge\ntsmetrics_device_up 0\n" +
      "# TYPE up gauge\nup 0\n";
  });
  const cycling = cycle(["1", "2", "3", "4"].map((id) => exporterDevice(id)));
  await clock.advance(250);
  await cycling;
  assertGolden("client.prom", relay.pages, collector.scrapes);
});

Deno.test("ScrapeCollector knows the 15 families of tailscaled as tailscaled describes them", () => {
  assertEquals(CLIENT_METRICS.length, 15);
  const pages = ["webclient", "usermetrics-peer-relay-server"]
    .map((name) => fixtureText(`client/${name}.txt`)).join("");
  for (const { name, type, help } of CLIENT_METRICS) {
    assertStringIncludes(pages, `# TYPE ${name} ${type}\n# HELP ${name} ${help}\n`);
  }
});

Deno.test("ScrapeCollector takes a failed page away in that cycle, and tells once", async () => {
  const { clock, log, answers, told, cycle, relay } = await makeFleet();
  const fleet = [exporterDevice("1"), exporterDevice("2")];
  await cycle(fleet);
  answers.set("1", failure());
  for (let count = 0; count < 3; count++) {
    await clock.advance(30_000);
    await cycle(fleet);
    assertEquals(idsOf(relay.pages), ["2"]);
  }
  answers.delete("1");
  await clock.advance(60_000);
  await cycle(fleet);
  assertEquals(idsOf(relay.pages).toSorted(), ["1", "2"]);
  assertEquals(told, ["failed refused", "failed refused"]);
  assertEquals(log.take(), [
    "warning Cannot scrape node-1.tail0001.ts.net (refused)",
    "info Scraping node-1.tail0001.ts.net works again",
  ]);
});

Deno.test("ScrapeCollector tries a dead device less often, and tells when", async () => {
  const { clock, answers, asked, counted, collector, cycle, states } = await makeFleet();
  const start = clock.now();
  const fleet = [exporterDevice("1")];
  answers.set("1", failure());
  const tries: number[] = [];
  for (let count = 0; count < 30; count++) {
    const before = asked.length;
    await cycle(fleet);
    if (asked.length > before) tries.push((clock.now() - start) / 30_000);
    await clock.advance(30_000);
  }
  assertEquals(tries, [0, 1, 3, 7, 15, 25]);
  assertEquals(counted.map(({ down }) => down), Array(30).fill(1), "one state, tried or not");
  const [state] = states();
  assertEquals(state?.state, "down");
  assertEquals(state?.failure, "refused");
  assertEquals(state?.failingSinceMs, start);
  assertEquals(state?.nextTryMs, start + 35 * 30_000);
  assertEquals(
    pageText(collector.scrapes).split("\n").filter((line) => !line.startsWith("#")),
    ['tsmetrics_device_up{device_id="1",device_name="node-1.tail0001.ts.net"} 0', ""],
  );
});

Deno.test("ScrapeCollector tries at once where a device has moved or has come back", async () => {
  const { clock, answers, asked, cycle } = await makeFleet();
  answers.set("1", failure());
  for (let count = 0; count < 3; count++) {
    await cycle([exporterDevice("1")]);
    await clock.advance(30_000);
  }
  assertEquals(asked.length, 2);
  await cycle([exporterDevice("1", { addresses: ["100.64.0.99"] })]);
  assertEquals(asked.length, 3);
  await cycle([exporterDevice("1", { addresses: ["100.64.0.99"], connectedToControl: false })]);
  await cycle([exporterDevice("1", { addresses: ["100.64.0.99"] })]);
  assertEquals(asked.length, 4);
});

Deno.test("ScrapeCollector drops what is no target any more", async () => {
  const { log, answers, gone, collector, cycle, relay, states } = await makeFleet();
  answers.set("2", failure());
  await cycle([exporterDevice("1"), exporterDevice("2")]);
  await cycle([
    exporterDevice("1", { tags: [] }),
    exporterDevice("2", { connectedToControl: false }),
  ]);
  assertEquals(pageText(relay.pages, collector.scrapes), "");
  assertEquals(gone, ["1", "2"]);
  assertEquals(log.take().at(-1), "info No longer scraping node-2.tail0001.ts.net: offline");
  await cycle([exporterDevice("1")]);
  await cycle([]);
  assertEquals(pageText(relay.pages, collector.scrapes), "");
  assertEquals(states(), []);
});

Deno.test("ScrapeCollector goes on while facts hold, and stops when they are stale", async () => {
  const { clock, collector, cycle, relay } = await makeFleet();
  await cycle([exporterDevice("1")]);
  const down = new ApiError("server", "down");
  await clock.advance(300_000);
  await cycle(down);
  assertEquals(relay.pages.size, 1);
  await clock.advance(1);
  await cycle(down);
  assertEquals(relay.pages.size, 0);
  assertEquals(collector.scrapes.size, 0);
});

Deno.test("ScrapeCollector shows a new name on no old page", async () => {
  const { answers, collector, cycle, relay } = await makeFleet();
  await cycle([exporterDevice("1")]);
  answers.set("1", failure());
  await cycle([exporterDevice("1", { name: "renamed" })]);
  assertEquals(pageText(relay.pages), "");
  assertStringIncludes(pageText(collector.scrapes), 'up{device_id="1",device_name="renamed"} 0');
});

Deno.test("ScrapeCollector counts every device in one state", async () => {
  const { answers, counted, cycle, states } = await makeFleet();
  answers.set("2", failure());
  await cycle([
    exporterDevice("1"),
    exporterDevice("2"),
    exporterDevice("3", { connectedToControl: false }),
    exporterDevice("4", { tags: [] }),
    exporterDevice("7", { isExternal: true }),
    exporterDevice("5", { addresses: [] }),
    exporterDevice("6", { addresses: ["10.0.0.1"] }),
  ]);
  assertEquals(counted, [{
    up: 1,
    down: 1,
    pending: 0,
    offline: 1,
    untagged: 1,
    shared_in: 1,
    no_address: 1,
    address_not_allowed: 1,
  }]);
  const all = states();
  assertEquals(all.map((one) => one.state), [
    "up",
    "down",
    "offline",
    "untagged",
    "shared_in",
    "no_address",
    "address_not_allowed",
  ]);
  assertEquals(all[0]?.url, "http://100.64.0.1:5252/metrics");
  assertEquals(all[0]?.reason, undefined);
  assertEquals(all[1]?.reason?.endsWith("nothing listens"), true);
  assert(all.slice(2).every((one) => one.url === undefined && one.reason !== undefined));
});

Deno.test("ScrapeCollector says pending before the first try", async () => {
  const { cycle, answers, states } = await makeFleet();
  const answer = Promise.withResolvers<string>();
  answers.set("1", () => answer.promise);
  const cycling = cycle([exporterDevice("1")]);
  await settle();
  assertEquals(states().map((one) => one.state), ["pending"]);
  answer.resolve(PAGE);
  await cycling;
  assertEquals(states().map((one) => one.state), ["up"]);
});

Deno.test("ScrapeCollector costs a slow device one slot, not the others", async () => {
  const { clock, asked, answers, cycle } = await makeFleet({ concurrency: 2 });
  answers.set("1", async () => {
    await clock.delay(10_000);
    return PAGE;
  });
  const cycling = cycle(["1", "2", "3", "4", "5"].map((id) => exporterDevice(id)));
  await settle();
  assertEquals(asked, ["1", "2", "3", "4", "5"]);
  await clock.advance(10_000);
  await cycling;
});

Deno.test("ScrapeCollector asks no more devices at once than allowed", async () => {
  let running = 0;
  let most = 0;
  const { answers, cycle } = await makeFleet({ concurrency: 3 });
  const ids = Array.from({ length: 20 }, (_, index) => `${index + 1}`);
  for (const id of ids) {
    answers.set(id, async () => {
      most = Math.max(most, ++running);
      await settle();
      running--;
      return PAGE;
    });
  }
  await cycle(ids.map((id) => exporterDevice(id)));
  assertEquals(most, 3);
});

Deno.test("ScrapeCollector keeps one bad page from the others, and logs no device's words", async () => {
  const { clock, log, told, answers, cycle, relay } = await makeFleet();
  const fleet = [exporterDevice("1"), exporterDevice("2")];
  for (const bad of ["what{ 1\n", "what{ 2\n", "\u0000\u0001", "a b c d\n"]) {
    answers.set("1", bad);
    await cycle(fleet);
    assertEquals(idsOf(relay.pages), ["2"], bad);
    await clock.advance(300_000);
  }
  assertEquals(told, Array.from({ length: 4 }, () => "failed parse"));
  assertEquals(log.take(), [
    "warning Cannot scrape node-1.tail0001.ts.net (parse)",
  ]);
  assertStringIncludes(
    String(log.properties[0]?.["reason"]),
    "Cannot use http://100.64.0.1:5252/metrics: Cannot read line 1",
  );
});

Deno.test("ScrapeCollector reports a page over the limits as such", async () => {
  const { told, answers, cycle } = await makeFleet({ pageLimits: { maxBytes: 100 } });
  answers.set("1", `# ${"x".repeat(100)}\n`);
  await cycle([exporterDevice("1")]);
  assertEquals(told, ["failed limit"]);
});

Deno.test("ScrapeCollector drops families that are ours or the server's", async () => {
  const { log, told, answers, cycle, relay } = await makeFleet();
  const names = [
    "up",
    "tsmetrics_api_up",
    "tailscale_device_count",
    "process_start_time_seconds",
    "scrape_duration_seconds",
    "ALERTS",
    "ALERTS_FOR_STATE",
  ];
  answers.set("1", PAGE + names.map((name) => `${name} 9\n`).join("") + "upper 1\nprocesses 2\n");
  await cycle([exporterDevice("1")]);
  const page = pageText(relay.pages);
  for (const name of names) assertEquals(page.includes(`${name}{`), false, name);
  assertStringIncludes(page, 'upper{device_id="1"');
  assertStringIncludes(page, 'processes{device_id="1"');
  assertEquals(told, names.map(() => "dropped 1 reserved"));
  assertEquals(log.take(), [
    "warning Dropped samples of node-1.tail0001.ts.net",
  ]);
  answers.delete("1");
  await cycle([exporterDevice("1")]);
  assertEquals(log.take(), [
    "info All samples of node-1.tail0001.ts.net are exported again",
  ]);
});

Deno.test("ScrapeCollector.collect() throws the reason of its signal and blames no device", async () => {
  const stop = new AbortController();
  const { told, log, collector, cycle, clock, states } = await makeFleet({
    scrape: (_target, signal) => {
      if (signal !== stop.signal) return Promise.resolve(new TextEncoder().encode(PAGE));
      stop.abort(new RangeError("stopped"));
      return Promise.reject(signal.reason);
    },
  });
  await cycle([exporterDevice("1")]);
  await clock.advance(30_000);
  await assertRejects(() => collector.collect(stop.signal), RangeError, "stopped");
  assertEquals(told, []);
  assertEquals(log.take(), []);
  assertEquals(states().map((one) => one.state), ["up"]);
});

Deno.test("ScrapeCollector keeps its waits and shows true dates however the clock is set", async () => {
  for (const ms of [-86_400_000, 365 * 86_400_000]) {
    const { clock, answers, asked, collector, cycle, states } = await makeFleet({
      budgetMs: 30_000,
    });
    const fleet = [exporterDevice("1"), exporterDevice("2")];
    await cycle(fleet);
    answers.set("1", async () => {
      clock.set(ms);
      await clock.delay(250);
      throw failure();
    });
    const cycling = cycle(fleet);
    await clock.advance(250);
    await cycling;
    assertStringIncludes(
      pageText(collector.scrapes),
      'tsmetrics_device_scrape_duration_seconds{device_id="1",' +
        'device_name="node-1.tail0001.ts.net"} 0.25\n',
    );
    const [first, second] = states();
    assertEquals(first?.failingSinceMs, clock.now());
    assertEquals(first?.nextTryMs, clock.now() + 30_000 - 250);
    assertEquals(second?.lastSuccessMs, clock.now() - 250);
    answers.set("1", failure());
    asked.length = 0;
    for (let count = 0; count < 4; count++) {
      await clock.advance(30_000);
      await cycle(fleet);
    }
    // one cycle after the first failure, then two
    assertEquals(asked.filter((id) => id === "1").length, 2);
  }
});

Deno.test("ScrapeCollector.retarget() drops what left between two cycles", async () => {
  const { log, answers, gone, collector, learn, cycle, relay, states, record } = await makeFleet();
  answers.set("2", failure());
  await cycle([exporterDevice("1"), exporterDevice("2"), exporterDevice("3")]);
  await learn([exporterDevice("1"), exporterDevice("3", { tags: [] }), exporterDevice("4")]);
  assertEquals(idsOf(relay.pages).toSorted(), ["1", "3"]);
  await collector.retarget();
  assertEquals(record.listing?.devices.length, 3);
  assertEquals(idsOf(relay.pages), ["1"]);
  assertEquals(idsOf(collector.scrapes), ["1"]);
  assertEquals(states().map(({ device, state }) => `${device.id} ${state}`), [
    "1 up",
    "3 untagged",
    "4 pending",
  ]);
  assertEquals(gone, ["3", "2"]);
  assertEquals(log.take().at(-1), "info No longer scraping 2: gone");
});

Deno.test("ScrapeCollector.retarget() keeps what left during a cycle off the page", async () => {
  const { log, answers, asked, told, collector, learn, cycle, relay } = await makeFleet({
    concurrency: 2,
  });
  const slow = new Map(["1", "2"].map((id) => [id, Promise.withResolvers<string>()]));
  for (const [id, { promise }] of slow) answers.set(id, () => promise);
  const cycling = cycle(["1", "2", "3", "4"].map((id) => exporterDevice(id)));
  await settle();
  assertEquals(asked, ["1", "2"]);
  await learn([exporterDevice("4")]);
  await collector.retarget();
  slow.get("1")?.resolve(PAGE);
  slow.get("2")?.reject(failure());
  await cycling;
  assertEquals(asked, ["1", "2", "4"]);
  assertEquals(idsOf(relay.pages), ["4"]);
  assertEquals(idsOf(collector.scrapes), ["4"]);
  assertEquals([told, log.take()], [[], []]);
});

Deno.test("ScrapeCollector writes a further line of a device for a reason that is not its words", async () => {
  for (const [failure, count] of [["status", 1], ["network", 3]] as const) {
    const { clock, log, answers, cycle } = await makeFleet();
    for (const reason of ["status 500", "status 503", "status 503", "status 500"]) {
      for (const id of ["1", "2"]) answers.set(id, new ScrapeError(failure, reason));
      await cycle(["1", "2"].map((id) => exporterDevice(id)));
      await clock.advance(300_000);
    }
    const lines = ["1", "2"]
      .map((id) => `warning Cannot scrape node-${id}.tail0001.ts.net (${failure})`);
    assertEquals(log.take(), Array.from({ length: count }, () => lines).flat());
  }
});

Deno.test("ScrapeCollector counts a device that is read elsewhere as up and never asks it", async () => {
  let own: string | undefined = "1";
  const isReadElsewhere = ({ device }: RelayedDevice) => device.id === own;
  const { asked, collector, counted, cycle, relay } = await makeFleet({ isReadElsewhere });
  const devices = [exporterDevice("1"), exporterDevice("2")];
  await cycle(devices);
  assertEquals([asked, counted.at(-1)?.up], [["2"], 2]);
  assertStringIncludes(pageText(collector.scrapes), 'tsmetrics_device_up{device_id="1",');
  assertEquals(idsOf(relay.pages), ["2"]);
  // The page that came the other way outlives a device that is no target any more.
  const page = relay.pages.get("t/2");
  assert(page !== undefined);
  relay.pages.set("t/1", page);
  await cycle([exporterDevice("2")]);
  assertEquals(idsOf(relay.pages), ["2", "1"]);
  own = undefined;
  await cycle(devices);
  assertEquals(asked, ["2", "2", "2", "1"]);
});
