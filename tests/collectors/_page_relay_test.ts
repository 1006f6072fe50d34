import { assertEquals, assertStringIncludes } from "@std/assert";
import { DeviceShape } from "../../src/collectors/_device_shape.ts";
import { exporterDevice, idsOf, makeFleet } from "./_fleet.ts";
import { pageText } from "./_golden.ts";
import { MetricDrop } from "../../src/collectors/_metric_drop.ts";

/** A page with a number of series. */
function pageOf(count: number, name = "m"): string {
  return Array.from({ length: count }, (_, at) => `${name}{k="${at}"} 1\n`).join("");
}

/** Devices by age, the oldest first. */
const FLEET = ["1", "2", "3"].map((id) => exporterDevice(id, { createdSeconds: Number(id) }));

Deno.test("PageRelay takes pages up to LIMIT_SERIES, and tells once what it leaves out", async () => {
  const { answers, told, log, cycle, relay, states } = await makeFleet({ maxSeries: 9 });
  for (const id of ["1", "2", "3"]) answers.set(id, pageOf(3));
  await cycle(FLEET);
  assertEquals(idsOf(relay.pages).toSorted(), ["1", "2", "3"]);
  assertEquals([relay.leftOutCount, told, log.take()], [0, [], []]);

  answers.set("2", pageOf(4));
  await cycle(FLEET);
  await cycle(FLEET);
  assertEquals(idsOf(relay.pages).toSorted(), ["1", "2"]);
  assertEquals(relay.leftOutCount, 1);
  assertEquals(states().map(({ leftOut }) => leftOut), [[], [], [
    { family: undefined, reason: "series_limit", samples: 3 },
  ]]);
  assertEquals(told.length >= 2, true);
  assertEquals(new Set(told), new Set(["dropped 3 series_limit"]));
  assertEquals(log.take(), [
    "warning Left out 1 device: all devices together may have 9 series. Set " +
    "LIMIT_SERIES, METRICS_DROP or more shards; /debug names the devices",
  ]);
  // A device that is left out still answers.
  assertEquals(states().map(({ state }) => state), ["up", "up", "up"]);

  // The others go on as they are when one of them shrinks or fails: its room stays its own.
  answers.set("2", new Error("no answer"));
  await cycle(FLEET);
  assertEquals(idsOf(relay.pages), ["1"]);

  await cycle(FLEET.slice(1));
  await cycle(FLEET.slice(1));
  assertEquals(relay.leftOutCount, 0);
  assertEquals(idsOf(relay.pages), ["3"]);
  assertEquals(
    log.take().filter((line) => line.includes("left out")),
    ["info No device is left out because of LIMIT_SERIES any more"],
  );
});

Deno.test("PageRelay bounds the families of all pages, and names those beyond", async () => {
  // Fifteen are there from the start.
  const { answers, told, cycle, states } = await makeFleet({ maxFamilies: 17, concurrency: 1 });
  answers.set("1", "a 1\nb 1\n");
  answers.set("2", "b 1\na 1\n");
  answers.set("3", "a 1\nc 1\n");
  await cycle(FLEET);
  assertEquals(states().map(({ leftOut }) => leftOut), [[], [], [
    { family: "c", reason: "family_limit", samples: 1 },
  ]]);
  assertEquals(told, ["dropped 1 family_limit"]);
});

Deno.test("PageRelay refuses a page beyond its own limits", async () => {
  const { answers, told, cycle, relay } = await makeFleet({ pageLimits: { maxSamples: 3 } });
  answers.set("1", pageOf(3));
  answers.set("2", pageOf(4));
  await cycle(FLEET.slice(0, 2));
  assertEquals(idsOf(relay.pages), ["1"]);
  assertEquals(told, ["failed limit"]);
});

Deno.test("PageRelay leaves out what is not wanted, counts it, and does not call it trouble", async () => {
  const drops = new MetricDrop([{ family: "m", label: undefined }, { family: "*", label: "k" }]);
  const { answers, told, log, cycle, relay } = await makeFleet({
    shape: new DeviceShape({ drops }),
  });
  answers.set("1", pageOf(2) + 'n{k="1"} 5\n' + pageOf(2, "o"));
  await cycle(FLEET.slice(0, 1));
  const labels = 'device_id="1",device_name="node-1.tail0001.ts.net"';
  assertEquals(
    pageText(relay.pages).replace(/^#.*\n/gm, ""),
    `n{${labels}} 5\no{${labels},k="0"} 1\no{${labels},k="1"} 1\n`,
  );
  assertEquals(told, ["dropped 2 configured"]);
  assertEquals(relay.keptLabels, [{ family: "o", label: "k" }]);
  assertEquals(log.take(), [
    "warning Cannot leave out labels that tell series apart, they stay: o{k}",
  ]);
  await cycle(FLEET.slice(0, 1));
  assertEquals(log.take(), []);
});

Deno.test("PageRelay keeps a device from saying a name that we leave out", async () => {
  const { answers, cycle, relay } = await makeFleet({
    shape: new DeviceShape({ labels: [{ fact: "name", isEverywhere: false }] }),
  });
  answers.set("1", 'm{device_name="other"} 5\n');
  await cycle(FLEET.slice(0, 1));
  assertStringIncludes(
    pageText(relay.pages),
    'm{device_id="1",exported_device_name="other"} 5\n',
  );
});

Deno.test("PageRelay names twenty families of a page, wishes last", async () => {
  const drops = new MetricDrop([{ family: "m*", label: undefined }]);
  const { answers, cycle, states } = await makeFleet({ shape: new DeviceShape({ drops }) });
  const wishes = Array.from({ length: 25 }, (_, at) => `m${at} 1\n`).join("");
  answers.set("1", `${wishes}up 1\n`);
  await cycle(FLEET.slice(0, 1));
  const [state] = states();
  assertEquals(state?.leftOut.length, 21);
  assertEquals(state?.leftOut[0], { family: "up", reason: "reserved", samples: 1 });
  assertEquals(state?.leftOut[20], { family: undefined, reason: "configured", samples: 6 });
});

Deno.test("PageRelay names a family by 200 characters of its name, and no more", async () => {
  const { answers, cycle, states } = await makeFleet();
  const name = (length: number) => `tsmetrics_${"x".repeat(length - 10)}`;
  answers.set("1", `${name(200)} 1\n${name(201)} 1\n`);
  await cycle(FLEET.slice(0, 1));
  const [state] = states();
  assertEquals(state?.leftOut.map(({ family }) => family), [name(200), name(200)]);
});

Deno.test("PageRelay says a label that stays by 200 characters, and no more", async () => {
  const drops = new MetricDrop([{ family: "*", label: "kk*" }]);
  const { answers, log, cycle } = await makeFleet({ shape: new DeviceShape({ drops }) });
  // with its braces a label of 197 characters makes 200
  const [fits, long] = [197, 198].map((length) => "k".repeat(length));
  answers.set("1", `m{${fits}="1"} 1\nm{${fits}="2"} 1\no{${long}="1"} 1\no{${long}="2"} 1\n`);
  await cycle(FLEET.slice(0, 1));
  assertEquals(log.take(), [
    `warning Cannot leave out labels that tell series apart, they stay: m{${fits}}, o{${long}`,
  ]);
});

Deno.test("PageRelay remembers a thousand labels that stay", async () => {
  const drops = new MetricDrop([{ family: "*", label: "k" }]);
  const { answers, cycle, relay } = await makeFleet({ shape: new DeviceShape({ drops }) });
  const kept = relay.keptLabels.length;
  const familiesUpTo = (count: number) =>
    Array.from({ length: count }, (_, at) => `m${at}{k="1"} 1\nm${at}{k="2"} 1\n`);
  const parts = familiesUpTo(1001 - kept);
  for (let at = 0; at < parts.length; at += 200) {
    answers.set("1", parts.slice(at, Math.min(at + 200, parts.length - 1)).join(""));
    await cycle(FLEET.slice(0, 1));
  }
  assertEquals([kept < 1000, relay.keptLabels.length], [true, 1000]);
  answers.set("1", parts.at(-1) ?? "");
  await cycle(FLEET.slice(0, 1));
  assertEquals(relay.keptLabels.length, 1000);
});

Deno.test("PageRelay takes a page with a series twice, as a server does, and counts it", async () => {
  const { answers, told, log, cycle, relay, states } = await makeFleet();
  const page = `# TYPE tailscaled_inbound_bytes_total counter
# HELP tailscaled_inbound_bytes_total Counts the number of bytes received from other peers
tailscaled_inbound_bytes_total{path="derp"} 18240
# TYPE port_up gauge
port_up{port="1",client=""} 1
port_up{port="1",client=""} 0
port_up{port="2",client=""} 1
`;
  answers.set("1", page);
  await cycle(FLEET.slice(0, 1));
  const text = pageText(relay.pages);
  const own = 'device_id="1",device_name="node-1.tail0001.ts.net"';
  assertEquals(
    text.replace(/^#.*\n/gm, ""),
    `tailscaled_inbound_bytes_total{${own},path="derp"} 18240
port_up{${own},port="1"} 1
port_up{${own},port="2"} 1
`,
  );
  const [state] = states();
  assertEquals(state?.state, "up");
  assertEquals(state?.leftOut, [{ family: "port_up", reason: "duplicate", samples: 1 }]);
  assertEquals(told, ["dropped 1 duplicate"]);
  assertEquals(log.take(), ["warning Dropped samples of node-1.tail0001.ts.net"]);
});

Deno.test("PageRelay takes a page without a line feed at its end", async () => {
  const { answers, told, cycle, relay, states } = await makeFleet();
  answers.set(
    "1",
    `# TYPE wireguard_configured_peers gauge
wireguard_configured_peers{interface="wg0"} 3
# TYPE tailscaled_inbound_bytes_total counter
tailscaled_inbound_bytes_total{path="derp"} 18240`,
  );
  await cycle(FLEET.slice(0, 1));
  const text = pageText(relay.pages);
  assertStringIncludes(text, 'path="derp"} 18240\n');
  assertStringIncludes(text, 'interface="wg0"} 3\n');
  assertEquals([states()[0]?.state, told], ["up", []]);
});

Deno.test("PageRelay leaves out labels with __, names with a colon, long names and texts", async () => {
  const { answers, told, cycle, relay } = await makeFleet();
  answers.set(
    "1",
    `m_addr{__address__="x",__meta_x="y",job="j"} 1
job:up:sum 5
# HELP m ${"\\n".repeat(4096)}
m 1
${"n".repeat(10_000)} 1
`,
  );
  await cycle(FLEET.slice(0, 1));
  const own = 'device_id="1",device_name="node-1.tail0001.ts.net"';
  assertEquals(
    pageText(relay.pages).replace(/^# HELP tailscale.*\n/gm, ""),
    `# TYPE m_addr untyped\nm_addr{${own},job="j"} 1\n# TYPE m untyped\nm{${own}} 1\n`,
  );
  assertEquals(told, ["dropped 1 name", "dropped 1 label", "dropped 1 help", "dropped 1 name"]);
});
