import { assertEquals } from "@std/assert";
import { DeviceBackoff } from "../../src/devices/device_backoff.ts";

Deno.test("DeviceBackoff waits one cycle, then twice as long each time, up to five minutes", () => {
  const backoff = new DeviceBackoff({ intervalMs: 30_000 });
  const waits: number[] = [];
  let nowMs = 1_000_000;
  for (let failure = 0; failure < 7; failure++) {
    backoff.failed("1", nowMs);
    const nextMs = backoff.nextTryMs("1") ?? 0;
    waits.push((nextMs - nowMs) / 1000);
    nowMs = nextMs;
  }
  assertEquals(waits, [30, 60, 120, 240, 300, 300, 300]);
});

Deno.test("DeviceBackoff lets a device try a little early, not more", () => {
  const backoff = new DeviceBackoff({ intervalMs: 30_000 });
  backoff.failed("1", 0);
  assertEquals(backoff.mayTry("1", 22_499), false);
  assertEquals(backoff.mayTry("1", 22_500), true);
  assertEquals(backoff.mayTry("2", 0), true);
});

Deno.test("DeviceBackoff never waits less than a cycle", () => {
  const backoff = new DeviceBackoff({ intervalMs: 600_000 });
  backoff.failed("1", 0);
  backoff.failed("1", 0);
  assertEquals(backoff.nextTryMs("1"), 600_000);
});

Deno.test("DeviceBackoff.succeeded() and DeviceBackoff.forget() start afresh", () => {
  const backoff = new DeviceBackoff({ intervalMs: 1000, maxWaitMs: 8000 });
  for (const end of ["succeeded", "forget"] as const) {
    backoff.failed("1", 0);
    backoff.failed("1", 0);
    assertEquals(backoff.failures("1"), 2);
    backoff[end]("1");
    assertEquals(backoff.failures("1"), 0);
    assertEquals(backoff.nextTryMs("1"), undefined);
    assertEquals(backoff.mayTry("1", 0), true);
  }
});

Deno.test("DeviceBackoff stays at its bound after any number of failures", () => {
  const backoff = new DeviceBackoff({ intervalMs: 1000, maxWaitMs: 8000 });
  for (let failure = 0; failure < 5000; failure++) backoff.failed("1", 0);
  assertEquals(backoff.nextTryMs("1"), 8000);
});
