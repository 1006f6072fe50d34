import { delay } from "../../src/time/delay.ts";
import { assert, assertEquals, assertMatch } from "@std/assert";
import { readText } from "../_support/text_reader.ts";
import { FakeTailnet, REAL_PAGE } from "./_fake_tailnet.ts";
import { Program } from "./_program.ts";
import { drain, type RawAnswer, RawDevices, write } from "./_raw_device.ts";
import { takeSamples } from "./_samples.ts";
import { gzipBomb } from "./_swell.ts";
import { until } from "../_support/until.ts";
import { Watch } from "./_watch.ts";

const MOST_MEMORY = 300e6;
const REAL_SAMPLES = readText(REAL_PAGE).flatMap((family) => family.samples);
const HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
const METADATA = "http://169.254.169.254/latest/meta-data/";

/** Forbidden as that one is, but here it would be seen that it was asked. */
const ELSEWHERE = "127.0.2.200";

/** Made once: it takes a second of this process, in which no fake answers. */
const BOMB = gzipBomb("# nothing to see here\n", 1000);

/** An answer in one piece. */
function sends(text: string): RawAnswer {
  return async (connection) => {
    await drain(connection);
    await write(connection, text);
  };
}

/** An answer that repeats its end until the program hangs up. */
function floods(start: string, again: string, pauseMs = 0): RawAnswer {
  return async (connection) => {
    await write(connection, start);
    for (;;) {
      await write(connection, again);
      if (pauseMs > 0) await delay(pauseMs);
    }
  };
}

const PIECE = "x".repeat(64 * 1024);

/** What is wrong, what is sent, and what the failure is counted under. */
const FAULTS: readonly (readonly [name: string, answer: RawAnswer, errorType: string])[] = [
  ["a reset in a body", (c) => write(c, `${HEAD}Content-Length: 5000\r\n\r\n# half`), "network"],
  ["a reset at once", () => Promise.resolve(), "network"],
  ["a byte a second", floods(`${HEAD}\r\n`, "#", 1_000), "timeout"],
  ["a head of a byte a second", floods("", "H", 1_000), "timeout"],
  ["an endless head", floods(HEAD, `X: ${PIECE}\r\n`), "network"],
  ["an endless line", floods("HTTP/1.1 200 ", PIECE), "network"],
  ["endless interim answers", floods("", "HTTP/1.1 100 Continue\r\n\r\n"), "network"],
  ["an endless body", floods(`${HEAD}\r\n`, PIECE), "limit"],
  [
    "an endless chunk",
    floods(`${HEAD}Transfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n`, PIECE),
    "limit",
  ],
  ["two lengths", sends(`${HEAD}Content-Length: 1\r\nContent-Length: 2\r\n\r\nx\n`), "network"],
  ["a length below 0", sends(`${HEAD}Content-Length: -1\r\n\r\nx 1\n`), "network"],
  ["a chunk that is none", sends(`${HEAD}Transfer-Encoding: chunked\r\n\r\nzz\r\n`), "network"],
  ["no HTTP", sends("SSH-2.0-OpenSSH_9.2\r\n"), "network"],
  [
    "a redirect loop",
    sends("HTTP/1.1 302 Found\r\nLocation: /metrics\r\nContent-Length: 0\r\n\r\n"),
    "redirect",
  ],
  [
    "a redirect to metadata",
    sends(`HTTP/1.1 302 Found\r\nLocation: ${METADATA}\r\n\r\n`),
    "redirect",
  ],
  ["a redirect elsewhere", async (connection) => {
    const location = `http://${ELSEWHERE}:${connection.localAddr.port}/latest/meta-data/`;
    await drain(connection);
    await write(connection, `HTTP/1.1 302 Found\r\nLocation: ${location}\r\n\r\n`);
  }, "redirect"],
  ["a gzip bomb", async (connection) => {
    await write(
      connection,
      `${HEAD}Content-Encoding: gzip\r\nContent-Length: ${BOMB.length}\r\n\r\n`,
    );
    await write(connection, BOMB);
  }, "network"],
];

Deno.test("Program survives devices that write whatever they like, without a proxy", async () => {
  await using tailnet = new FakeTailnet({ devices: ["unused"] });
  await using devices = new RawDevices();
  const healthy = FAULTS.length + 1;
  const whole = sends(`${HEAD}Content-Length: ${REAL_PAGE.length}\r\n\r\n${REAL_PAGE}`);
  FAULTS.forEach(([, answer], index) => devices.answers.set(index + 1, answer));
  devices.answers.set(healthy, whole);
  tailnet.onDevices = () =>
    Response.json({
      devices: Array.from({ length: healthy }, (_, index) => ({
        id: `id-${index + 1}`,
        name: `device-${index + 1}.fake.ts.net`,
        addresses: [`127.0.1.${index + 1}`],
        connectedToControl: true,
        tags: ["tag:exporter"],
      })),
    });
  const { SCRAPE_PROXY: _, ...settings } = tailnet.settings;
  await using program = await Program.start({
    ...settings,
    CLIENT_METRICS_PORT: String(devices.port),
    // cycles that a busy machine keeps up with
    SCRAPE_INTERVAL: "4s",
    CLIENT_METRICS_TIMEOUT: "4s",
    SCRAPE_ALLOW_CIDRS: "127.0.1.0/24",
    MAX_CONCURRENT_SCRAPES: "20",
  });
  await until("the first cycle", async () => {
    return (await takeSamples(program)).all("tsmetrics_device_up").length === healthy;
  });
  await using watch = new Watch(program.origin, (samples) => {
    assertEquals(samples.sum("tsmetrics_device_up", { device_id: `id-${healthy}` }), 1);
    for (const sample of REAL_SAMPLES) {
      const labels = { device_id: `id-${healthy}`, ...sample.labels };
      assertEquals(samples.sum(sample.name, labels), sample.value);
    }
  });
  await until("two tries of each", () => {
    return FAULTS.every((_, index) => devices.tries(index + 1) >= 2);
  });
  const samples = await takeSamples(program);
  const wanted: Record<string, true> = {};
  for (const [index, [name, , errorType]] of FAULTS.entries()) {
    wanted[errorType] = true;
    assertEquals(samples.sum("tsmetrics_device_up", { device_id: `id-${index + 1}` }), 0, name);
    const lines = await program.untilLogged(
      new RegExp(` WARN device .*device-${index + 1}\\.fake`),
    );
    assertEquals(lines.length, 1, `${name}: ${lines.join("\n")}`);
    assertMatch(lines[0] ?? "", new RegExp(`failure=${errorType}\\b|\\(${errorType}\\)`), name);
  }
  const counted = samples.all("tsmetrics_scrape_errors_total").filter(({ value }) => value > 0);
  assertEquals(
    counted.map(({ labels }) => labels.error_type).sort(),
    Object.keys(wanted).sort(),
  );
  assertEquals(devices.tries(Number(ELSEWHERE.split(".")[3])), 0, "another address was asked");

  for (let number = 1; number < healthy; number++) devices.answers.set(number, whole);
  const report = await (await program.get("/debug")).json() as {
    readonly devices: readonly { readonly scrape: { readonly next_try: string | null } }[];
  };
  const tries = report.devices.map(({ scrape }) => Date.parse(scrape.next_try ?? "") || 0);
  await until("all devices to be up", async () => {
    return (await takeSamples(program)).sum("tsmetrics_device_up") === healthy;
  }, Math.max(0, Math.max(...tries) - Date.now()) + 60_000);
  assertEquals(watch.faults, []);
  const peakBytes = await program.peakBytes();
  assert(peakBytes < MOST_MEMORY, `${peakBytes / 1e6} MB at most`);
  assertEquals((await program.stop()).code, 0);
});
