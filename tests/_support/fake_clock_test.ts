import { assertEquals, assertRejects } from "@std/assert";
import { FakeClock } from "./fake_clock.ts";

Deno.test("FakeClock.now() stands still until advance()", async () => {
  const clock = new FakeClock(1000);
  assertEquals(clock.now(), 1000);
  await clock.advance(250);
  assertEquals(clock.now(), 1250);
});

Deno.test("FakeClock.delay() wakes in the order of the times, the clock at each", async () => {
  const clock = new FakeClock(0);
  const woken: string[] = [];
  void clock.delay(20).then(() => woken.push(`b at ${clock.now()}`));
  void clock.delay(10).then(() => woken.push(`a at ${clock.now()}`));
  void clock.delay(31).then(() => woken.push(`c at ${clock.now()}`));
  assertEquals([clock.waiting, clock.nextMs], [3, 10]);
  await clock.advance(30);
  assertEquals(woken, ["a at 10", "b at 20"]);
  assertEquals([clock.now(), clock.waiting, clock.nextMs], [30, 1, 1]);
});

Deno.test("FakeClock.advance() lets a loop wait again on the way", async () => {
  const clock = new FakeClock(0);
  const rounds: number[] = [];
  const end = new AbortController();
  const loop = (async () => {
    for (;;) {
      rounds.push(clock.now());
      await clock.delay(10, end.signal);
    }
  })();
  await clock.advance(35);
  assertEquals(rounds, [0, 10, 20, 30]);
  end.abort(new Error("Ended by the test"));
  await assertRejects(() => loop, Error, "Ended by the test");
  assertEquals(clock.waiting, 0);
});

Deno.test("FakeClock.delay() rejects at once when the signal is aborted already", async () => {
  const clock = new FakeClock();
  await assertRejects(() => clock.delay(1, AbortSignal.abort(new Error("Over"))), Error, "Over");
  assertEquals(clock.waiting, 0);
});
