import { assertEquals } from "@std/assert";
import { AgeClock } from "../../src/time/age_clock.ts";
import { FakeClock } from "../_support/fake_clock.ts";

const HOUR_MS = 3_600_000, YEAR_MS = 365 * 24 * HOUR_MS;

Deno.test("AgeClock.now() trusts a clock that has gone for an hour without a jump", async () => {
  const clock = new FakeClock();
  const age = new AgeClock(clock);
  assertEquals(age.now(), -Infinity);
  await clock.advance(HOUR_MS - 1);
  assertEquals(age.now(), -Infinity);
  await clock.advance(1);
  assertEquals(age.now(), clock.now());
});

Deno.test("AgeClock.now() goes on from before while a clock is wrong", async () => {
  const clock = new FakeClock();
  const age = new AgeClock(clock);
  await clock.advance(HOUR_MS);
  age.now();
  for (const jumpMs of [YEAR_MS, -YEAR_MS]) {
    const before = age.now();
    clock.set(jumpMs);
    assertEquals(age.now(), before);
    await clock.advance(60_000);
    assertEquals(age.now(), before + 60_000);
    clock.set(-jumpMs);
    assertEquals(age.now(), before + 60_000);
    await clock.advance(HOUR_MS);
    assertEquals(age.now(), clock.now());
  }
});

Deno.test("AgeClock.now() believes a new time after an hour", async () => {
  const clock = new FakeClock();
  const age = new AgeClock(clock);
  await clock.advance(HOUR_MS);
  age.now();
  clock.set(YEAR_MS);
  age.now();
  await clock.advance(HOUR_MS);
  assertEquals(age.now(), clock.now());
});
