import { assert, assertEquals, assertMatch } from "@std/assert";
import { freePort } from "../_support/free_port.ts";
import type { ReadSample } from "../_support/read_family.ts";
import { readText } from "../_support/text_reader.ts";
import { type Answer, FakeTailnet, PAGE_HEADERS, REAL_PAGE } from "./_fake_tailnet.ts";
import { cutOff, floodOf, html, page, seriesOf } from "./_fault.ts";
import { Program, runProgram, type Settings } from "./_program.ts";
import { Samples, takeSamples } from "./_samples.ts";
import { until } from "../_support/until.ts";

const MEGABYTE = 1e6;

/** Much less than one of the bodies, not to speak of all of them. */
const MOST_MEMORY = 300 * MEGABYTE;

interface Fault {
  /** The device's name says what is wrong with it. */
  readonly name: string;
  /** What it answers. */
  readonly answer: Answer;
  /** What the failure is counted under. */
  readonly errorType: string;
  /** What the one line of the log says. */
  readonly line: RegExp;
}

const FAULTS: readonly Fault[] = [
  {
    name: "redirects",
    answer: () => Response.redirect("http://203.0.113.9:5252/metrics", 301),
    errorType: "redirect",
    line: /it redirects to \\"http:\/\/203\.0\.113\.9:5252\/metrics\\", wanted the same device/,
  },
  {
    name: "breaks",
    answer: () => new Response("internal error\n", { status: 500 }),
    errorType: "status",
    line: /status 500, wanted 200/,
  },
  {
    name: "unreachable",
    answer: () => new Response(null, { status: 502 }),
    errorType: "proxy",
    line: /the proxy answered 502: it cannot reach the device: run `tailscale set --webclient`/,
  },
  {
    name: "binary",
    answer: () =>
      new Response(Uint8Array.from({ length: 4096 }, (_, at) => (at * 151) & 255), {
        headers: { "content-type": "application/octet-stream" },
      }),
    errorType: "content_type",
    line: /Content-Type is \\"application\/octet-stream\\", wanted \\"text\/plain\\"/,
  },
  {
    name: "binary-as-text",
    answer: () => page(Uint8Array.from({ length: 4096 }, (_, at) => (at * 151) & 255)),
    errorType: "parse",
    line: /Cannot read line \d+: /,
  },
  {
    name: "invalid-utf8",
    answer: () => {
      const bytes = new TextEncoder().encode(`${REAL_PAGE}x{a="?"} 1\n`);
      bytes[bytes.lastIndexOf(0x3f)] = 0xff;
      return page(bytes);
    },
    errorType: "parse",
    line: /UTF-8/,
  },
  {
    name: "html",
    answer: () => html(),
    errorType: "content_type",
    line: /Content-Type is \\"text\/html; charset=utf-8\\"/,
  },
  {
    name: "bad-line",
    answer: () => page(`${REAL_PAGE}tailscaled_x{path="derp} 1\n`),
    errorType: "parse",
    line: /Cannot read line \d+: .*tailscaled_x/,
  },
  {
    name: "cut",
    answer: () => page(cutOff(REAL_PAGE)),
    errorType: "network",
    line: /Cannot fetch http:\/\/100\./,
  },
  {
    name: "million-series",
    answer: () => page(seriesOf(1_000_000)),
    errorType: "limit",
    line: /wanted at most 2097152 bytes/,
  },
  {
    name: "many-series",
    // within the bytes, beyond the samples
    answer: () => page(seriesOf(12_000)),
    errorType: "limit",
    line: /10000/,
  },
  {
    name: "huge",
    answer: () => page(floodOf("# nothing to see here\n", 200 * MEGABYTE)),
    errorType: "limit",
    line: /wanted at most 2097152 bytes/,
  },
  {
    name: "huge-announced",
    answer: () =>
      new Response(floodOf("x 1\n", 200 * MEGABYTE), {
        headers: { ...PAGE_HEADERS, "content-length": String(200 * MEGABYTE) },
      }),
    errorType: "limit",
    line: /wanted at most 2097152 bytes/,
  },
];

/** What is on the program's page of a device's own page. */
function pageOf(samples: Samples, name: string): readonly ReadSample[] {
  return samples.families.filter(({ name }) => name.startsWith("tailscaled_"))
    .flatMap((family) => family.samples)
    .filter(({ labels }) => labels["device_id"] === `id-of-${name}`);
}

/** Cycles that a busy machine keeps up with: what is late is late by its own fault. */
const UNHURRIED: Settings = { SCRAPE_INTERVAL: "3s" };

const HEALTHY = ["healthy-first", "healthy-last"];

/** A page that speaks for us, for the server, and for itself. */
const OWN_NAMES = `${REAL_PAGE}# TYPE tsmetrics_device_up gauge
tsmetrics_device_up 0
# TYPE tailscale_device_online gauge
tailscale_device_online{device_id="id-of-healthy-first"} 0
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1
# TYPE up gauge
up 0
# TYPE scrape_duration_seconds gauge
scrape_duration_seconds 1
`;

Deno.test("Program survives a fleet of devices with every fault at once", async () => {
  const names: string[] = [];
  await using tailnet = new FakeTailnet({ devices: names });
  names.push(
    HEALTHY[0] ?? "",
    ...FAULTS.map(({ name }) => name),
    "own-names",
    "empty",
    HEALTHY[1] ?? "",
  );
  for (const { name, answer } of FAULTS) tailnet.onPage.set(name, answer);
  tailnet.onPage.set("own-names", () => page(OWN_NAMES));
  // no sample is no fault: a server takes such a page, too
  tailnet.onPage.set("empty", () => page(""));

  await using program = await Program.start({ ...tailnet.settings, ...UNHURRIED });
  const about = (name: string) => new RegExp(`\\b${name}\\.fake\\.ts`);
  const linesAbout = (name: string) => program.log.matching(about(name));
  const up = (page: Samples, name: string) =>
    page.sum("tsmetrics_device_up", { device_id: `id-of-${name}` });

  // after three tries of each the next ones are four cycles away, because of the back-off
  await until("three tries of each", () => FAULTS.every(({ name }) => tailnet.tries(name) >= 3));
  const byType = Map.groupBy(FAULTS, (fault) => fault.errorType);
  const triesByType = () =>
    Object.fromEntries(
      [...byType].map(([type, faults]) =>
        [type, faults.reduce((sum, { name }) => sum + tailnet.tries(name), 0)] as const
      ),
    );
  const countsByType = (page: Samples) =>
    Object.fromEntries(
      page.all("tsmetrics_scrape_errors_total").filter(({ value }) => value > 0)
        .map(({ labels, value }) => [labels["error_type"] ?? "", value] as const),
    );
  const [samples, tries] = await until("each try to be counted", async () => {
    const tries = triesByType();
    const page = await takeSamples(program);
    const counts = countsByType(page);
    const isWhole = Object.entries(tries).every(([type, count]) => (counts[type] ?? 0) >= count);
    const isStill = JSON.stringify(tries) === JSON.stringify(triesByType());
    return isWhole && isStill && [page, tries] as const;
  });

  // the right counter, and no other
  assertEquals(countsByType(samples), tries);
  assertEquals(samples.sum("tsmetrics_api_up"), 1);

  // one clear line about each, and nothing of it on the page but what the API says
  for (const { name, line } of FAULTS) {
    const lines = await program.untilLogged(about(name));
    assertEquals(lines.length, 1, lines.join("\n"));
    assertMatch(lines[0] ?? "", / WARN device /);
    assertMatch(lines[0] ?? "", line, name);
    assertEquals(up(samples, name), 0, name);
    assertEquals(pageOf(samples, name), [], name);
  }
  assertEquals(samples.all("tailscaled_flood_total"), []);
  for (const name of names) {
    assertEquals(samples.sum("tailscale_device_online", { device_id: `id-of-${name}` }), 1, name);
  }

  // nothing else is lost: every sample of a good page is there, with its value
  for (const name of [...HEALTHY, "own-names"]) {
    assertEquals(up(samples, name), 1, name);
    for (const sample of readText(REAL_PAGE).flatMap((family) => family.samples)) {
      const labels = { device_id: `id-of-${name}`, device_name: `${name}.fake.ts.net` };
      assertEquals(samples.sum(sample.name, { ...labels, ...sample.labels }), sample.value);
    }
  }

  assertEquals(up(samples, "empty"), 1);

  // `/debug` says the same, and when each is tried again
  const { devices } = await (await program.get("/debug")).json();
  for (const { name, line } of FAULTS) {
    const { scrape } = devices.find((each: { readonly id: string }) => each.id === `id-of-${name}`);
    assertEquals(scrape.state, "down", name);
    assertMatch(JSON.stringify(scrape.reason), line, name);
    assert(Date.parse(scrape.next_try) > program.startedAtMs, name);
  }

  // no device speaks for us
  assertEquals(samples.all("up"), []);
  assertEquals(samples.all("scrape_duration_seconds"), []);
  assertEquals(samples.all("process_start_time_seconds").length, 1);
  assertEquals(samples.all("tailscale_device_online").length, names.length);
  assertEquals(samples.all("tsmetrics_device_up").length, names.length);
  const reserved = samples.sum("tsmetrics_relay_dropped_total", { reason: "reserved" }) ?? 0;
  assert(reserved >= 15 && reserved % 5 === 0, `${reserved} samples dropped, wanted 5 a cycle`);
  assertEquals((await program.untilLogged(about("own-names"))).length, 1);
  assertMatch(linesAbout("own-names")[0] ?? "", /Dropped samples .*tsmetrics_device_up \(reser/);

  // it ends, and one line says so
  tailnet.onPage.clear();
  await until("all to be up", async () => {
    const page = await takeSamples(program);
    return page.all("tsmetrics_device_up").every(({ value }) => value === 1);
  });
  for (const { name } of FAULTS) {
    const lines = await program.untilLogged(about(name), 2);
    assertEquals(lines.length, 2, lines.join("\n"));
    assertMatch(lines[1] ?? "", / INFO device Scraping \S+ works again$/);
  }
  assertEquals((await program.untilLogged(about("own-names"), 2)).length, 2);
  for (const name of [...HEALTHY, "empty"]) assertEquals(linesAbout(name), []);
  // but for the one about a timeout that is longer than the interval
  assertEquals(program.log.matching(/ (?:WARN|ERROR) (?!config )/).length, FAULTS.length + 1);

  // a page that fails takes its samples away in that cycle: a frozen counter would look like rest
  assert(pageOf(await takeSamples(program), "breaks").length > 0);
  tailnet.onPage.set("breaks", () => new Response(null, { status: 500 }));
  const without = await until("the failure", async () => {
    const page = await takeSamples(program);
    return up(page, "breaks") === 0 && page;
  });
  assertEquals(pageOf(without, "breaks"), []);
  assertEquals(without.sum("tailscale_device_online", { device_id: "id-of-breaks" }), 1);
  assertEquals((await program.untilLogged(about("breaks"), 3)).length, 3);

  const peakBytes = await program.peakBytes();
  assert(peakBytes < MOST_MEMORY, `${peakBytes / MEGABYTE} MB at most`);
  assertEquals((await program.stop()).code, 0);
  assertEquals(program.stdout.text, "");
});

Deno.test("Program gives up a device that does not answer, and shows the others", async () => {
  await using tailnet = new FakeTailnet({ devices: ["healthy", "hangs"] });
  tailnet.onPage.set("hangs", tailnet.hang);
  await using program = await Program.start({
    ...tailnet.settings,
    ...UNHURRIED,
    CLIENT_METRICS_TIMEOUT: "2s",
  });
  const upOf = (page: Samples) =>
    ["healthy", "hangs"].map((name) =>
      page.sum("tsmetrics_device_up", { device_id: `id-of-${name}` })
    );
  const samples = await until("one of two to be up", async () => {
    const page = await takeSamples(program);
    return upOf(page).join() === "1,0" && page;
  });
  assertEquals(pageOf(samples, "hangs"), []);
  assert((samples.sum("tsmetrics_scrape_errors_total", { error_type: "timeout" }) ?? 0) >= 1);
  const [line = ""] = await program.untilLogged(/ WARN device .*\bhangs\.fake\.ts/);
  assertMatch(line, /No answer from .* within 2 s: check that the tailnet policy/);
  tailnet.onPage.clear();
  await until("both to be up", async () => upOf(await takeSamples(program)).join() === "1,1");
  await program.untilLogged(/ INFO device Scraping hangs\S+ works again$/);
});

Deno.test("Program says what to do when nothing listens on a device", async () => {
  await using tailnet = new FakeTailnet({ devices: [] });
  const device = { id: "1", name: "closed.fake.ts.net", addresses: ["127.0.0.1"] };
  tailnet.onDevices = () =>
    Response.json({ devices: [{ ...device, connectedToControl: true, tags: ["tag:exporter"] }] });
  const { SCRAPE_PROXY: _, ...known } = tailnet.settings;
  // no word about a timeout that is longer than the interval
  const settings = { ...known, SCRAPE_INTERVAL: "15s" };
  const port = freePort();
  const { code, stdout, stderr } = await runProgram(["once"], {
    ...settings,
    CLIENT_METRICS_PORT: String(port),
    SCRAPE_ALLOW_CIDRS: "127.0.0.0/8",
  });
  assertEquals(code, 0);
  const samples = new Samples(stdout);
  assertEquals(samples.sum("tsmetrics_device_up", { device_id: "1" }), 0);
  assertEquals(samples.sum("tsmetrics_scrape_errors_total", { error_type: "refused" }), 1);
  const [line = "", ...more] = stderr.trimEnd().split("\n");
  assertEquals(more, []);
  assertMatch(
    line,
    new RegExp(
      `Cannot scrape closed\\.fake\\.ts\\.net \\(refused\\) .*nothing listens on port ${port}: ` +
        "hosts have their metrics on 5252 \\(`tailscale set --webclient`\\)",
    ),
  );
  // and without leave, a device outside of the tailnet's addresses is not even asked
  const forbidden = await runProgram(["once"], { ...settings, CLIENT_METRICS_PORT: String(port) });
  assertEquals(forbidden.code, 0);
  assertEquals(new Samples(forbidden.stdout).all("tsmetrics_device_up"), []);
});
