import { assert, assertEquals, assertMatch } from "@std/assert";
import { FakeTailnet, REAL_PAGE } from "./_fake_tailnet.ts";
import { page } from "./_fault.ts";
import { Program, runProgram, type Settings } from "./_program.ts";
import { Samples, takeSamples } from "./_samples.ts";

/** Limits small enough for pages that can be written here. */
const LIMITS: Settings = {
  LIMIT_PAGE_BYTES: "1000",
  LIMIT_PAGE_SERIES: "20",
  LIMIT_PAGE_FAMILIES: "10",
  LIMIT_LABELS: "3",
  LIMIT_LABEL_BYTES: "10",
};

function repeat(count: number, line: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => line(at)).join("");
}

interface Limit {
  /** The start of two devices' names. */
  readonly name: string;
  /** A page of so much. */
  readonly pageOf: (count: number) => string;
  /** How much is taken. */
  readonly most: number;
  /** What is said of one more. */
  readonly line: RegExp;
}

const ROWS: readonly Limit[] = [
  {
    name: "bytes",
    pageOf: (count) => `# ${"x".repeat(count - 9)}\nodd 1\n`,
    most: 1000,
    line: /wanted at most 1000 bytes/,
  },
  {
    name: "series",
    pageOf: (count) => repeat(count, (at) => `odd{a="${at}"} 1\n`),
    most: 20,
    line: /21 samples, at most 20 are allowed/,
  },
  {
    name: "families",
    pageOf: (count) => repeat(count, (at) => `odd${at === 0 ? "" : at} 1\n`),
    most: 10,
    line: /11 families, at most 10 are allowed/,
  },
  {
    name: "labels",
    pageOf: (count) => `odd{${Array.from({ length: count }, (_, at) => `l${at}="1"`)}} 1\n`,
    most: 3,
    line: /4 labels of a sample, at most 3 are allowed/,
  },
  {
    name: "label-bytes",
    pageOf: (count) => `odd{a="${"x".repeat(count)}"} 1\n`,
    most: 10,
    line: /11 bytes of a label value, at most 10 are allowed/,
  },
];

Deno.test("Program takes pages up to each limit that is set, and refuses one beyond", async () => {
  const names = ROWS.flatMap(({ name }) => [`${name}-at`, `${name}-beyond`]);
  await using tailnet = new FakeTailnet({ devices: names });
  for (const { name, pageOf, most } of ROWS) {
    tailnet.onPage.set(`${name}-at`, () => page(pageOf(most)));
    tailnet.onPage.set(`${name}-beyond`, () => page(pageOf(most + 1)));
  }
  await using program = await Program.start({
    ...tailnet.settings,
    ...LIMITS,
    SCRAPE_INTERVAL: "1h",
    CLIENT_METRICS_TIMEOUT: "10s",
  });
  await program.untilStarted();
  const samples = await takeSamples(program);
  const of = (name: string) => ({ device_id: `id-of-${name}` });
  for (const { name, line } of ROWS) {
    assertEquals(samples.sum("tsmetrics_device_up", of(`${name}-at`)), 1, name);
    assert((samples.sum("odd", of(`${name}-at`)) ?? 0) >= 1, name);
    assertEquals(samples.sum("tsmetrics_device_up", of(`${name}-beyond`)), 0, name);
    assertEquals(samples.all("odd", of(`${name}-beyond`)), [], name);
    const lines = await program.untilLogged(
      new RegExp(` WARN device Cannot scrape ${name}-beyond\\.fake`),
    );
    assertEquals(lines.length, 1, lines.join("\n"));
    assertMatch(lines[0] ?? "", line);
  }
  const errors = samples.all("tsmetrics_scrape_errors_total").filter(({ value }) => value > 0);
  assertEquals(errors.map(({ labels, value }) => [labels, value]), [
    [{ target: "device", error_type: "limit" }, ROWS.length],
  ]);
  // `/debug` names each device with its reason, and the limits themselves
  const { config, devices } = await (await program.get("/debug")).json();
  assertEquals(config.limit_page_bytes, 1000);
  for (const { name, line } of ROWS) {
    const { scrape } = devices.find((each: { readonly id: string }) =>
      each.id === `id-of-${name}-beyond`
    );
    assertMatch(JSON.stringify(scrape.reason), line);
  }
  assertEquals((await program.stop()).code, 0);
});

/** One collection of devices with these pages; what it shows and what it says. */
async function collect(
  pages: readonly string[],
  settings: Settings,
): Promise<{ readonly samples: Samples; readonly log: string }> {
  const names = pages.map((_, at) => `device-${at}`);
  await using tailnet = new FakeTailnet({ devices: names });
  for (const [at, name] of names.entries()) tailnet.onPage.set(name, () => page(pages[at] ?? ""));
  const { code, stdout, stderr } = await runProgram(["once"], {
    ...tailnet.settings,
    SCRAPE_INTERVAL: "10s",
    CLIENT_METRICS_TIMEOUT: "10s",
    ...settings,
  });
  assertEquals(code, 0, stderr);
  return { samples: new Samples(stdout), log: stderr };
}

function droppedOf(samples: Samples, reason: string): number {
  return samples.sum("tsmetrics_relay_dropped_total", { reason }) ?? 0;
}

Deno.test("Program passes on as many families as LIMIT_FAMILIES says, of all devices", async () => {
  // fifteen families are there from the start
  const pageOf = (device: number, count: number) =>
    repeat(count, (at) => `odd_${device}_${at} 1\n`);
  const settings = { LIMIT_FAMILIES: "50" };
  const at = await collect([pageOf(0, 20), pageOf(1, 15)], settings);
  assertEquals([droppedOf(at.samples, "family_limit"), at.log], [0, ""]);
  const beyond = await collect([pageOf(0, 20), pageOf(1, 16)], settings);
  assertEquals(droppedOf(beyond.samples, "family_limit"), 1);
  assertMatch(
    beyond.log,
    /Dropped samples of device-[01].*odd_[01]_\d+ \(family_limit\)/,
  );
  const families = beyond.samples.families.filter(({ name }) => name.startsWith("odd_"));
  assertEquals(families.length, 35);
});

Deno.test("Program passes on as many series as LIMIT_SERIES says, whole pages at a time", async () => {
  const pages = [3, 4, 5].map((count) => repeat(count, (at) => `odd{a="${at}"} 1\n`));
  const at = await collect(pages, { LIMIT_SERIES: "12" });
  assertEquals([droppedOf(at.samples, "series_limit"), at.log], [0, ""]);
  assertEquals(at.samples.all("odd").length, 12);
  const beyond = await collect(pages, { LIMIT_SERIES: "11" });
  // all were created in one second: the last by id goes, whatever page came first
  assertEquals(beyond.samples.all("odd").length, 7);
  assertEquals(beyond.samples.all("odd", { device_id: "id-of-device-2" }), []);
  assertEquals(beyond.samples.sum("tsmetrics_device_up"), 3);
  assert(droppedOf(beyond.samples, "series_limit") >= 5);
  assertMatch(
    beyond.log,
    / WARN .*Left out 1 device: all devices together may have 11/,
  );
});

Deno.test("Program leaves out and adds what METRICS_DROP and DEVICE_LABELS say", async () => {
  const text = 'odd{a="1",same="x"} 1\nodd{a="2",same="x"} 2\nunwanted_total 1\n';
  const { samples, log } = await collect([`${REAL_PAGE}${text}`], {
    METRICS_DROP: "unwanted_*,tailscale_device_latency_ms,{same},odd{a}",
    DEVICE_LABELS: "*:os,tags",
  });
  const own = { device_id: "id-of-device-0", device_name: "device-0.fake.ts.net", os: "linux" };
  // `same` tells nothing apart and goes; `a` does, and stays whatever is wished
  assertEquals(samples.all("odd").map(({ labels }) => labels), [
    { ...own, a: "1" },
    { ...own, a: "2" },
  ]);
  assertEquals(samples.all("unwanted_total"), []);
  assertEquals(droppedOf(samples, "configured"), 1);
  assertMatch(log, / WARN .*Cannot leave out labels that tell series apart, they stay: .*odd\{a\}/);
  assertEquals(samples.all("tailscale_device_info").map(({ labels }) => labels.tags), [
    ",exporter,",
  ]);
  const inbound = samples.all("tailscaled_inbound_bytes_total");
  assert(inbound.length > 1 && inbound.every(({ labels }) => labels.os === "linux"));
});

Deno.test("Program says what each family of its page costs, and what is not on it", async () => {
  const devices = ["first", "last"];
  await using tailnet = new FakeTailnet({ devices });
  tailnet.onPage.set("last", () => page(`${REAL_PAGE}up 1\nodd{a="1"} 1\n`));
  const settings = {
    ...tailnet.settings,
    SCRAPE_INTERVAL: "10s",
    CLIENT_METRICS_TIMEOUT: "10s",
    METRICS_DROP: "odd",
  };
  const shown = await runProgram(["once"], settings);
  const explained = await runProgram(["once", "--explain", "--json"], settings);
  assertEquals([shown.code, explained.code], [0, 0]);
  const families = new Samples(shown.stdout).families.filter(({ samples }) => samples.length > 0);
  const { series, families: counted, leftOut } = JSON.parse(explained.stdout);
  const count = (name: string) =>
    counted.find((each: { readonly family: string }) => each.family === name)?.series;
  for (const { name, samples } of families) assertEquals(count(name), samples.length, name);
  assertEquals(series, families.reduce((sum, { samples }) => sum + samples.length, 0));
  assertEquals(
    leftOut.toSorted((a: { family: string }, b: { family: string }) =>
      a.family < b.family ? -1 : 1
    ),
    [
      { family: "odd", reason: "configured", samples: 1, devices: 1 },
      { family: "up", reason: "reserved", samples: 1, devices: 1 },
    ],
  );
});
