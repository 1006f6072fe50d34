import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Outcome } from "../../src/push/outcome.ts";
import { FakeClock, nextTurn } from "../_support/fake_clock.ts";
import { DOWN, keeper, Run, slowlyKept, WRITTEN } from "./_run.ts";

const MINUTE_MS = 60_000;

Deno.test("Push writes what comes within a second by one request", async () => {
  const run = new Run();
  assertEquals(run.push.status, { state: "unknown", buffered: 0, lastSuccessMs: undefined });
  await run.clock.advance(MINUTE_MS);
  run.add();
  await run.clock.advance(400);
  run.add(2);
  assertEquals(run.counts, [0, 0, 0, 3]);
  await run.clock.advance(600);
  assertEquals([run.requests, run.written.length], [[61_000], 3]);
  assertEquals(run.counts, [3, 0, 0, 0]);
  assertEquals(run.value("last_success_timestamp_seconds"), run.clock.now() / 1000);
  assertEquals(run.push.status, { state: "up", buffered: 0, lastSuccessMs: run.clock.now() });
  await run.stop();
  assertEquals(run.logged, []);
});

Deno.test("Push counts requests by code", async () => {
  const run = new Run();
  for (const code of ["204", "204", "timeout"]) run.push.requested(code);
  assertEquals(
    [run.value('requests_total{code="204"}'), run.value('requests_total{code="timeout"}')],
    [2, 1],
  );
  await run.stop();
});

Deno.test("Push loses nothing of 1,000 nodes in an outage of an hour, and says it twice", async () => {
  const run = new Run({ maxBytes: 16_000_000 });
  run.answer = () => DOWN;
  for (let at = 0; at < 12; at++) {
    run.add(1_000);
    await run.clock.advance(5 * MINUTE_MS);
  }
  assertEquals([run.counts, run.push.status.state], [[0, 0, 0, 12_000], "down"]);
  run.answer = () => WRITTEN;
  await run.clock.advance(2 * MINUTE_MS);
  assertEquals([run.counts, run.push.status.state], [[12_000, 0, 0, 0], "up"]);
  // Every point once, the oldest first.
  assertEquals(run.written.map((line) => Number(/n=(\d+)i/.exec(line)?.[1])), [
    ...Array(12_000).keys(),
  ]);
  assertEquals(run.logged, [
    "Cannot write to db:8086: connection refused; points wait in memory meanwhile",
    "Points are written to db:8086 again",
  ]);
  await run.stop();
});

Deno.test("Push counts and tells what does not fit into its buffer", async () => {
  const run = new Run({ maxBytes: 2_000, maxBatchPoints: 10 });
  run.answer = () => DOWN;
  const startMs = run.clock.now();
  for (let at = 0; at < 10; at++) {
    run.add(10);
    await run.clock.advance(MINUTE_MS);
  }
  const [, , dropped = 0, waiting = 0] = run.counts;
  assert(dropped > 0 && dropped % 10 === 0, `${dropped}`);
  assertEquals(dropped + waiting, 100);
  run.answer = () => WRITTEN;
  await run.clock.advance(MINUTE_MS);
  assertEquals(run.counts, [waiting, 0, dropped, 0]);
  // The first batch was being written, so those after it made room.
  const [from, to] = [1, dropped / 10].map((at) =>
    new Date(startMs + at * MINUTE_MS).toISOString()
  );
  assertEquals(run.logged, [
    "Cannot write to db:8086: connection refused; points wait in memory meanwhile",
    "Dropping the oldest points: 2000 bytes wait to be written, the limit of INFLUX_BUFFER",
    "Points are written to db:8086 again",
    `${dropped} points from ${from} to ${to} were dropped and are not in the database`,
  ]);
  await run.stop();
});

Deno.test("Push waits longer after each failure, or as long as the database asks", async () => {
  const run = new Run();
  run.answer = () => DOWN;
  run.add();
  await run.clock.advance(4 * MINUTE_MS);
  const waits = run.requests.map((ms, at) => ms - (run.requests[at - 1] ?? 0));
  // A wait, and a second in which points are collected.
  assertEquals(waits, [1_000, 2_000, 3_000, 5_000, 9_000, 17_000, 33_000, 61_000, 61_000]);
  run.answer = () => ({ ...DOWN, retryAfterMs: 200_000 });
  await run.clock.advance(MINUTE_MS);
  run.answer = () => WRITTEN;
  const before = run.requests.length;
  await run.clock.advance(150_000);
  assertEquals(run.requests.length, before);
  await run.clock.advance(10_000);
  assertEquals(run.written.length, 1);
  await run.stop();
});

Deno.test("Push drops a batch that is refused for good, once, and goes on", async () => {
  const run = new Run();
  run.answer = () => ({ kind: "rejected", reason: "it answered 400" });
  for (let at = 0; at < 3; at++) {
    run.add(2);
    await run.clock.advance(2_000);
  }
  assertEquals([run.requests.length, run.counts], [3, [0, 6, 0, 0]]);
  assertEquals([run.push.status.state, run.push.status.lastSuccessMs], ["rejecting", undefined]);
  run.answer = () => ({ kind: "written", rejected: 1, reason: "it answered 400 dropped=1" });
  run.add(3);
  await run.clock.advance(2_000);
  assertEquals([run.counts, run.push.status.state], [[2, 7, 0, 0], "up"]);
  assertEquals(run.logged, [
    "db:8086 refuses 2 points of m for good: it answered 400; further ones are counted only",
  ]);
  // After an hour without one it is another trouble.
  run.answer = () => WRITTEN;
  await run.clock.advance(61 * MINUTE_MS);
  run.answer = () => ({ kind: "rejected", reason: "it answered 422" });
  run.add();
  await run.clock.advance(2_000);
  assertEquals(run.logged.slice(1), [
    "db:8086 refuses 1 point of m for good: it answered 422; further ones are counted only",
  ]);
  await run.stop();
});

Deno.test("Push halves what is too large, until the database takes it", async () => {
  const run = new Run();
  run.answer = ({ points }) =>
    points > 3 ? { kind: "too_large", reason: "it answered 413" } : WRITTEN;
  run.add(10);
  await run.clock.advance(1_000);
  assertEquals([run.written.length, run.counts], [10, [10, 0, 0, 0]]);
  run.answer = () => ({ kind: "too_large", reason: "it answered 413" });
  run.add();
  await run.clock.advance(1_000);
  assertEquals(run.counts, [10, 1, 0, 0]);
  await run.stop();
});

Deno.test("Push leaves out a point that no line can carry", async () => {
  const run = new Run();
  run.push.add({ measurement: "m", tags: {}, fields: { a: undefined }, atMs: 0 });
  await run.clock.advance(MINUTE_MS);
  assertEquals([run.requests, run.counts], [[], [0, 0, 0, 0]]);
  await run.stop();
});

Deno.test("Push makes one request a second while points come during each", async () => {
  const run = new Run();
  run.answer = () => {
    if (run.requests.length < 100) run.add();
    return WRITTEN;
  };
  run.add();
  await run.clock.advance(10_000);
  assertEquals(run.requests, Array.from({ length: 10 }, (_, at) => 1_000 * (at + 1)));
  // Those that come after a stop are written, too, as long as it may take.
  await run.stop();
  assertEquals([run.requests.length, run.logged], [15, [
    "Stopped before db:8086 took all points: lost 1 point",
  ]]);
});

Deno.test("Push says that points are written again once some are", async () => {
  const run = new Run();
  const answers: Outcome[] = [DOWN, { kind: "rejected", reason: "it answered 400" }];
  run.answer = () => answers.shift() ?? WRITTEN;
  run.add();
  await run.clock.advance(MINUTE_MS);
  assertEquals(run.logged, [
    "Cannot write to db:8086: connection refused; points wait in memory meanwhile",
    "db:8086 refuses 1 point of m for good: it answered 400; further ones are counted only",
  ]);
  run.add();
  await run.clock.advance(MINUTE_MS);
  assertEquals(run.logged.slice(2), ["Points are written to db:8086 again"]);
  await run.stop();
});

Deno.test("Push tells what is refused of each measurement once, though they take turns", async () => {
  const run = new Run();
  run.answer = () => ({ kind: "rejected", reason: "it answered 400" });
  for (let at = 0; at < 3; at++) {
    run.add(1, "a");
    run.add(1, "b");
    await run.clock.advance(2_000);
  }
  run.answer = ({ measurement }) =>
    measurement === "a" ? { kind: "rejected", reason: "it answered 400" } : WRITTEN;
  run.add(1, "a");
  run.add(1, "b");
  await run.clock.advance(2_000);
  assertEquals([run.counts, run.push.status.state], [[1, 7, 0, 0], "rejecting"]);
  assertEquals(
    run.logged,
    ["a", "b"].map((name) =>
      `db:8086 refuses 1 point of ${name} for good: it answered 400; further ones are counted only`
    ),
  );
  await run.stop();
});

Deno.test("Push waits longer after each failure though the database asks for no wait", async () => {
  const run = new Run();
  run.answer = () => ({ ...DOWN, retryAfterMs: 0 });
  run.add();
  await run.clock.advance(10_000);
  assertEquals(run.requests, [1_000, 3_000, 6_000]);
  await run.stop();
});

Deno.test("Push.run() writes what is left when it is stopped", async () => {
  const run = new Run();
  run.add(3);
  await nextTurn();
  await run.stop();
  assertEquals([run.written.length, run.logged], [3, []]);
});

Deno.test("Push.run() finishes the request that is under way, and does not repeat it", async () => {
  const run = new Run();
  const { promise, resolve } = Promise.withResolvers<Outcome>();
  run.answer = () => promise;
  run.add(2);
  await run.clock.advance(1_000);
  const ended = run.stop();
  await nextTurn();
  resolve(WRITTEN);
  await ended;
  assertEquals([run.requests.length, run.written.length, run.logged], [1, 2, []]);
});

Deno.test("Push.run() waits for a database that does not answer for 3 s, and says what is lost", async () => {
  let end: AbortSignal | undefined;
  const clock = new FakeClock(undefined, nextTurn);
  const database = {
    host: "db:8086",
    write: (_: unknown, signal?: AbortSignal) =>
      new Promise<Outcome>((resolve) => {
        end = signal;
        signal?.addEventListener("abort", () => resolve(DOWN));
      }),
  };
  const run = new Run({ database, delay: clock.delay, elapsed: clock.elapsed, now: clock.now });
  run.add(2);
  await clock.advance(1_000);
  const ended = run.stop();
  await clock.advance(2_999);
  assertEquals(end?.aborted, false);
  await clock.advance(1);
  await ended;
  assertEquals(run.logged, ["Stopped before db:8086 took all points: lost 2 points"]);
});

Deno.test("Push.run() keeps for the next start what it cannot write, and writes that first", async () => {
  const { keep, kept } = keeper();
  const run = new Run({ kept: keep });
  run.answer = () => DOWN;
  run.add(3);
  await run.clock.advance(MINUTE_MS);
  await run.stop();
  assertEquals([kept.length, run.logged.at(-1)], [
    1,
    "Stopped before db:8086 took all points: kept 3 points for the next start",
  ]);
  const next = new Run({ kept: keep });
  next.add(1, "new");
  await next.clock.advance(MINUTE_MS);
  assertEquals(next.written.map((line) => line.split(" ")[0]), ["m", "m", "m", "new"]);
  await next.stop();
  assertEquals([kept.length, next.logged], [0, []]);
});

Deno.test("Push.run() says what is lost where nothing can be kept, or what was kept is damaged", async () => {
  const failing = () => Promise.reject(new Error("read-only file system"));
  const run = new Run({ kept: { save: failing, take: failing } });
  run.answer = () => DOWN;
  run.add();
  await run.clock.advance(2_000);
  await run.stop();
  assertEquals(run.logged.at(-1), "Stopped before db:8086 took all points: lost 1 point");
  const damaged = new Run({
    kept: {
      save: failing,
      take: () => Promise.resolve({ batches: [], damaged: 1, forget: failing }),
    },
  });
  await damaged.clock.advance(1);
  assertEquals(damaged.logged, ["Points that were kept for this start are damaged and lost"]);
  await damaged.stop();
});

Deno.test("Push.run() waits 10 s for what was kept, and writes it when it comes later", async () => {
  const { arrive, forgotten, kept } = slowlyKept();
  const run = new Run({ kept });
  run.add();
  await run.clock.advance(9_999);
  assertEquals(run.written, []);
  await run.clock.advance(1_001);
  assertEquals(run.written.length, 1);
  assertEquals(run.logged, [
    "Cannot read within 10 s the points that were kept for this start: going on without them",
  ]);
  arrive();
  await run.clock.advance(1_000);
  assertEquals([run.written[1], forgotten], ["old n=1i 1", ["old"]]);
  await run.stop();
});

Deno.test("Push.run() stops while a store hangs, and leaves what is kept there to the next start", async () => {
  const { arrive, forgotten, kept } = slowlyKept();
  const run = new Run({ kept });
  run.add();
  await nextTurn();
  const ended = run.stop();
  await run.clock.advance(1_000);
  await ended;
  assertEquals([run.written.length, run.logged], [1, []]);
  arrive();
  await nextTurn();
  assertEquals([run.counts, forgotten], [[1, 0, 0, 0], []]);
});

Deno.test("Push counts points that come after its last write as dropped", async () => {
  const run = new Run();
  await nextTurn();
  await run.stop();
  run.add(2);
  assertEquals([run.counts, run.logged], [[0, 0, 2, 0], [
    "Dropping points that come after the last write",
  ]]);
});

Deno.test("Push keeps no point that identifies a user", async () => {
  const saved: string[] = [];
  const run = new Run({
    kept: {
      save: (batches) => Promise.resolve(void saved.push(...batches.map((b) => b.measurement))),
      take: () => Promise.reject(new Error("there are none")),
    },
  });
  run.answer = () => DOWN;
  run.add(1, "tailscale_health");
  run.add(2, "tailscale_access");
  await run.clock.advance(2_000);
  await run.stop();
  assertEquals([saved, run.logged.slice(1)], [["tailscale_health"], [
    "Stopped before db:8086 took all points: kept 1 point for the next start",
    "Stopped before db:8086 took all points: lost 2 points",
  ]]);
});

Deno.test("Push loses nothing unsaid and writes nothing twice, whatever the database answers", async () => {
  const answer = fc.constantFrom<Outcome>(
    WRITTEN,
    DOWN,
    { ...DOWN, retryAfterMs: 5_000 },
    { kind: "rejected", reason: "it answered 400" },
    { kind: "too_large", reason: "it answered 413" },
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.tuple(fc.nat(8), fc.nat(20_000), fc.array(answer, { minLength: 1, maxLength: 4 })),
        {
          maxLength: 20,
        },
      ),
      fc.integer({ min: 100, max: 2_000 }),
      async (steps, maxBytes) => {
        const run = new Run({ maxBytes, maxBatchPoints: 4 });
        let added = 0;
        for (const [count, waitMs, answers] of steps) {
          let at = 0;
          run.answer = () => answers[at++ % answers.length] ?? WRITTEN;
          run.add(count, count % 2 === 0 ? "even" : "odd");
          added += count;
          await run.clock.advance(waitMs);
          const [written = 0, rejected = 0, dropped = 0, waiting = 0] = run.counts;
          assertEquals(written + rejected + dropped + waiting, added);
          assertEquals(run.written.length, written);
        }
        run.answer = () => WRITTEN;
        await run.clock.advance(3 * MINUTE_MS);
        const [written = 0, rejected = 0, dropped = 0, waiting] = run.counts;
        assertEquals([written + rejected + dropped, waiting], [added, 0]);
        assertEquals(new Set(run.written).size, written);
        await run.stop();
      },
    ),
    { numRuns: 40 },
  );
});
