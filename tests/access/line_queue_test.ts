import { assertEquals } from "@std/assert";
import { LineQueue, type LineQueueOptions } from "../../src/access/line_queue.ts";

function makeQueue(options: Partial<LineQueueOptions> = {}) {
  const taken: string[] = [];
  const errors: unknown[] = [];
  let dropped = 0;
  let turns = 0;
  const queue = new LineQueue({
    take: (line, service) => taken.push(service === undefined ? line : `${service}: ${line}`),
    onDropped: (lines) => dropped += lines,
    onError: (error) => errors.push(error),
    slice: {
      isOver: true,
      next() {
        turns++;
        return Promise.resolve();
      },
    },
    ...options,
  });
  return { queue, taken, errors, dropped: () => dropped, turns: () => turns };
}

Deno.test("LineQueue hands lines on in their order, in slices", async () => {
  const { queue, taken, turns } = makeQueue();
  for (let at = 0; at < 40; at++) queue.push(at === 0 ? "<190>Oct 21 14:32:15 h shop: 0" : `${at}`);
  assertEquals([taken.length, queue.size], [0, 40]);
  await queue.drained();
  assertEquals(taken, ["shop: 0", ...Array.from({ length: 39 }, (_, at) => `${at + 1}`)]);
  // One before the first line, one after each 16.
  assertEquals([queue.size, turns()], [0, 3]);
  queue.push("later");
  await queue.drained();
  assertEquals(taken.at(-1), "later");
});

Deno.test("LineQueue.push() drops what there is no room for, and says how much", async () => {
  const { dropped, queue, taken } = makeQueue({ maxLines: 4, maxUnits: 10 });
  assertEquals(["aa", "bb"].map((line) => queue.push(line)), [true, true]);
  assertEquals(queue.isCrowded, false);
  assertEquals(["ccc", "dddd", "e", "f"].map((line) => queue.push(line)), [
    true,
    false,
    true,
    false,
  ]);
  assertEquals([queue.isCrowded, dropped()], [true, 2]);
  await queue.drained();
  assertEquals([taken, queue.isCrowded], [["aa", "bb", "ccc", "e"], false]);
});

Deno.test("LineQueue prepares again after each slice, since lines may never stop coming", async () => {
  const prepared: number[] = [];
  const { queue, taken } = makeQueue({
    prepare() {
      prepared.push(taken.length);
      return Promise.resolve();
    },
  });
  for (let at = 0; at < 40; at++) queue.push(`${at}`);
  await queue.drained();
  assertEquals(prepared, [0, 16, 32]);
});

Deno.test("LineQueue survives a line, or a preparation, that fails", async () => {
  const taken: string[] = [];
  const { errors, queue } = makeQueue({
    take(line) {
      if (line === "bad") throw new TypeError("a defect");
      taken.push(line);
    },
    prepare: () => Promise.reject(new Error("no list")),
  });
  for (const line of ["a", "bad", "b"]) queue.push(line);
  await queue.drained();
  assertEquals([taken, errors.length], [["a", "b"], 2]);
});
