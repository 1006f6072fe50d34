import { assertRejects } from "@std/assert";
import { untilStopped } from "../../src/time/background.ts";
import { delay } from "../../src/time/delay.ts";

Deno.test("untilStopped() resolves when the signal ends the work, or it ends by itself", async () => {
  for (const reason of [undefined, new Error("closed"), "closed"]) {
    const stop = new AbortController();
    const waiting = untilStopped(delay(Infinity, stop.signal), stop.signal);
    stop.abort(reason);
    await waiting;
  }
  await untilStopped(Promise.resolve(), new AbortController().signal);
});

Deno.test("untilStopped() throws all else, before the signal and after it", async () => {
  const stop = new AbortController();
  const work = () => Promise.reject(new RangeError("a defect"));
  await assertRejects(() => untilStopped(work(), stop.signal), RangeError, "a defect");
  stop.abort();
  await assertRejects(() => untilStopped(work(), stop.signal), RangeError, "a defect");
});
