import { delay } from "../../src/time/delay.ts";
import { assertEquals } from "@std/assert";
import { FakeTailnet, REAL_PAGE } from "./_fake_tailnet.ts";
import { Program } from "./_program.ts";
import { assertPrompt, worstWaitMs } from "./_prompt.ts";
import { drain, type RawAnswer, RawDevices, write } from "./_raw_device.ts";
import { takeSamples } from "./_samples.ts";
import { until } from "../_support/until.ts";

const HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n";
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`;

/** Two scrapes of a device that does its worst. */
const WATCHED_MS = 4_500;

/** Chunks of one byte, each with an extension of that length. */
function chunks(extension: number): Uint8Array {
  return new TextEncoder().encode(`1;${"x".repeat(extension)}\r\n#\r\n`.repeat(1_000));
}

/** Sends as fast as it is read, for as long as it is read. */
function floods(start: string, again: Uint8Array): RawAnswer {
  return async (connection) => {
    await write(connection, start);
    for (;;) {
      await write(connection, again);
      await delay(0);
    }
  };
}

/** Each by five devices at once. */
const ATTACKS: readonly RawAnswer[] = [
  floods(CHUNKED, chunks(250)),
  floods(CHUNKED, chunks(10)),
  floods(CHUNKED, new TextEncoder().encode("1\r\n#\r\n".repeat(10_000))),
  floods(`${HEAD}\r\n`, new TextEncoder().encode("#".repeat(60_000))),
];

Deno.test("Program answers at once while devices send faster than it reads", async () => {
  await using tailnet = new FakeTailnet({ devices: ["unused"] });
  await using devices = new RawDevices();
  const healthy = 5 * ATTACKS.length + 1;
  ATTACKS.forEach((attack, index) => {
    for (let number = 1; number <= 5; number++) devices.answers.set(5 * index + number, attack);
  });
  devices.answers.set(healthy, async (connection) => {
    await drain(connection);
    await write(connection, `${HEAD}Content-Length: ${REAL_PAGE.length}\r\n\r\n${REAL_PAGE}`);
  });
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
    SCRAPE_INTERVAL: "2s",
    CLIENT_METRICS_TIMEOUT: "2s",
    SCRAPE_ALLOW_CIDRS: "127.0.1.0/24",
    MAX_CONCURRENT_SCRAPES: "50",
  });
  await assertPrompt(() => worstWaitMs(program, WATCHED_MS));
  await until("every device to have been asked", () => {
    return Array.from({ length: healthy }).every((_, index) => devices.tries(index + 1) > 0);
  });
  // its try may be under way, or have been late on a busy machine
  const samples = await until("the healthy device to be up", async () => {
    const page = await takeSamples(program);
    return page.sum("tsmetrics_device_up", { device_id: `id-${healthy}` }) === 1 && page;
  });
  assertEquals(samples.sum("tsmetrics_device_up"), 1);
  assertEquals((await program.stop()).code, 0);
});
