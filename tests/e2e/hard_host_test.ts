import { delay } from "../../src/time/delay.ts";
import { assert, assertEquals } from "@std/assert";
import { FakeTailnet } from "./_fake_tailnet.ts";
import { Program } from "./_program.ts";
import { assertShown } from "./_real_page.ts";
import { assertRecovers } from "./_recovery.ts";
import { Samples, takeSamples } from "./_samples.ts";
import { until } from "../_support/until.ts";
import { Watch } from "./_watch.ts";
import { WrappedProgram } from "./_wrapped.ts";

const DEVICES = ["first", "last"];

/** Cycles that a busy machine keeps up with. */
const UNHURRIED = { SCRAPE_INTERVAL: "2s" };

/** Less than any step of the clock, and more than anything here takes. */
const MOST_SECONDS = 3_600;

/** What the list says of each device, whatever the clock says. */
const FACTS: Readonly<Record<string, number>> = {
  tsmetrics_device_up: 1,
  tailscale_device_online: 1,
  tailscale_device_authorized: 1,
  tailscale_device_created_timestamp: Date.parse("2026-01-02T03:04:05Z") / 1000,
  tailscale_device_machine_key_expiry: Date.parse("2036-01-02T03:04:05Z") / 1000,
};

/** Fails unless each device is shown, once, as its list and its page tell. */
function assertWhole(samples: Samples): void {
  assertEquals(samples.sum("tailscale_device_count"), DEVICES.length);
  for (const name of DEVICES) {
    const labels = { device_id: `id-of-${name}`, device_name: `${name}.fake.ts.net` };
    for (const [family, value] of Object.entries(FACTS)) {
      assertEquals(samples.all(family, labels).map((sample) => sample.value), [value], family);
    }
    assertShown(samples, labels);
  }
}

const LIBFAKETIME = `/usr/lib/${Deno.build.arch}-linux-gnu/faketime/libfaketime.so.1`;

Deno.test("Program does not care that the clock is set back a day, ahead a year or right", async () => {
  await using tailnet = new FakeTailnet({ devices: DEVICES });
  const stamp = await Deno.makeTempFile({ prefix: "tsmetrics-clock-" });
  await Deno.writeTextFile(stamp, "+0");
  try {
    await using program = await Program.start({
      ...tailnet.settings,
      ...UNHURRIED,
      LD_PRELOAD: LIBFAKETIME,
      FAKETIME_TIMESTAMP_FILE: stamp,
      FAKETIME_NO_CACHE: "1",
      // a clock that is set moves the date only; nothing moves the monotonic one
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
    });
    const seconds = async () => {
      const samples = await takeSamples(program);
      return samples.sum("tsmetrics_last_scrape_timestamp_seconds") ?? NaN;
    };
    await until("all pages", async () => {
      return (await takeSamples(program)).sum("tsmetrics_device_up") === DEVICES.length;
    });
    await using watch = new Watch(program.origin, (samples) => {
      assertWhole(samples);
      assertEquals(samples.sum("tsmetrics_api_up"), 1);
      const age = samples.sum("tsmetrics_collection_age_seconds") ?? NaN;
      assert(age >= 0 && age < MOST_SECONDS, `the list is ${age} s old`);
      const longest = Math.max(
        ...samples.all("tsmetrics_device_scrape_duration_seconds").map(({ value }) => value),
      );
      assert(longest >= 0 && longest < MOST_SECONDS, `a scrape took ${longest} s`);
      const cycles = samples.sum("tsmetrics_scrape_duration_seconds_sum") ?? NaN;
      assert(cycles >= 0 && cycles < MOST_SECONDS, `cycles took ${cycles} s`);
    });
    for (const [setting, days] of [["-1d", -1], ["+1y", 365], ["+0", 0]] as const) {
      await Deno.writeTextFile(stamp, setting);
      // the clock really moved, and the loop goes on at its pace
      const wantedMs = Date.now() + days * 86_400_000;
      await until(`a list of ${setting}`, async () => {
        return Math.abs(await seconds() * 1000 - wantedMs) < 60_000;
      });
      const before = tailnet.tries("first");
      const startMs = performance.now();
      await until("four more cycles", () => tailnet.tries("first") >= before + 4);
      const tookMs = performance.now() - startMs;
      // three whole intervals, less what the first of the requests may have been late
      assert(tookMs > 3_000, `four cycles in ${tookMs} ms`);
      for (const path of ["/livez", "/readyz", "/health"]) {
        const response = await program.get(path);
        assertEquals(response.status, 200, `${path} after ${setting}: ${await response.text()}`);
      }
    }
    // one token did for all of it
    const tokens = tailnet.seen.filter(({ url }) => url.endsWith("/oauth/token"));
    assertEquals(tokens.length, 1);
    assertEquals(watch.faults, []);
    assertEquals(program.log.matching(/ (?:WARN|ERROR) (?!config )/), []);
    assertEquals((await program.stop()).code, 0);
  } finally {
    await Deno.remove(stamp);
  }
});

Deno.test("Program survives the loss of DNS and comes back with it", async () => {
  await using tailnet = new FakeTailnet({ devices: DEVICES });
  const hosts = await Deno.makeTempFile({ prefix: "tsmetrics-hosts-" });
  const LOCAL = "127.0.0.1 localhost\n";
  const KNOWN = `${LOCAL}127.0.0.1 api.tailnet.invalid\n`;
  await Deno.writeTextFile(hosts, KNOWN);
  const { port } = new URL(`http://${tailnet.host}`);
  try {
    await using program = await WrappedProgram.start(`mount --bind ${hosts} /etc/hosts`, {
      ...tailnet.settings,
      ...UNHURRIED,
      TAILSCALE_API_URL: `http://api.tailnet.invalid:${port}/api/v2`,
    });
    const take = async () => new Samples(await program.text("/metrics"));
    await until("all pages", async () => {
      return (await take()).sum("tsmetrics_device_up") === DEVICES.length;
    });
    await using watch = new Watch(program.origin, assertWhole);
    await Deno.writeTextFile(hosts, LOCAL);
    // a kept connection needs no name
    tailnet.onDevices = () => new Response(null, { status: 503, headers: { connection: "close" } });
    const samples = await until("the circuit to open", async () => {
      const page = await take();
      return page.sum("tsmetrics_api_circuit_state", { state: "open" }) === 1 && page;
    });
    tailnet.onDevices = undefined;
    const counted = samples.all("tsmetrics_scrape_errors_total").filter(({ value }) => value > 0);
    assertEquals(counted.map(({ labels }) => labels), [{ target: "api", error_type: "network" }]);
    assert((counted[0]?.value ?? 0) >= 3);
    const lost = / WARN api .*(?:dns error|lookup)/;
    await until("a line about it", () => program.log.matching(lost).length > 0);
    assertEquals(program.log.matching(lost).length, 1, program.log.text);
    await assertRecovers(tailnet, {
      debug: () => program.text("/debug"),
      mend: () => Deno.writeTextFile(hosts, KNOWN),
      isUp: async () => (await take()).sum("tsmetrics_api_up") === 1,
    });
    assertEquals(watch.faults, []);
    assertEquals(await program.stop(), 0);
  } finally {
    await Deno.remove(hosts);
  }
});

Deno.test("Program listens again within a second of file descriptors being free", async () => {
  await using tailnet = new FakeTailnet({ devices: DEVICES });
  await using program = await WrappedProgram.start("ulimit -n 64", tailnet.settings);
  const take = async () => new Samples(await program.text("/metrics"));
  await until("all pages", async () => {
    return (await take()).sum("tsmetrics_device_up") === DEVICES.length;
  });
  const port = Number(new URL(program.origin).port);
  // At least two rounds; a machine with other work may be late in some of them.
  let bestMs = Infinity;
  for (let round = 1; round <= 2 || round <= 6 && bestMs >= 1_000; round++) {
    const held: Deno.TcpConn[] = [];
    await until("no descriptor to be left", async () => {
      const connection = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => undefined);
      if (connection !== undefined) held.push(connection);
      return program.log.matching(/ WARN http Cannot take requests/).length === round;
    });
    // for a while nothing is free, and nothing is answered twice
    await delay(1_000);
    for (const connection of held) connection.close();
    const freeMs = performance.now();
    const upMs = await untilAnswered(port);
    bestMs = Math.min(bestMs, upMs - freeMs);
    const lost = program.log.matching(/ WARN http Cannot take requests/);
    assertEquals(lost.length, round, lost.join("\n"));
    const again = / INFO http The port takes requests again/;
    await until("a line about it", () => program.log.matching(again).length >= round);
    assertEquals(program.log.matching(again).length, round);
    await until("all pages", async () => {
      return (await take()).sum("tsmetrics_device_up") === DEVICES.length;
    });
  }
  assert(bestMs < 1_000, `${bestMs} ms`);
  assertEquals(JSON.parse(await program.text("/livez")).status, "ok");
  assertEquals(await program.stop(), 0);
});

/**
 * Asks a port by a connection each time until an answer of it begins, with as little work of our
 * own as that takes.
 *
 * @returns When it was, in milliseconds of `performance.now()`.
 */
async function untilAnswered(port: number): Promise<number> {
  const request = new TextEncoder().encode(
    `GET /livez HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`,
  );
  const answer = new Uint8Array(12);
  return await until("an answer", async () => {
    const connection = await Deno.connect({ hostname: "127.0.0.1", port }).catch(() => undefined);
    if (connection === undefined) return;
    using _ = connection;
    await connection.write(request);
    // a connection that is lost again ends before it says anything
    const length = await connection.read(answer).catch(() => null);
    const nowMs = performance.now();
    return length === 12 && new TextDecoder().decode(answer) === "HTTP/1.1 200" && nowMs;
  });
}
