import { assertEquals, assertStringIncludes } from "@std/assert";
import { WayTrouble } from "../../src/collectors/_way_trouble.ts";
import { connectError, outageError } from "../../src/devices/_failure.ts";
import { ScrapeError } from "../../src/errors.ts";
import { exporterDevice, makeFleet } from "./_fleet.ts";
import { KeptLog } from "./_golden.ts";

const DOWN = new ScrapeError("proxy", "Cannot use SCRAPE_PROXY: gone", { closedWay: "proxy" });
const [REMOVED, JOINING] = ["was removed from the tailnet", "is joining the tailnet"]
  .map((what) => outageError(`The embedded node ${what}.`, undefined)) as [
    ScrapeError,
    ScrapeError,
  ];

/** One cycle after the other, in which some devices fail by the way and others answer. */
function rig() {
  const log = new KeptLog();
  const trouble = new WayTrouble(log);
  return {
    log,
    cycle(failing: number, answering: number, error = DOWN): void {
      for (let count = 0; count < failing; count++) trouble.isCause(error, error.message);
      for (let count = 0; count < answering; count++) trouble.answered();
      trouble.settle();
    },
  };
}

Deno.test("WayTrouble logs once that a proxy is down, and that devices can be scraped again", () => {
  const { cycle, log } = rig();
  cycle(0, 3);
  cycle(2, 1);
  cycle(3, 0);
  // A cycle in which nothing was tried says nothing of the way.
  cycle(0, 0);
  cycle(3, 0);
  cycle(0, 1);
  cycle(0, 1);
  assertEquals(log.lines, [
    "warning Devices cannot be scraped: Cannot use SCRAPE_PROXY: gone",
    "info Devices can be scraped again",
  ]);
});

Deno.test("WayTrouble logs nothing of the states of a node after the first", () => {
  const { cycle, log } = rig();
  for (const error of [REMOVED, JOINING, REMOVED]) cycle(2, 0, error);
  assertEquals(log.take(), [
    "warning Devices cannot be scraped: The embedded node was removed from the tailnet",
  ]);
  cycle(2, 0, DOWN);
  assertEquals(log.take(), ["warning Devices cannot be scraped: Cannot use SCRAPE_PROXY: gone"]);
  cycle(2, 0, JOINING);
  cycle(0, 2);
  assertEquals(log.take(), ["info Devices can be scraped again"]);
});

Deno.test("WayTrouble.reason is why the way is closed in this cycle", () => {
  const trouble = new WayTrouble(new KeptLog());
  assertEquals(trouble.reason, undefined);
  trouble.isCause(new Error("x"), "x");
  assertEquals(trouble.reason, undefined);
  trouble.isCause(JOINING, JOINING.message);
  assertEquals(trouble.reason, "The embedded node is joining the tailnet");
  trouble.settle();
  assertEquals(trouble.reason, undefined);
});

Deno.test("WayTrouble.isCause() takes no failure of a device for one of the way", () => {
  const trouble = new WayTrouble(new KeptLog());
  assertEquals(trouble.isCause(DOWN, ""), true);
  assertEquals(trouble.isCause(REMOVED, ""), true);
  assertEquals(trouble.isCause(new ScrapeError("proxy", "The proxy answered 502"), ""), false);
  assertEquals(trouble.isCause(new Error("x"), ""), false);
  const target = { url: "http://100.64.0.1:5252/metrics", port: 5252 } as never;
  assertEquals(trouble.isCause(connectError(target, new Error("x"), true), ""), false);
});

for (const [name, error] of [["a dead proxy", DOWN], ["our own node", REMOVED]] as const) {
  Deno.test(`ScrapeCollector logs an outage of ${name} once, and is back a cycle after it`, async () => {
    const { answers, clock, counted, cycle, log, states } = await makeFleet();
    const devices = Array.from({ length: 20 }, (_, index) => exporterDevice(String(index + 1)));
    // A key that has expired is no reason while no device can be reached.
    devices[0] = exporterDevice("1", { expiresSeconds: 1, keyExpiryDisabled: false });
    for (const { id } of devices) answers.set(id, error);
    // Half an hour.
    for (let count = 0; count < 60; count++) {
      await cycle(devices);
      await clock.advance(30_000);
    }
    assertEquals(log.take(), [`warning Devices cannot be scraped: ${error.message}`]);
    assertEquals(new Set(states().map(({ reason }) => reason)), new Set([error.message]));
    answers.clear();
    await cycle(devices);
    assertEquals(log.take(), ["info Devices can be scraped again"]);
    assertEquals(counted.at(-1)?.up, 20);
  });
}

Deno.test("ScrapeCollector blames no slow device while the way to all devices is closed", async () => {
  const { clock, answers, cycle, states } = await makeFleet({ concurrency: 1, budgetMs: 10_000 });
  const fleet = ["1", "2", "3"].map((id) => exporterDevice(id));
  const outage = JOINING.message;
  for (const id of ["1", "2", "3"]) {
    answers.set(id, async () => {
      await clock.delay(10_000);
      throw JOINING;
    });
  }
  const reasons = async () => {
    const cycling = cycle(fleet);
    await clock.advance(10_000);
    await cycling;
    await clock.advance(20_000);
    return states().map(({ reason }) => reason);
  };
  const untried = `Not tried yet: ${outage}`;
  assertEquals(await reasons(), [outage, untried, untried]);
  // Untried devices come first.
  assertEquals(await reasons(), [outage, outage, untried]);
  assertEquals(await reasons(), [outage, outage, outage]);
  // The way is open again, and a silent device takes the time.
  const silent = new ScrapeError("timeout", "No answer");
  for (const id of ["1", "2", "3"]) {
    answers.set(id, async () => {
      await clock.delay(10_000);
      throw silent;
    });
  }
  const [first = "", ...others] = await reasons();
  assertEquals(first, "No answer");
  for (const reason of others) assertStringIncludes(reason ?? "", "raise MAX_CONCURRENT_SCRAPES");
});
