import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { TrafficLog, type TrafficTotals } from "../../src/history/traffic.ts";

const START_MS = Date.UTC(2026, 0, 31, 12);

function makeLog(maxNodes?: number) {
  let ms = 0;
  const log = new TrafficLog({
    now: () => START_MS + ms,
    elapsed: () => ms,
    ...maxNodes !== undefined && { maxNodes },
  });
  /** Takes counters that long after the ones before. */
  const look = async (afterMs: number, nodes: Readonly<Record<string, TrafficTotals>>) => {
    ms += afterMs;
    await log.look(Object.entries(nodes));
  };
  /** The last steps of a column. */
  const direct = (key: string, count: number) => log.series(key)?.received.direct.slice(-count);
  return { log, look, direct };
}

function totals(direct: number, derp = 0, sent = 0): TrafficTotals {
  return [direct, NaN, derp, sent, NaN, 0];
}

Deno.test("TrafficLog tells rates by path from two counters on", async () => {
  const { log, look } = makeLog();
  await look(0, { a: totals(1_000) });
  assertEquals(log.series("a"), undefined);
  await look(60_000, { a: totals(61_000, 600, 6_000_000) });
  const series = log.series("a");
  const last = <T>(values: readonly T[] | undefined) => values?.at(-1);
  const { received, sent } = series ?? {};
  assertEquals(
    [last(received?.direct), last(received?.peer_relay), last(received?.derp)],
    [1_000, null, 10],
  );
  assertEquals([last(sent?.direct), last(sent?.derp)], [100_000, 0]);
  assertEquals(received?.direct.length, 60);
  assertEquals(series?.startMs, START_MS - 58 * 60_000);
});

Deno.test("TrafficLog takes counters once a minute, and fills steps between rarer ones", async () => {
  const { direct, look } = makeLog();
  await look(0, { a: totals(0) });
  await look(30_000, { a: totals(999_999) });
  await look(150_000, { a: totals(180_000) });
  assertEquals(direct("a", 4), [null, 1_000, 1_000, 1_000]);
  await look(11 * 60_000, { a: totals(999_999_999) });
  assertEquals(direct("a", 3), [null, null, null]);
});

Deno.test("TrafficLog knows no rate where a counter began anew or the metrics were gone", async () => {
  const { direct, look } = makeLog();
  await look(0, { a: totals(600_000) });
  await look(60_000, { a: totals(0) });
  await look(60_000, { a: totals(600) });
  assertEquals(direct("a", 2), [null, 10]);
  await look(60_000, {});
  assertEquals(direct("a", 3), [null, 10, null]);
});

Deno.test("TrafficLog forgets nodes that are gone for an hour, and bounds their number", async () => {
  const { log, look } = makeLog(2);
  await look(0, { a: totals(0), b: totals(0), c: totals(0) });
  assertEquals(log.size, 2);
  await look(59 * 60_000, { b: totals(1) });
  assertEquals(log.size, 2);
  await look(60_000, { b: totals(2) });
  assertEquals(log.size, 1);
});

Deno.test("TrafficLog gives other work its turn within many nodes", async () => {
  let [turns, ms] = [0, 0];
  const log = new TrafficLog({
    now: () => 0,
    elapsed: () => ms += 100,
    pause: () => {
      turns++;
      return Promise.resolve();
    },
  });
  await log.look(Array.from({ length: 200 }, (_, at) => [String(at), totals(0)] as const));
  assertEquals([turns, log.size], [3, 200]);
});

Deno.test("TrafficLog keeps every rate within a hundredth", async () => {
  await fc.assert(
    fc.asyncProperty(fc.double({ min: 1, max: 1e12, noNaN: true }), async (rate) => {
      const { direct, look } = makeLog();
      await look(0, { a: totals(0) });
      await look(60_000, { a: totals(60 * rate) });
      const [kept] = direct("a", 1) ?? [];
      assert(Math.abs((kept ?? NaN) - rate) <= rate / 100, `${rate} was ${kept}`);
    }),
  );
});
