import { assert, assertEquals } from "@std/assert";
import { nextTurn, SliceQueue, TimeSlice, TurnQueue } from "../src/slice.ts";

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

Deno.test("TurnQueue.wait() resumes one task at a time, with idle time in between", async () => {
  const order: string[] = [];
  const timers: { readonly callback: () => void; readonly ms: number }[] = [];
  const turns = new TurnQueue({ delay: (callback, ms) => timers.push({ callback, ms }) });
  /** Runs the one timer that is set, and what it resumes. */
  async function fire() {
    const [timer, ...others] = timers.splice(0);
    assertEquals(others, []);
    order.push(`${timer?.ms} ms`);
    timer?.callback();
    for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  }
  async function work(name: string, slices: number) {
    for (let at = 0; at < slices; at++) {
      await turns.wait();
      order.push(name);
    }
  }
  const all = [work("a", 2), work("b", 1), work("c", 1)];
  for (let turn = 0; turn < 8; turn++) await fire();
  await Promise.all(all);
  assertEquals(
    order.join(" "),
    "0 ms 1 ms a 0 ms 1 ms b 0 ms 1 ms c 0 ms 1 ms a",
  );
  assertEquals(timers, []);
});

Deno.test("nextTurn() lets a request through between the slices of several tasks", async () => {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  let slices = 0;
  let isAnswered = false;
  async function work() {
    while (!isAnswered && slices < 1_000) {
      slices++;
      // Long enough that the timers of all others are due.
      for (const startMs = performance.now(); performance.now() - startMs < 2;);
      await nextTurn();
    }
  }
  async function ask() {
    using connection = await Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port });
    await connection.write(new Uint8Array(1));
    await connection.read(new Uint8Array(1));
    isAnswered = true;
  }
  const tasks = Array.from({ length: 8 }, work);
  const asked = ask();
  using served = await listener.accept();
  await served.read(new Uint8Array(1));
  await served.write(new Uint8Array(1));
  await Promise.all([asked, ...tasks]);
  listener.close();
  // The first slices of all tasks; 43 and more with a timer of 0 ms for each task.
  assert(slices <= 20, `${slices} slices`);
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
