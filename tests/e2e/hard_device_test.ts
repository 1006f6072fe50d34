import { assert, assertEquals, assertMatch } from "@std/assert";
import { readText } from "../_support/text_reader.ts";
import { type Answer, FakeTailnet, PAGE_HEADERS, REAL_PAGE } from "./_fake_tailnet.ts";
import { page } from "./_fault.ts";
import { Front } from "./_front.ts";
import { Program } from "./_program.ts";
import { Prometheus } from "./_prometheus.ts";
import { takeSamples } from "./_samples.ts";
import { byteASecond, gzipBomb } from "./_swell.ts";
import { until } from "../_support/until.ts";
import { Watch } from "./_watch.ts";

const MOST_MEMORY = 300e6;

const REAL_SAMPLES = readText(REAL_PAGE).flatMap((family) => family.samples);

/** Made once: it takes a second of this process, in which no fake answers. */
const BOMB = gzipBomb("# nothing to see here\n", 1000);

interface Fault {
  /** The device's name says what is wrong with it. */
  readonly name: string;
  /** What it answers; undefined for what the front does to it. */
  readonly answer?: Answer;
  /** What the failure is counted under. */
  readonly errorType: string;
  /** What the one line of the log says. */
  readonly line: RegExp;
}

const FAULTS: readonly Fault[] = [
  {
    name: "resets",
    errorType: "network",
    line: /Cannot fetch http:\/\/100\.64\.0\.1:5252\/metrics: /,
  },
  {
    name: "byte-a-second",
    answer: () => page(byteASecond(REAL_PAGE)),
    errorType: "timeout",
    line: /No whole page from .* within 4 s, although the device answers/,
  },
  {
    name: "gzip-bomb",
    answer: () =>
      new Response(BOMB, {
        headers: { ...PAGE_HEADERS, "content-encoding": "gzip" },
      }),
    errorType: "limit",
    line: /wanted at most 2097152 bytes/,
  },
  {
    name: "redirect-loop",
    answer: (request) => Response.redirect(request.url, 302),
    errorType: "redirect",
    line: /it redirects twice/,
  },
  {
    name: "to-metadata",
    answer: () => Response.redirect("http://169.254.169.254/latest/meta-data/", 302),
    errorType: "redirect",
    line:
      /it redirects to \\?"http:\/\/169\.254\.169\.254\/latest\/meta-data\/\\?", wanted the same/,
  },
  {
    name: "value-of-5-mb",
    answer: () => page(`${REAL_PAGE}x{a="${"x".repeat(5_000_000)}"} 1\n`),
    errorType: "limit",
    line: /wanted at most 2097152 bytes/,
  },
  {
    name: "value-of-1-mb",
    answer: () => page(`${REAL_PAGE}x{a="${"x".repeat(1_000_000)}"} 1\n`),
    errorType: "limit",
    line: /4096/,
  },
];

Deno.test("Program survives devices that hurt, under a real Prometheus", async () => {
  const names = [...FAULTS.map(({ name }) => name), "healthy"];
  await using tailnet = new FakeTailnet({ devices: names });
  await using front = new Front(tailnet.host);
  front.resets = /GET http:\/\/100\.64\.0\.1:5252/;
  for (const { name, answer } of FAULTS) if (answer !== undefined) tailnet.onPage.set(name, answer);
  await using program = await Program.start({
    ...tailnet.settings,
    SCRAPE_PROXY: `http://${front.host}`,
    // cycles that a busy machine keeps up with
    SCRAPE_INTERVAL: "4s",
    CLIENT_METRICS_TIMEOUT: "4s",
  });
  const isUp = (name: string) => ({ device_id: `id-of-${name}` });
  await until("the first cycle", async () => {
    return (await takeSamples(program)).all("tsmetrics_device_up").length === names.length;
  });
  await using prometheus = await Prometheus.start({
    target: new URL(program.origin).host,
    // As long as a scrape may take.
    intervalSeconds: 5,
  });
  const value = async (query: string) => (await prometheus.query(query))[0]?.value;
  await until("a first scrape", async () => await value("up") === 1);
  await using watch = new Watch(program.origin, (samples) => {
    for (const sample of REAL_SAMPLES) {
      const labels = { ...isUp("healthy"), ...sample.labels };
      assertEquals(samples.sum(sample.name, labels), sample.value);
    }
  });
  const samples = await until("two tries of each", async () => {
    const isTried = names.slice(1).every((name) => tailnet.tries(name) >= 2);
    return isTried && front.resetCount >= 2 && await takeSamples(program);
  });
  for (const { name, errorType, line } of FAULTS) {
    assertEquals(samples.sum("tsmetrics_device_up", isUp(name)), 0, name);
    const counted = samples.sum("tsmetrics_scrape_errors_total", {
      target: "device",
      error_type: errorType,
    });
    assert((counted ?? 0) >= 1, `${name}: ${errorType}`);
    const lines = await program.untilLogged(new RegExp(` WARN device .*${name}\\.fake\\.ts\\.net`));
    assertEquals(lines.length, 1, `${name}: ${lines.join("\n")}`);
    assertMatch(lines[0] ?? "", line);
  }
  assert(
    !tailnet.seen.some(({ url }) => url.includes("169.254")),
    "the metadata address was asked",
  );

  // each comes back at the next try that its back-off allows
  front.resets = undefined;
  tailnet.onPage.clear();
  const { devices } = await (await program.get("/debug")).json() as {
    readonly devices: readonly { readonly scrape: { readonly next_try: string | null } }[];
  };
  const lastMs = Math.max(...devices.map(({ scrape }) => Date.parse(scrape.next_try ?? "0") || 0));
  await until("all devices to be up again", async () => {
    return (await takeSamples(program)).sum("tsmetrics_device_up") === names.length;
  }, Math.max(0, lastMs - Date.now()) + 60_000);
  assertEquals(watch.faults, []);
  await until("enough scrapes", async () => (await value("count_over_time(up[1m])") ?? 0) >= 3);
  assertEquals(await value("min_over_time(up[1m])"), 1);
  assertEquals(
    await value('sum(resets(tailscaled_inbound_bytes_total{device_id="id-of-healthy"}[1m]))'),
    0,
  );
  const peakBytes = await program.peakBytes();
  assert(peakBytes < MOST_MEMORY, `${peakBytes / 1e6} MB at most`);
  assertEquals((await program.stop()).code, 0);
});
