import { assertEquals } from "@std/assert";
import { type Job, JobScheduler } from "../../src/jobs/scheduler.ts";
import { FakeClock, settle } from "../_support/fake_clock.ts";

/** Runs jobs on a fake clock, and notes what they do. */
function start(jobs: (note: (line: string) => void, clock: FakeClock) => readonly Job[]) {
  const clock = new FakeClock();
  const startMs = clock.elapsed();
  const lines: string[] = [];
  const logged: string[] = [];
  const note = (line: string) => void lines.push(`${(clock.elapsed() - startMs) / 1000} ${line}`);
  const log = (message: string) => void logged.push(message);
  const scheduler = new JobScheduler({
    jobs: jobs(note, clock),
    elapsed: clock.elapsed,
    delay: clock.delay,
    random: () => 0.5,
    observer: { ended: (job, seconds, succeeded) => note(`${job} ${succeeded} ${seconds}`) },
    log: { debug: log, info: log, warning: log, error: log },
  });
  const stop = new AbortController();
  const running = scheduler.run(stop.signal);
  return {
    clock,
    lines,
    logged,
    scheduler,
    async end() {
      stop.abort();
      await running;
    },
  };
}

Deno.test("JobScheduler runs each job at its interval, the first time after one", async () => {
  const { clock, end, lines } = start(() => [
    { name: "a", intervalMs: 2_000, run: () => {} },
    { name: "b", intervalMs: 3_000, run: () => {} },
  ]);
  await clock.advance(6_000);
  assertEquals(lines, ["2 a true 0", "3 b true 0", "4 a true 0", "6 a true 0", "6 b true 0"]);
  await end();
  await clock.advance(6_000);
  assertEquals(lines.length, 5);
});

Deno.test("JobScheduler never runs two jobs at once, and keeps the rhythm of a slow one", async () => {
  let open = 0;
  let most = 0;
  const { clock, end, lines } = start((_, clock) =>
    ["a", "b"].map((name) => ({
      name,
      intervalMs: 10_000,
      async run(signal: AbortSignal) {
        most = Math.max(most, ++open);
        await clock.delay(4_000, signal);
        open--;
      },
    }))
  );
  await clock.advance(30_000);
  assertEquals(most, 1);
  assertEquals(lines, ["14 a true 4", "18 b true 4", "24 a true 4", "28 b true 4"]);
  await end();
});

Deno.test("JobScheduler counts a job that fails, logs it once, and goes on", async () => {
  let runs = 0;
  const { clock, end, lines, logged } = start(() => [{
    name: "a",
    intervalMs: 1_000,
    run() {
      if (++runs < 3) throw new Error("no disk");
    },
  }]);
  await clock.advance(4_000);
  assertEquals(lines, ["1 a false 0", "2 a false 0", "3 a true 0", "4 a true 0"]);
  assertEquals(logged, ["The {job} job failed: {reason}", "The {job} job works again"]);
  await end();
});

Deno.test("JobScheduler moves each run by a part of the interval", async () => {
  const clock = new FakeClock();
  const dues: number[] = [];
  const stop = new AbortController();
  const randoms = [0, 1, 0.5];
  const log = { debug() {}, info() {}, warning() {}, error() {} };
  const running = new JobScheduler({
    jobs: [{ name: "a", intervalMs: 1_000, run: () => {} }],
    elapsed: clock.elapsed,
    delay(ms, signal) {
      dues.push(ms);
      return dues.length > 3 ? Promise.reject(signal?.reason) : clock.delay(ms, signal);
    },
    random: () => randoms.shift() ?? 0,
    observer: { ended() {} },
    log,
  }).run(stop.signal);
  await clock.advance(950 + 1_050 + 999);
  await settle();
  assertEquals(dues, [950, 1_050, 1_000]);
  stop.abort();
  await running;
});

Deno.test("JobScheduler.run() ends at once without jobs, and when it is stopped while one runs", async () => {
  await start(() => []).end();
  const { clock, end, lines, logged } = start((_, clock) => [{
    name: "a",
    intervalMs: 1_000,
    run: (signal) => clock.delay(60_000, signal),
  }]);
  await clock.advance(1_000);
  await end();
  assertEquals([lines, logged], [[], []]);
});

Deno.test("JobScheduler.runs tells how each job's runs went", async () => {
  let isBroken = true;
  const { clock, end, scheduler } = start((_, clock) => [
    {
      name: "a",
      intervalMs: 10_000,
      async run(signal) {
        await clock.delay(2_000, signal);
        if (isBroken) throw new Error("no");
      },
    },
    { name: "b", intervalMs: 60_000, run: () => {} },
  ]);
  const idle = { successAgoMs: undefined, lastSeconds: undefined, failures: 0 };
  assertEquals(scheduler.runs, [
    { name: "a", intervalMs: 10_000, ...idle },
    { name: "b", intervalMs: 60_000, ...idle },
  ]);
  await clock.advance(13_000);
  assertEquals(scheduler.runs[0], {
    name: "a",
    intervalMs: 10_000,
    successAgoMs: undefined,
    lastSeconds: 2,
    failures: 1,
  });
  isBroken = false;
  await clock.advance(12_000);
  const [a] = scheduler.runs;
  assertEquals([a?.successAgoMs, a?.lastSeconds, a?.failures], [3_000, 2, 1]);
  await end();
});
