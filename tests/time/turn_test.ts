import { assert, assertEquals } from "@std/assert";
import { nextTurn, TurnQueue } from "../../src/time/turn.ts";

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
