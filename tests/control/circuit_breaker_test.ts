import { assertEquals } from "@std/assert";
import { CircuitBreaker, type CircuitState } from "../../src/control/circuit_breaker.ts";
import { FakeClock } from "../_support/fake_clock.ts";

const INTERVAL_MS = 30_000;

function rig(intervalMs = INTERVAL_MS) {
  const clock = new FakeClock();
  const states: CircuitState[] = [];
  const breaker = new CircuitBreaker({
    intervalMs,
    elapsed: clock.elapsed,
    onChange: (state) => states.push(state),
  });
  /** A number of cycles of a scripted API; gives the cycles in which it was asked. */
  async function cycles(count: number, call: () => void): Promise<readonly number[]> {
    const asked: number[] = [];
    for (let cycle = 0; cycle < count; cycle++) {
      if (breaker.mayCall()) {
        asked.push(cycle);
        call();
      }
      await clock.advance(intervalMs);
    }
    return asked;
  }
  return { clock, states, breaker, cycles };
}

Deno.test("CircuitBreaker lets every cycle call an API that works", async () => {
  const { breaker, cycles, states } = rig();
  assertEquals(await cycles(4, () => breaker.succeeded()), [0, 1, 2, 3]);
  assertEquals([breaker.state, breaker.failures, breaker.waitMs], ["closed", 0, undefined]);
  assertEquals(states, []);
});

Deno.test("CircuitBreaker stays closed after two failures and opens at the third", async () => {
  const { breaker, cycles, states } = rig();
  await cycles(2, () => breaker.failed());
  assertEquals([breaker.state, breaker.failures], ["closed", 2]);
  await cycles(1, () => breaker.failed());
  assertEquals([breaker.state, breaker.failures], ["open", 3]);
  assertEquals(states, ["open"]);
});

Deno.test("CircuitBreaker begins to count again after an answer", async () => {
  const { breaker, cycles } = rig();
  let count = 0;
  const call = () => ++count % 3 === 0 ? breaker.succeeded() : breaker.failed();
  assertEquals((await cycles(9, call)).length, 9);
  assertEquals(breaker.state, "closed");
});

Deno.test("CircuitBreaker asks a dead API less and less, down to the bound of five minutes", async () => {
  const { breaker, cycles } = rig();
  const asked = await cycles(60, () => breaker.failed());
  assertEquals(asked, [0, 1, 2, 4, 8, 16, 26, 36, 46, 56]);
});

Deno.test("CircuitBreaker never waits less than a cycle, however long that is", async () => {
  const { breaker, cycles } = rig(3_600_000);
  assertEquals((await cycles(6, () => breaker.failed())).length, 6);
});

Deno.test("CircuitBreaker lets one probe through, and closes or opens by how it went", async () => {
  const { breaker, clock, cycles, states } = rig();
  await cycles(3, () => breaker.failed());
  await clock.advance(INTERVAL_MS);
  assertEquals(breaker.mayCall(), true);
  assertEquals(breaker.state, "half_open");
  // a second caller has to wait for the first
  assertEquals(breaker.mayCall(), false);
  await clock.advance(10 * 3_600_000);
  assertEquals(breaker.mayCall(), false);
  breaker.failed();
  assertEquals(breaker.state, "open");
  await clock.advance(8 * INTERVAL_MS);
  assertEquals(breaker.mayCall(), true);
  breaker.succeeded();
  assertEquals([breaker.state, breaker.failures, breaker.mayCall()], ["closed", 0, true]);
  assertEquals(states, ["open", "half_open", "open", "half_open", "closed"]);
});

Deno.test("CircuitBreaker keeps Retry-After to the millisecond, after a first failure too", async () => {
  const { breaker, clock } = rig();
  assertEquals(breaker.mayCall(), true);
  await clock.advance(5000);
  breaker.failed(120_000);
  assertEquals([breaker.state, breaker.waitMs], ["open", 120_000]);
  await clock.advance(119_999);
  assertEquals([breaker.mayCall(), breaker.waitMs], [false, 1]);
  await clock.advance(1);
  assertEquals([breaker.mayCall(), breaker.state], [true, "half_open"]);
});

Deno.test("CircuitBreaker takes the longer of its own wait and Retry-After", async () => {
  for (const [retryAfterMs, waitMs] of [[1000, 52_500], [90_000, 90_000]] as const) {
    const { breaker, cycles } = rig();
    await cycles(2, () => breaker.failed());
    breaker.mayCall();
    breaker.failed(retryAfterMs);
    assertEquals(breaker.waitMs, waitMs);
  }
});

Deno.test("CircuitBreaker.hasten() makes the next cycle call, and begins the backoff anew", async () => {
  const { breaker, cycles } = rig();
  // Asked in cycles 0, 1, 2, 4, 8 and 16; the next wait would be ten cycles.
  await cycles(20, () => breaker.failed());
  breaker.hasten();
  assertEquals(breaker.waitMs, 0);
  assertEquals(await cycles(8, () => breaker.failed()), [0, 2, 6]);
});

Deno.test("CircuitBreaker.hasten() lets no call that began before it delay the next one", async () => {
  // A probe, and the third failure in a row, which would open the circuit.
  for (const count of [16, 2]) {
    const { breaker, cycles } = rig();
    await cycles(count, () => breaker.failed());
    assertEquals(breaker.mayCall(), true);
    breaker.hasten();
    breaker.failed();
    assertEquals([breaker.state, breaker.waitMs], ["open", 0]);
    // The next failure counts again.
    assertEquals(await cycles(8, () => breaker.failed()), [0, 2, 6]);
  }
});

Deno.test("CircuitBreaker.hasten() keeps Retry-After of a call that began before it", async () => {
  const { breaker, cycles } = rig();
  await cycles(16, () => breaker.failed());
  breaker.mayCall();
  breaker.hasten();
  breaker.failed(90_000);
  assertEquals(breaker.waitMs, 90_000);
});

Deno.test("CircuitBreaker.hasten() keeps the wait that the server asked for, and a closed circuit", async () => {
  const { breaker, clock, cycles } = rig();
  breaker.hasten();
  assertEquals([breaker.state, breaker.mayCall()], ["closed", true]);
  breaker.failed(90_000);
  breaker.hasten();
  assertEquals(breaker.waitMs, 90_000);
  await clock.advance(90_000);
  assertEquals(await cycles(1, () => breaker.succeeded()), [0]);
});

Deno.test("CircuitBreaker does not care how the clock is set", async () => {
  for (const ms of [-86_400_000, 365 * 86_400_000]) {
    const { breaker, clock, cycles } = rig();
    await cycles(3, () => breaker.failed());
    clock.set(ms);
    assertEquals(breaker.mayCall(), false);
    await clock.advance(INTERVAL_MS);
    assertEquals(breaker.mayCall(), true);
  }
});

Deno.test("CircuitBreaker waits at most five minutes by default, less its slack", async () => {
  const clock = new FakeClock();
  for (const [maxWaitMs, longestMs] of [[undefined, 300_000], [90_000, 90_000]] as const) {
    const breaker = new CircuitBreaker({
      intervalMs: 30_000,
      elapsed: clock.elapsed,
      ...maxWaitMs !== undefined && { maxWaitMs },
    });
    for (let count = 0; count < 40; count++) {
      breaker.mayCall();
      breaker.failed();
      await clock.advance(600_000);
    }
    breaker.mayCall();
    breaker.failed();
    assertEquals(breaker.waitMs, longestMs - 7_500);
  }
});
