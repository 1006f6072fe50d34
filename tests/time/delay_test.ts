import { assertEquals, assertRejects } from "@std/assert";
import { delay, delayQuietly } from "../../src/time/delay.ts";

Deno.test("delay() resolves after its time", async () => {
  assertEquals(await delay(0), undefined);
});

Deno.test("delay() rejects with the signal's reason and leaves no timer", async () => {
  const controller = new AbortController();
  const waiting = delay(60_000, controller.signal);
  controller.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
  await assertRejects(() => delay(60_000, AbortSignal.abort(new Error("before"))));
});

Deno.test("delay() waits longer than a timer can", async () => {
  const controller = new AbortController();
  let isOver = false;
  const waiting = delay(2 ** 31 + 10, controller.signal).then(() => isOver = true);
  await delay(5);
  assertEquals(isOver, false);
  controller.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
});

Deno.test("delayQuietly() rejects with the signal's reason, too", async () => {
  const controller = new AbortController();
  const waiting = delayQuietly(60_000, controller.signal);
  controller.abort(new Error("enough"));
  await assertRejects(() => waiting, Error, "enough");
});
