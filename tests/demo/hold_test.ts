import { assertEquals } from "@std/assert";
import { Hold } from "../../src/demo/hold.ts";
import { TimerWatch } from "../_support/timer_watch.ts";

Deno.test("Hold.wait() ends after its time", async () => {
  const hold = new Hold();
  const waiting = hold.wait(1);
  assertEquals(hold.size, 1);
  await waiting;
  assertEquals(hold.size, 0);
});

Deno.test("Hold.wait() lasts two minutes by default", async () => {
  using watch = new TimerWatch();
  const hold = new Hold();
  const waits = [hold.wait(), hold.wait(7)];
  assertEquals(watch.timers.map(({ ms }) => ms), [120_000, 7]);
  for (const { end } of watch.timers) end();
  await Promise.all(waits);
  assertEquals(hold.size, 0);
});

Deno.test("Hold.release() lets all go without leaving a timer, and those to come", async () => {
  const hold = new Hold();
  const all = Promise.all([hold.wait(), hold.wait(60_000)]);
  assertEquals(hold.size, 2);
  hold.release();
  await all;
  await hold.wait();
  assertEquals(hold.size, 0);
});
