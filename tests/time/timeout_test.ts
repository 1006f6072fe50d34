import { assert, assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import {
  isSettledWithin,
  orAborted,
  Timeout,
  TimeoutError,
  withTimeout,
} from "../../src/time/timeout.ts";
import { FakeClock, settle } from "../_support/fake_clock.ts";

/** A call that ends when its signal is aborted, as `fetch` does. */
function obedient(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(new Error("aborted")));
  });
}

/** A call that never ends. */
function deaf(): Promise<never> {
  return new Promise(() => {});
}

Deno.test("Timeout aborts its signal in time, with a reason that tells the time", async () => {
  const clock = new FakeClock();
  const timeout = new Timeout(1_500, { delay: clock.delay });
  await clock.advance(1_499);
  assertEquals([timeout.isOver, timeout.signal.aborted], [false, false]);
  await clock.advance(1);
  assertEquals([timeout.isOver, timeout.signal.aborted], [true, true]);
  assert(timeout.signal.reason instanceof TimeoutError);
  assertEquals(timeout.signal.reason.message, "No answer within 1.5 s");
});

Deno.test("Timeout leaves no timer, and is not over by the caller's signal", async () => {
  const clock = new FakeClock();
  const stop = new AbortController();
  const timeout = new Timeout(1_000, { delay: clock.delay, signal: stop.signal });
  stop.abort(new Error("enough"));
  assertEquals([timeout.isOver, timeout.signal.reason.message], [false, "enough"]);
  timeout[Symbol.dispose]();
  assertEquals(clock.waiting, 0);
  await clock.advance(2_000);
  assertEquals(timeout.isOver, false);
});

Deno.test("withTimeout() gives what the call gives, its own error included", async () => {
  const clock = new FakeClock();
  const { delay } = clock;
  assertEquals(await withTimeout(1_000, () => Promise.resolve(7), { delay }), 7);
  const error = new Error("no");
  const call = () => Promise.reject(error);
  assertStrictEquals(await assertRejects(() => withTimeout(1_000, call, { delay })), error);
  await settle();
  assertEquals(clock.waiting, 0);
});

Deno.test("withTimeout() ends in time, whether or not the call heeds its signal", async () => {
  for (const call of [obedient, deaf]) {
    const clock = new FakeClock();
    const late = assertRejects(() => withTimeout(1_000, call, clock), TimeoutError, "within 1 s");
    await clock.advance(1_000);
    await late;
    assertEquals(clock.waiting, 0);
  }
});

Deno.test("withTimeout() throws the caller's reason, before and within the call", async () => {
  const reason = new Error("enough");
  for (const call of [obedient, deaf]) {
    const clock = new FakeClock();
    const stop = new AbortController();
    const options = { delay: clock.delay, signal: stop.signal };
    const failed = assertRejects(() => withTimeout(1_000, call, options));
    stop.abort(reason);
    assertStrictEquals(await failed, reason);
    assertEquals(clock.waiting, 0);
    let called = 0;
    const count = () => Promise.resolve(called++);
    assertStrictEquals(await assertRejects(() => withTimeout(1, count, options)), reason);
    assertEquals(called, 0);
  }
});

Deno.test("isSettledWithin() waits for a bounded time, and leaves no timer", async () => {
  const clock = new FakeClock();
  assertEquals(await isSettledWithin(1_000, Promise.resolve(), clock), true);
  await assertRejects(
    () => isSettledWithin(1_000, Promise.reject(new Error("no")), clock),
    Error,
    "no",
  );
  assertEquals(clock.waiting, 0);
  const late = isSettledWithin(1_000, deaf(), clock);
  await clock.advance(1_000);
  assertEquals(await late, false);
  const stop = new AbortController();
  const hurried = isSettledWithin(1_000, deaf(), { delay: clock.delay, signal: stop.signal });
  stop.abort();
  assertEquals([await hurried, clock.waiting], [false, 0]);
});

Deno.test("orAborted() gives the promise's value or the signal's reason", async () => {
  const stop = new AbortController();
  assertEquals(await orAborted(Promise.resolve(1)), 1);
  assertEquals(await orAborted(Promise.resolve(1), stop.signal), 1);
  const waiting = assertRejects(() => orAborted(deaf(), stop.signal), Error, "enough");
  stop.abort(new Error("enough"));
  await waiting;
  await assertRejects(() => orAborted(deaf(), stop.signal), Error, "enough");
});
