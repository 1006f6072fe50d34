import { assertEquals } from "@std/assert";
import { SliceQueue, TimeSlice } from "../../src/time/slice.ts";

Deno.test("TimeSlice is over after 8 ms, and begins anew after a pause", async () => {
  let nowMs = 100;
  let pauses = 0;
  const slice = new TimeSlice({
    elapsed: () => nowMs,
    pause() {
      pauses++;
      nowMs += 50;
      return Promise.resolve();
    },
  });
  const seen: boolean[] = [];
  for (const ms of [0, 7.9, 0.1]) {
    nowMs += ms;
    seen.push(slice.isOver);
  }
  assertEquals(seen, [false, false, true]);
  await slice.next();
  // The pause itself is no work.
  assertEquals([slice.isOver, pauses], [false, 1]);
  nowMs += 8;
  assertEquals(slice.isOver, true);
});

Deno.test("TimeSlice.next() gives the event loop a turn", async () => {
  const order: string[] = [];
  setTimeout(() => order.push("timer"), 0);
  await new TimeSlice().next();
  order.push("slice");
  assertEquals(order, ["timer", "slice"]);
});

/** A queue whose steps take 5 ms each, and what its works do, "a1" for the first step of a. */
function makeQueue() {
  let nowMs = 0;
  const order: string[] = [];
  const queue = new SliceQueue({
    elapsed: () => nowMs,
    pause() {
      order.push("|");
      nowMs += 100;
      return Promise.resolve();
    },
  });
  function run(name: string, steps: number, check: (tookMs: number) => void = () => {}) {
    let done = 0;
    return queue.run({
      check,
      begin: () => void order.push(name),
      step() {
        nowMs += 5;
        order.push(`${name}${++done}`);
        return done === steps;
      },
      finish: () => `${name} is done`,
    });
  }
  return { order, run };
}

Deno.test("SliceQueue.run() does one work after the other, in slices of 8 ms", async () => {
  const { order, run } = makeQueue();
  const results = await Promise.all([run("a", 3), run("b", 1), run("c", 2)]);
  assertEquals(results, ["a is done", "b is done", "c is done"]);
  assertEquals(order.join(" "), "a a1 a2 | a3 b b1 | c c1 c2");
});

Deno.test("SliceQueue.run() asks before each slice whether to go on", async () => {
  const { order, run } = makeQueue();
  const asked: number[] = [];
  const check = (tookMs: number) => {
    asked.push(tookMs);
    if (tookMs > 200) throw new RangeError("too long");
  };
  const works = [run("a", 9, check), run("b", 1), run("c", 1, () => check(300))];
  const [a, b, c] = await Promise.allSettled(works);
  assertEquals([a?.status, b?.status, c?.status], ["rejected", "fulfilled", "rejected"]);
  assertEquals(asked, [0, 110, 220, 300]);
  assertEquals(order.join(" "), "a a1 a2 | a3 a4 | b b1");
});
