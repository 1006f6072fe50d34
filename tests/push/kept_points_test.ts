import { assertEquals, assertRejects } from "@std/assert";
import fc from "fast-check";
import { SegmentStore } from "../../src/archive/segment_store.ts";
import type { Batch } from "../../src/push/buffer.ts";
import { decodeBatches, encodeBatches, KeptPoints } from "../../src/push/kept_points.ts";
import { FakeCaches } from "../_support/fake_caches.ts";

function batchOf(...lines: readonly string[]): Batch {
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  return { measurement: "m", bytes, points: lines.length, firstMs: 1, lastMs: 2 };
}

function keptIn(caches: FakeCaches, owner: string): KeptPoints {
  return new KeptPoints(new SegmentStore(() => caches, "points for db"), owner);
}

Deno.test("KeptPoints gives what processes before kept, once", async () => {
  const caches = new FakeCaches();
  const [first, second] = [batchOf("a", "b"), batchOf("c")];
  await keptIn(caches, "1").save([first]);
  await keptIn(caches, "2").save([second]);
  const next = keptIn(caches, "3");
  const taken = await next.take();
  assertEquals([taken.batches, taken.damaged], [[first, second], 0]);
  await taken.forget();
  assertEquals((await next.take()).batches, []);
  assertEquals(caches.entries.size, 0);
});

Deno.test("KeptPoints counts what is damaged, and removes it", async () => {
  const caches = new FakeCaches();
  await keptIn(caches, "1").save([batchOf("a")]);
  for (const cache of caches.entries.values()) {
    for (const [url, bytes] of cache) cache.set(url, bytes.map((byte) => byte ^ 1));
  }
  const { batches, damaged, forget } = await keptIn(caches, "2").take();
  assertEquals([batches, damaged], [[], 1]);
  await forget();
  assertEquals(caches.entries.size, 0);
});

Deno.test("KeptPoints.take() that fails halfway loses nothing", async () => {
  const caches = new FakeCaches();
  const [first, second] = [batchOf("a"), batchOf("b")];
  await keptIn(caches, "1").save([first]);
  await keptIn(caches, "2").save([second]);
  const store = new SegmentStore(() => caches, "points for db");
  let reads = 0;
  const failing = new KeptPoints({
    list: () => store.list(),
    write: (name, bytes) => store.write(name, bytes),
    delete: (version) => store.delete(version),
    read: (version) =>
      ++reads === 2 ? Promise.reject(new Error("input/output error")) : store.read(version),
  }, "3");
  await assertRejects(() => failing.take(), Error, "input/output error");
  assertEquals((await keptIn(caches, "4").take()).batches, [first, second]);
});

Deno.test("KeptPoints.take() leaves what another process is about to write", async () => {
  const caches = new FakeCaches();
  await keptIn(caches, "1").save([batchOf("a")]);
  const [[name = ""] = []] = caches.entries;
  const [written, unwritten] = [name.replace(/@1$/, "@2"), name.replace("points-1", "points-2")];
  // A cache is opened before its entry is put: here one of the same segment, and one of another.
  for (const each of [written, unwritten]) await caches.open(each);
  const { batches, damaged, forget } = await keptIn(caches, "3").take();
  assertEquals([batches, damaged], [[batchOf("a")], 0]);
  await forget();
  assertEquals([...caches.entries.keys()], [written, unwritten]);
});

Deno.test("KeptPoints.save() rejects where there is no place", async () => {
  const caches = new FakeCaches();
  caches.failure = new Error("read-only file system");
  await assertRejects(() => keptIn(caches, "1").save([batchOf("a")]), Error, "read-only");
});

Deno.test("decodeBatches() gives what encodeBatches() was given, and nothing of other bytes", async () => {
  const line = fc.string({
    unit: fc.constantFrom("a", "ä", "💥", " "),
    minLength: 1,
    maxLength: 9,
  });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(line, { minLength: 1, maxLength: 4 }), { maxLength: 4 }),
      fc.nat(),
      async (lists, at) => {
        const batches = lists.map((lines) => batchOf(...lines));
        const segment = await encodeBatches(batches);
        assertEquals(await decodeBatches(segment), batches);
        const damaged = segment.slice();
        damaged[at % damaged.length] = (damaged[at % damaged.length] ?? 0) ^ 1;
        assertEquals(await decodeBatches(damaged), undefined);
        assertEquals(await decodeBatches(segment.slice(0, at % segment.length)), undefined);
      },
    ),
    { numRuns: 30 },
  );
});
