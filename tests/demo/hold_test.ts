import { assertEquals } from "@std/assert";
import { Hold } from "../../src/demo/hold.ts";

Deno.test("Hold.wait() ends after its time", async () => {
  const hold = new Hold();
  const waiting = hold.wait(1);
  assertEquals(hold.size, 1);
  await waiting;
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
