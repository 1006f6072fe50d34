import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { UptimeLog, type UptimeSample } from "../../src/history/uptime.ts";
import { NOON_MS } from "./_event.ts";
import { SlowUptime } from "./_slow_uptime.ts";

const MINUTE_MS = 60_000, HOUR_MS = 60 * MINUTE_MS, DAY_MS = 24 * HOUR_MS;

/** Nodes by name; in capitals they are online. */
function nodes(names: string): UptimeSample["nodes"] {
  return [...names].map((name) => ({
    key: name.toLowerCase(),
    isOnline: name !== name.toLowerCase(),
  }));
}

function makeLog(maxBuckets = 800): UptimeLog {
  return new UptimeLog({ maxBuckets, maxGapMs: 5 * MINUTE_MS, elapsed: () => 0 });
}

/** Takes a sample for each text, a minute apart. */
async function observeAll(log: UptimeLog, texts: readonly string[], startMs: number) {
  for (const [at, text] of texts.entries()) {
    const passedMs = at * MINUTE_MS;
    await log.observe({ nodes: nodes(text), atMs: startMs + passedMs, elapsedMs: passedMs });
  }
}

Deno.test("UptimeLog.uptime() is exact over what was observed, and says how much that was", async () => {
  const log = makeLog();
  await observeAll(log, ["A", "A", "a", "Ab", "B", "B"], NOON_MS);
  const nowMs = NOON_MS + 5 * MINUTE_MS;
  const fromMs = NOON_MS - 24 * HOUR_MS;
  assertEquals(log.uptime("a", DAY_MS, nowMs), {
    fromMs,
    onlineSeconds: 180,
    observedSeconds: 240,
    ratio: 0.75,
  });
  assertEquals(log.uptime("b", DAY_MS, nowMs).ratio, 0.5);
  assertEquals(log.uptime("c", DAY_MS, nowMs), {
    fromMs,
    onlineSeconds: 0,
    observedSeconds: 0,
    ratio: undefined,
  });
});

Deno.test("UptimeLog does not claim anything of a single sample, nor of a gap", async () => {
  const log = makeLog();
  await log.observe({ nodes: nodes("A"), atMs: NOON_MS, elapsedMs: 0 });
  assertEquals(log.uptime("a", DAY_MS, NOON_MS).ratio, undefined);
  const gapMs = 5 * MINUTE_MS + 1;
  await log.observe({ nodes: nodes("A"), atMs: NOON_MS + gapMs, elapsedMs: gapMs });
  assertEquals(log.uptime("a", DAY_MS, NOON_MS + gapMs).observedSeconds, 0);
});

Deno.test("UptimeLog takes a jump of either clock for a gap", async () => {
  const cases = [[MINUTE_MS, 0], [-MINUTE_MS, MINUTE_MS], [MINUTE_MS, -1], [0, MINUTE_MS]] as const;
  for (const [wallMs, elapsedMs] of cases) {
    const log = makeLog();
    await log.observe({ nodes: nodes("A"), atMs: NOON_MS, elapsedMs: 100 });
    await log.observe({ nodes: nodes("A"), atMs: NOON_MS + wallMs, elapsedMs: 100 + elapsedMs });
    assertEquals(log.uptime("a", DAY_MS, NOON_MS).observedSeconds, 0, `${wallMs} ${elapsedMs}`);
  }
});

Deno.test("UptimeLog.buckets() splits time at the full hour", async () => {
  const log = makeLog();
  await observeAll(log, ["A", "A", "a", "a"], NOON_MS + 58 * MINUTE_MS);
  const nowMs = NOON_MS + HOUR_MS;
  assertEquals(log.buckets("a", HOUR_MS, nowMs), [
    { fromMs: NOON_MS, onlineSeconds: 120, observedSeconds: 120 },
    { fromMs: NOON_MS + HOUR_MS, onlineSeconds: 0, observedSeconds: 60 },
  ]);
  assertEquals(log.buckets("a", 0, nowMs).length, 1);
  assertEquals(log.buckets("z", HOUR_MS, nowMs), []);
});

Deno.test("UptimeLog keeps its buckets in order after a process whose clock was ahead", async () => {
  const log = makeLog();
  for (const day of [0, 1]) {
    const startS = (NOON_MS + day * DAY_MS) / 1_000;
    const column = { startS, observed: new Uint16Array([60]), online: new Uint16Array([60]) };
    await log.restore({ tailnet: "", keys: ["a"], columns: [column] });
  }
  await observeAll(log, ["A", "A"], NOON_MS + 10 * MINUTE_MS);
  const seconds = (nowMs: number) =>
    log.buckets("a", 2 * DAY_MS, nowMs).map(({ onlineSeconds }) => onlineSeconds);
  assertEquals([seconds(NOON_MS), seconds(NOON_MS + DAY_MS)], [[120], [120, 60]]);
});

Deno.test("UptimeLog forgets the oldest buckets, and nodes that are gone the longest", async () => {
  const log = makeLog(2);
  for (const hour of [0, 1, 2]) await observeAll(log, ["A", "A"], NOON_MS + hour * HOUR_MS);
  assertEquals(log.uptime("a", DAY_MS, NOON_MS + 3 * HOUR_MS).observedSeconds, 120);
  // Containers come and go: their slots are used again.
  for (let at = 0; at < 1_500; at++) {
    const key = `job-${at}`;
    const atMs = NOON_MS + 2 * HOUR_MS + (at + 2) * 1_000;
    await log.observe({
      nodes: [{ key, isOnline: true }],
      atMs,
      elapsedMs: MINUTE_MS + at * 1_000,
    });
  }
  assertEquals(log.nodeCount < 1_010, true, String(log.nodeCount));
  const nowMs = NOON_MS + 3 * HOUR_MS;
  assertEquals(log.uptime("job-0", DAY_MS, nowMs).observedSeconds, 0);
  assertEquals(log.uptime("job-1490", DAY_MS, nowMs).onlineSeconds, 1);
});

Deno.test("UptimeLog forgets nothing for a clock that is wrong for a while, ahead or back", async () => {
  for (const jumpMs of [-5 * HOUR_MS, 5 * HOUR_MS, 400 * DAY_MS, -400 * DAY_MS]) {
    const log = makeLog();
    let elapsedMs = 0;
    const minutes = async (count: number, offsetMs: number) => {
      for (let at = 0; at < count; at++) {
        elapsedMs += MINUTE_MS;
        await log.observe({ nodes: nodes("A"), atMs: NOON_MS + elapsedMs + offsetMs, elapsedMs });
      }
    };
    await minutes(181, 0);
    await minutes(11, jumpMs);
    await minutes(11, 0);
    const { observedSeconds, ratio } = log.uptime("a", DAY_MS, NOON_MS + elapsedMs);
    // Ten minutes by the wrong clock are in hours of this window, or in none of it.
    const wrongS = jumpMs === -5 * HOUR_MS ? 600 : 0;
    assertEquals([observedSeconds, ratio], [190 * 60 + wrongS, 1], `${jumpMs}`);
  }
});

Deno.test("UptimeLog drops hours of a clock that was ahead before it drops the oldest", async () => {
  const log = makeLog(3);
  await observeAll(log, ["A", "A"], NOON_MS + 300 * DAY_MS);
  for (const hour of [0, 1, 2]) await observeAll(log, ["A", "A"], NOON_MS + hour * HOUR_MS);
  const buckets = log.buckets("a", DAY_MS, NOON_MS + 400 * DAY_MS);
  assertEquals(buckets.length, 0);
  assertEquals(log.buckets("a", DAY_MS, NOON_MS + 3 * HOUR_MS).map(({ fromMs }) => fromMs), [
    NOON_MS,
    NOON_MS + HOUR_MS,
    NOON_MS + 2 * HOUR_MS,
  ]);
});

Deno.test("UptimeLog equals a slow model over any samples, gaps, restarts and clock jumps", async () => {
  const step = fc.record({
    names: fc.constantFrom("A", "a", "AB", "aB", "Ab", "b", ""),
    passedMs: fc.oneof(fc.nat(120_000), fc.nat(400_000)),
    jumpMs: fc.oneof(
      { weight: 6, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.integer({ min: -8_000_000, max: 8_000_000 }) },
    ),
    isRestart: fc.oneof(
      { weight: 9, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) },
    ),
  });
  await fc.assert(fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
    let log = makeLog();
    const model = new SlowUptime(5 * MINUTE_MS);
    let [atMs, elapsedMs] = [NOON_MS, 0];
    for (const { isRestart, jumpMs, names, passedMs } of steps) {
      atMs += passedMs + jumpMs;
      elapsedMs += passedMs;
      if (isRestart) {
        const next = makeLog();
        for (const day of log.days()) await next.restore(await log.day("example.com", day));
        log = next;
        model.restart();
        elapsedMs = 0;
      }
      const sample = { nodes: nodes(names), atMs, elapsedMs };
      await log.observe(sample);
      model.observe(sample);
      // At each step: what is kept of an hour must not outlive a change.
      assertEquals(await log.totals(DAY_MS, atMs), totalsOf(log, ["a", "b"], atMs));
    }
    for (const key of ["a", "b"]) {
      for (const windowMs of [HOUR_MS, 5 * HOUR_MS, DAY_MS]) {
        const { observedSeconds, onlineSeconds } = log.uptime(key, windowMs, atMs);
        assertEquals([onlineSeconds, observedSeconds], [...model.uptime(key, windowMs, atMs)]);
      }
    }
  }));
});

/** What all nodes have of each hour of the last day, by their own buckets. */
function totalsOf(log: UptimeLog, keys: readonly string[], nowMs: number) {
  const hours = new Map<number, { all: number; online: number; longest: number }>();
  for (const key of keys) {
    for (const each of log.buckets(key, DAY_MS, nowMs)) {
      const { all, longest, online } = hours.get(each.fromMs) ?? { all: 0, online: 0, longest: 0 };
      hours.set(each.fromMs, {
        all: all + each.observedSeconds,
        online: online + each.onlineSeconds,
        longest: Math.max(longest, each.observedSeconds),
      });
    }
  }
  const observed = [...hours].filter(([, { longest }]) => longest > 0).sort(([a], [b]) => a - b);
  return observed.map(([fromMs, sums]) => ({
    fromMs,
    nodes: sums.all / sums.longest,
    online: sums.online / sums.longest,
  }));
}

Deno.test("UptimeLog.totals() counts nodes over the time that was observed", async () => {
  const log = makeLog();
  await observeAll(log, ["Ab", "AB", "AB", "a"], NOON_MS);
  // A gap, then another hour.
  const laterMs = NOON_MS + HOUR_MS;
  await log.observe({ nodes: nodes("ABC"), atMs: laterMs, elapsedMs: HOUR_MS });
  const endMs = laterMs + MINUTE_MS;
  await log.observe({ nodes: nodes("ABC"), atMs: endMs, elapsedMs: HOUR_MS + MINUTE_MS });
  assertEquals(await log.totals(DAY_MS, endMs), [
    { fromMs: NOON_MS, nodes: 2, online: 5 / 3 },
    { fromMs: laterMs, nodes: 3, online: 3 },
  ]);
  assertEquals(await log.totals(0, endMs), [{ fromMs: laterMs, nodes: 3, online: 3 }]);
});
