import { assertEquals } from "@std/assert";
import { CutWatch } from "../../src/collectors/_cut_watch.ts";
import type { ScrapeCollectorOptions } from "../../src/collectors/_scrape_options.ts";
import { outageError } from "../../src/devices/_failure.ts";
import { ScrapeError } from "../../src/errors.ts";
import { exporterDevice, failure, makeFleet, NEVER } from "./_fleet.ts";

const SENTENCE = "The embedded node reaches neither the control plane nor any device.";
const SILENT = new ScrapeError("timeout", "No answer");

Deno.test("CutWatch counts what a cycle came to, and begins anew with each", async () => {
  const heard: unknown[] = [];
  const watch = new CutWatch((outcome) => {
    heard.push(outcome);
    return Promise.resolve(heard.length === 2 ? SENTENCE : undefined);
  });
  watch.answered();
  watch.failed("refused", false);
  watch.failed("timeout", false);
  watch.failed("timeout", true);
  assertEquals(await watch.settle(NEVER), { reason: undefined, isLogged: false });
  assertEquals(await watch.settle(NEVER), { reason: SENTENCE, isLogged: true });
  // What failed in this cycle may have failed before the way was open again.
  assertEquals(await watch.settle(NEVER), { reason: undefined, isLogged: true });
  assertEquals(await watch.settle(NEVER), { reason: undefined, isLogged: false });
  const none = { answered: 0, lost: 0 };
  assertEquals(heard, [{ answered: 2, lost: 1 }, none, none, none]);
});

Deno.test("CutWatch without a check knows of no cut", async () => {
  const watch = new CutWatch(undefined);
  watch.failed("timeout", true);
  assertEquals(await watch.settle(NEVER), { reason: undefined, isLogged: false });
});

/**
 * A fleet of 20 devices over a node of ours whose network can be cut.
 *
 * @param silent Number of devices, the last ones, that never answer.
 */
async function cutFleet(silent = 0, options: Partial<ScrapeCollectorOptions> = {}) {
  const world = { isCut: false };
  const heard: string[] = [];
  const fleet = await makeFleet({
    cutCheck: ({ answered, lost }) => {
      heard.push(`${answered} ${lost}`);
      return Promise.resolve(world.isCut ? SENTENCE : undefined);
    },
    ...options,
  });
  const devices = Array.from({ length: 20 }, (_, at) => exporterDevice(String(at + 1)));
  const { answers, clock, cycle } = fleet;
  for (const { id } of devices.slice(20 - silent)) answers.set(id, SILENT);
  await cycle(devices);
  return {
    ...fleet,
    devices,
    heard,
    /** Cuts the network, or mends it. */
    cut(isCut: boolean): void {
      world.isCut = isCut;
      for (const [at, { id }] of devices.entries()) {
        if (isCut || at >= 20 - silent) answers.set(id, SILENT);
        else answers.delete(id);
      }
    },
    /** One cycle, 30 s later. */
    async next(): Promise<void> {
      await clock.advance(30_000);
      await cycle(devices);
      // Once the node knows of the cut, each failure is explained by it.
      if (world.isCut) {
        for (const { id } of devices) answers.set(id, outageError(SENTENCE, undefined));
      }
    },
  };
}

Deno.test("ScrapeCollector logs nothing of a cut that our own node logs, and scrapes on", async () => {
  const { asked, cut, heard, log, next, states } = await cutFleet();
  cut(true);
  for (let count = 0; count < 20; count++) {
    asked.length = 0;
    await next();
    assertEquals(asked.length, 20, "each cycle tries all devices");
    const reasons = new Set(states().map(({ reason }) => reason));
    assertEquals(reasons, new Set([outageError(SENTENCE, undefined).message]));
  }
  cut(false);
  await next();
  assertEquals(log.take(), []);
  assertEquals(heard, ["20 0", ...Array.from({ length: 20 }, () => "0 20"), "20 0"]);
});

Deno.test("ScrapeCollector logs the devices that do not answer after a cut", async () => {
  const { answers, cut, devices, log, next } = await cutFleet();
  cut(true);
  await next();
  await next();
  cut(false);
  for (const { id } of devices.slice(0, 3)) answers.set(id, SILENT);
  answers.set("4", failure("refused"));
  await next();
  await next();
  assertEquals(
    log.take().toSorted(),
    ["1", "2", "3", "4"].map((id) =>
      `warning Cannot scrape node-${id}.tail0001.ts.net (${id === "4" ? "refused" : "timeout"})`
    ),
  );
});

Deno.test("ScrapeCollector does not count a device as lost that did not answer before a cut", async () => {
  const { asked, cut, heard, log, next } = await cutFleet(12);
  assertEquals(log.take().length, 12, "each silent device has its line");
  cut(true);
  // Until the silent devices have had their turn in spite of their backoff.
  for (let count = 0; count < 20; count++) await next();
  heard.length = asked.length = 0;
  await next();
  cut(false);
  await next();
  assertEquals(asked.length, 40, "each cycle tries all devices");
  assertEquals(heard, ["0 8", "8 0"]);
  assertEquals(log.take(), []);
});

Deno.test("ScrapeCollector hides secrets in the reason of a cut", async () => {
  const { cut, log, next, states } = await cutFleet(0, {
    hideSecrets: (text) => text.replaceAll("control plane", "…"),
  });
  cut(true);
  for (let count = 0; count < 2; count++) {
    await next();
    const reasons = new Set(states().map(({ reason }) => reason));
    assertEquals(reasons, new Set(["The embedded node reaches neither the … nor any device"]));
  }
  assertEquals(log.take(), []);
});
