import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { CollectionLoop } from "../../src/collectors/collection_loop.ts";
import { ScrapeQueue } from "../../src/collectors/_scrape_queue.ts";
import { DeviceBackoff } from "../../src/devices/device_backoff.ts";
import { tryBudgetMs } from "../../src/time/timing.ts";
import { exporterDevice, failure, makeFleet, PAGE } from "./_fleet.ts";
import { KeptLog } from "./_golden.ts";

Deno.test("ScrapeQueue.take() gives each device once, untried ones from both ends", () => {
  const queue = new ScrapeQueue<string>();
  for (const item of ["a", "b"]) queue.addAnswering(item);
  for (const item of ["n1", "n2", "n3", "n4"]) queue.addUntried(item);
  queue.addFailed("f", 0);
  const taken = [false, true, false, true, true, false, true].map((isFromBack) =>
    queue.take(isFromBack)
  );
  assertEquals(taken.map((turn) => turn?.item), ["a", "b", "n1", "n4", "n3", "n2", "f"]);
  assertEquals(taken.map((turn) => turn?.isBounded), [false, false, ...Array(5).fill(true)]);
  assertEquals([queue.take(false), queue.take(true)], [undefined, undefined]);
});

Deno.test("ScrapeQueue.take() has what answers first, then what is new, then what waits longest", () => {
  const queue = new ScrapeQueue<string>();
  for (const [item, dueMs] of [["b", 20], ["a", 10], ["c", 20], ["d", 5]] as const) {
    queue.addFailed(item, dueMs);
  }
  queue.addUntried("new");
  queue.addAnswering("up");
  assertEquals([queue.size, queue.hasAnswering], [6, true]);
  const taken = Array.from({ length: 6 }, () => queue.take(false)?.item);
  assertEquals(taken, ["up", "new", "d", "a", "b", "c"]);
});

Deno.test("ScrapeCollector lets devices that answer go before the dead, within its budget", async () => {
  const { clock, answers, asked, cycle, states } = await makeFleet({
    concurrency: 1,
    budgetMs: 25_000,
  });
  const fleet = ["1", "2", "3", "4"].map((id) => exporterDevice(id));
  for (const id of ["1", "2", "4"]) {
    answers.set(id, async () => {
      await clock.delay(10_000);
      throw failure("timeout");
    });
  }
  const run = async () => {
    const cycling = cycle(fleet);
    await clock.advance(30_000);
    await cycling;
    return asked.splice(0);
  };
  // All new: the budget ends with the third.
  assertEquals(await run(), ["1", "4", "2"]);
  const all = states();
  assertEquals(all.map((one) => one.state), ["down", "down", "pending", "down"]);
  assertStringIncludes(all[2]?.reason ?? "", "raise MAX_CONCURRENT_SCRAPES");
  assertEquals((await run())[0], "3");
  assertEquals(states()[2]?.reason, undefined);
  assertEquals((await run())[0], "3");
});

Deno.test("ScrapeCollector gives new devices more time while no device has answered yet", async () => {
  const { clock, answers, asked, cycle } = await makeFleet({
    concurrency: 1,
    budgetMs: 2_500,
    firstBudgetMs: 10_000,
  });
  const fleet = ["1", "2", "3", "4", "5", "6"].map((id) => exporterDevice(id));
  for (const { id } of fleet) {
    answers.set(id, async () => {
      await clock.delay(2_500);
      // The last one that the first cycle comes to is well.
      if (id === "5") return PAGE;
      throw failure("timeout");
    });
  }
  const run = async () => {
    const cycling = cycle(fleet);
    await clock.advance(30_000);
    await cycling;
    return asked.splice(0);
  };
  assertEquals(await run(), ["1", "6", "2", "5"]);
  // From now on a device answers, which the others must not hold up.
  assertEquals(await run(), ["5", "3"]);
  assertEquals(await run(), ["5", "4"]);
});

Deno.test("ScrapeCollector says of what is due and put off why, and no time that is over", async () => {
  const { clock, answers, cycle, states } = await makeFleet({ concurrency: 1, budgetMs: 5_000 });
  const fleet = ["1", "2", "3"].map((id) => exporterDevice(id));
  for (const { id } of fleet) {
    answers.set(id, async () => {
      await clock.delay(10_000);
      throw failure("timeout");
    });
  }
  const advice = ": devices that do not answer took the collection's time; raise " +
    "MAX_CONCURRENT_SCRAPES, or lower CLIENT_METRICS_TIMEOUT";
  const seen = new Set<string>();
  for (let count = 0; count < 6; count++) {
    const cycling = cycle(fleet);
    await clock.advance(10_000);
    await cycling;
    for (const { state, reason = "", nextTryMs } of states()) {
      const isPutOff = reason.endsWith(advice);
      if (isPutOff) seen.add(`${state} ${reason.slice(0, -advice.length)}`);
      assertEquals(nextTryMs === undefined, isPutOff);
      assert(nextTryMs === undefined || nextTryMs > clock.now());
    }
    await clock.advance(20_000);
  }
  const error = "Cannot fetch http://100.64.0.1:5252/metrics: nothing listens";
  assertEquals([...seen], [
    "pending Not tried yet",
    `down ${error}; due, and not tried again yet`,
  ]);
});

/** One device that answers among a hundred that hang; when it is asked, in seconds. */
async function timesAmongDead(liveId: string): Promise<readonly number[]> {
  const intervalMs = 10_000, timeoutMs = 4_000;
  const times: number[] = [];
  const { clock, answers, collector, learn } = await makeFleet({
    concurrency: 10,
    budgetMs: tryBudgetMs(intervalMs, timeoutMs),
    backoff: new DeviceBackoff({ intervalMs }),
  });
  const startMs = clock.elapsed();
  const ids = Array.from({ length: 101 }, (_, index) => `${index + 1}`);
  for (const id of ids) {
    answers.set(id, async () => {
      await clock.delay(timeoutMs);
      throw failure("timeout");
    });
  }
  answers.set(liveId, () => {
    times.push((clock.elapsed() - startMs) / 1000);
    return Promise.resolve(PAGE);
  });
  await learn(ids.map((id) => exporterDevice(id)));
  const stop = new AbortController();
  const running = new CollectionLoop({
    collectors: [collector],
    intervalMs,
    elapsed: clock.elapsed,
    delay: clock.delay,
    observer: { cycleEnded: () => {}, collectorFailed: () => {} },
    log: new KeptLog(),
  }).run(stop.signal);
  for (let second = 0; second < 125; second++) await clock.advance(1_000);
  stop.abort();
  await clock.advance(10_000);
  await running;
  return times;
}

Deno.test("ScrapeCollector asks a live device each interval, however many others hang", async () => {
  for (const liveId of ["1", "101"]) {
    const times = await timesAmongDead(liveId);
    const [first = Infinity, ...rest] = times;
    // As one of the first, or after the first that hang.
    assert(first <= 4, `${first} s`);
    assertEquals(rest, Array.from({ length: 12 }, (_, cycle) => (cycle + 1) * 10), liveId);
  }
});

Deno.test("ScrapeCollector comes to each of a hundred devices that hang within a minute", async () => {
  const [first = Infinity, second] = await timesAmongDead("51");
  assert(first < 60, `${first} s`);
  assertEquals(second, 10 * Math.floor(first / 10 + 1));
});

Deno.test("ScrapeCollector tries new devices though those that answer take all the time", async () => {
  const { clock, answers, cycle, states } = await makeFleet({ concurrency: 1, budgetMs: 8_000 });
  const fleet = ["1", "2", "3", "4", "5", "6", "7", "8"].map((id) => exporterDevice(id));
  for (const { id } of fleet) {
    answers.set(id, async () => {
      await clock.delay(4_000);
      return PAGE;
    });
  }
  const counts: number[] = [];
  for (let count = 0; count < 7; count++) {
    const cycling = cycle(fleet);
    await clock.advance(60_000);
    await cycling;
    counts.push(states().filter((one) => one.state === "up").length);
  }
  // Two fit into the first cycle, then one more in each.
  assertEquals(counts, [2, 3, 4, 5, 6, 7, 8]);
});
