import { assertEquals, assertRejects } from "@std/assert";
import { CollectionLoop, type Collector } from "../../src/collectors/collection_loop.ts";
import { FakeClock, settle } from "../_support/fake_clock.ts";
import { KeptLog } from "./_golden.ts";

function makeLoop(collect: (clock: FakeClock, signal: AbortSignal) => Promise<void>) {
  const clock = new FakeClock(0);
  const log = new KeptLog();
  const told: string[] = [];
  const starts: number[] = [];
  const first: Collector = {
    name: "api",
    collect: (signal) => {
      starts.push(clock.now());
      return collect(clock, signal);
    },
  };
  const second: Collector = {
    name: "device",
    collect: () => {
      told.push("second ran");
      return Promise.resolve();
    },
  };
  const loop = new CollectionLoop({
    collectors: [first, second],
    intervalMs: 30_000,
    elapsed: clock.elapsed,
    delay: clock.delay,
    observer: {
      cycleEnded: (seconds) => told.push(`ended ${seconds}`),
      collectorFailed: (name) => told.push(`${name} failed`),
    },
    log,
  });
  return { clock, log, told, starts, loop };
}

async function runFor(
  made: ReturnType<typeof makeLoop>,
  ms: number,
): Promise<void> {
  const stop = new AbortController();
  const running = made.loop.run(stop.signal);
  await settle();
  await made.clock.advance(ms);
  stop.abort();
  await running;
}

Deno.test("CollectionLoop.run() starts at once, then at each multiple of the interval", async () => {
  const made = makeLoop((clock) => clock.delay(2000));
  await runFor(made, 95_000);
  assertEquals(made.starts, [0, 30_000, 60_000, 90_000]);
  assertEquals(made.loop.cycleCount, 4);
  assertEquals(made.told.slice(0, 2), ["second ran", "ended 2"]);
});

Deno.test("CollectionLoop.run() never overlaps and leaves out what it missed", async () => {
  const waits = [70_000, 30_000, 0];
  const made = makeLoop((clock) => clock.delay(waits.shift() ?? 0));
  await runFor(made, 150_000);
  assertEquals(made.starts, [0, 90_000, 120_000, 150_000]);
});

Deno.test("CollectionLoop.run() ends when it is aborted, also within a cycle", async () => {
  const made = makeLoop((clock, signal) => clock.delay(10_000, signal));
  const stop = new AbortController();
  const running = made.loop.run(stop.signal);
  await settle();
  stop.abort();
  await running;
  assertEquals(made.loop.cycleCount, 0);
  assertEquals(made.log.take(), []);
});

Deno.test("CollectionLoop.lastProgressMs stands still while a collector hangs", async () => {
  const made = makeLoop(() => new Promise<never>(() => {}));
  made.loop.run(new AbortController().signal);
  await made.clock.advance(3_600_000);
  assertEquals([made.starts, made.loop.lastProgressMs], [[0], 0]);
});

Deno.test("CollectionLoop.run() does not wait longer after the clock was set back", async () => {
  let nowMs = 1_000_000;
  const waits: number[] = [];
  const stop = new AbortController();
  const loop = new CollectionLoop({
    collectors: [{
      name: "api",
      collect: () => {
        nowMs -= 500_000;
        return Promise.resolve();
      },
    }],
    intervalMs: 30_000,
    elapsed: () => nowMs,
    delay: (ms) => {
      waits.push(ms);
      nowMs += ms;
      if (waits.length === 2) stop.abort();
      return Promise.resolve();
    },
    observer: { cycleEnded: () => {}, collectorFailed: () => {} },
    log: new KeptLog(),
  });
  await loop.run(stop.signal);
  assertEquals(waits, [30_000, 30_000]);
});

Deno.test("CollectionLoop.runOnce() survives a collector that throws and says so once", async () => {
  let isBroken = true;
  const made = makeLoop(() => isBroken ? Promise.reject(new TypeError("no x")) : Promise.resolve());
  const { signal } = new AbortController();
  await made.loop.runOnce(signal);
  await made.loop.runOnce(signal);
  isBroken = false;
  await made.loop.runOnce(signal);
  assertEquals(made.told, [
    ...["api failed", "second ran", "ended 0"],
    ...["api failed", "second ran", "ended 0"],
    ...["second ran", "ended 0"],
  ]);
  assertEquals(made.log.take(), [
    "warning The api collector failed: no x",
    "info The api collector works again",
  ]);
});

Deno.test("CollectionLoop.runOnce() throws the reason of its signal", async () => {
  const made = makeLoop((_clock, signal) => Promise.reject(signal.reason));
  const stop = AbortSignal.abort(new RangeError("stopped"));
  await assertRejects(() => made.loop.runOnce(stop), RangeError, "stopped");
});

Deno.test("CollectionLoop.lastProgressMs follows cycles and touches", async () => {
  const made = makeLoop((clock) => clock.delay(5000));
  assertEquals(made.loop.lastProgressMs, 0);
  const running = made.loop.runOnce(new AbortController().signal);
  await made.clock.advance(5000);
  await running;
  assertEquals(made.loop.lastProgressMs, 5000);
  await made.clock.advance(1000);
  made.loop.touch();
  assertEquals(made.loop.lastProgressMs, 6000);
});
