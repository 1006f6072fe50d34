import { assertEquals } from "@std/assert";
import { outageError } from "../../src/devices/_failure.ts";
import { ScrapeError } from "../../src/errors.ts";
import type { Device } from "../../src/control/device.ts";
import { exporterDevice, failure, makeFleet } from "./_fleet.ts";

const SILENT = new ScrapeError("timeout", "No answer");

/** Devices that have answered in one cycle, and what a test does with them. */
async function answeringFleet(count: number) {
  const fleet = await makeFleet();
  const devices = Array.from({ length: count }, (_, at) => exporterDevice(String(at + 1)));
  const { answers, clock, cycle, log } = fleet;
  await cycle(devices);
  return {
    ...fleet,
    devices,
    /** Lets devices fail from now on. */
    fail(of: readonly Device[], error: Error = SILENT): void {
      for (const { id } of of) answers.set(id, error);
    },
    /** Cycles, 30 s apart; what they logged. */
    async run(cycles: number, of: readonly Device[] = devices): Promise<readonly string[]> {
      for (let at = 0; at < cycles; at++) {
        await clock.advance(30_000);
        await cycle(of);
      }
      return log.take();
    },
  };
}

/** The names of devices, as a line has them. */
function names(first: number, last: number): string {
  return Array.from({ length: last - first + 1 }, (_, at) => `node-${first + at}.tail0001.ts.net`)
    .join(", ");
}

Deno.test("ScrapeCollector logs once that most devices stopped answering, and that they are back", async () => {
  const { answers, devices, fail, run } = await answeringFleet(20);
  fail(devices.slice(0, 18));
  assertEquals(await run(60), [
    `warning 18 of 20 devices stopped answering in one collection: ${names(1, 10)}, …; check the ` +
    "network of this machine first",
  ]);
  answers.clear();
  assertEquals(await run(20), [
    `info 18 devices can be scraped again, or no longer are: ${names(1, 10)}, …`,
  ]);
  assertEquals(await run(2), []);
  fail(devices);
  assertEquals((await run(1)).length, 1, "the next outage");
});

Deno.test("ScrapeCollector says how many devices of an outage are still silent", async () => {
  const { answers, devices, fail, run } = await answeringFleet(6);
  fail(devices);
  await run(1);
  for (const { id } of devices.slice(0, 4)) answers.delete(id);
  assertEquals(await run(20), [
    `info 4 devices can be scraped again, or no longer are: ${names(1, 4)}; 2 cannot yet`,
  ]);
  assertEquals(await run(20, devices.slice(0, 5)), [
    `info 1 device can be scraped again, or no longer is: ${names(6, 6)}; 1 cannot yet`,
  ]);
});

Deno.test("ScrapeCollector logs each device that fails while most answer, or while few devices do", async () => {
  for (const [count, failing] of [[20, 9], [4, 4]] as const) {
    const { answers, devices, fail, run } = await answeringFleet(count);
    fail(devices.slice(0, failing));
    const lines = (level: string, words: (name: string) => string) =>
      devices.slice(0, failing).map(({ name }) => `${level} ${words(name)}`);
    const failed = lines("warning", (name) => `Cannot scrape ${name} (timeout)`);
    assertEquals(await run(3), failed);
    answers.clear();
    assertEquals(await run(20), lines("info", (name) => `Scraping ${name} works again`));
  }
});

Deno.test("ScrapeCollector logs each device that answers badly, or never did, however many", async () => {
  const { answers, clock, cycle, devices, fail, log, run } = await answeringFleet(10);
  fail(devices, failure("refused"));
  assertEquals((await run(1)).length, 10, "a device has refused the connection itself");
  const fresh = Array.from({ length: 10 }, (_, at) => exporterDevice(String(at + 11)));
  fail(fresh);
  await cycle(fresh);
  assertEquals(log.take().filter((line) => line.startsWith("warning")).length, 10);
  answers.clear();
  await clock.advance(600_000);
  await run(1, fresh);
  fail(fresh);
  assertEquals((await run(1, fresh)).length, 1);
  // One of them is back with another fault.
  fail(fresh.slice(0, 1), failure("parse"));
  assertEquals(await run(20, fresh), [`warning Cannot scrape ${fresh[0]?.name} (parse)`]);
});

Deno.test("ScrapeCollector logs nothing of a device that leaves in the cycle in which it fell silent", async () => {
  const { answers, collector, devices, learn, log } = await answeringFleet(5);
  const signal = new AbortController().signal;
  for (const { id } of devices) {
    answers.set(id, async () => {
      // The list of the next cycle comes before this one has ended.
      await learn([]);
      await collector.retarget();
      throw SILENT;
    });
  }
  await collector.collect(signal);
  assertEquals(log.take(), []);
});

Deno.test("ScrapeCollector takes no device that never answered for one that stopped to, after a login", async () => {
  const heard: unknown[] = [];
  const { answers, clock, cycle, log } = await makeFleet({
    cutCheck: (outcome) => {
      heard.push(outcome);
      return Promise.resolve(undefined);
    },
  });
  const devices = Array.from({ length: 12 }, (_, at) => exporterDevice(String(at + 1)));
  const answer = async (error: Error) => {
    for (const { id } of devices) answers.set(id, error);
    await cycle(devices);
    await clock.advance(30_000);
    return log.take();
  };
  const reason = "The embedded node waits for a login";
  const login = outageError(`${reason}.`, undefined);
  assertEquals(await answer(login), [`warning Devices cannot be scraped: ${reason}`]);
  assertEquals(await answer(login), []);
  assertEquals(
    (await answer(SILENT)).toSorted(),
    devices.map(({ name }) => `warning Cannot scrape ${name} (timeout)`).toSorted(),
  );
  assertEquals(heard, Array.from({ length: 3 }, () => ({ answered: 0, lost: 0 })));
});
