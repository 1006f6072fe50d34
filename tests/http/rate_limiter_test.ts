import { assertEquals, assertThrows } from "@std/assert";
import { addressKey, RateLimiter } from "../../src/http/rate_limiter.ts";
import { FakeClock } from "../_support/fake_clock.ts";

Deno.test("RateLimiter.take() lets the burst pass and says how long the next one waits", () => {
  const limiter = new RateLimiter({ rps: 2, burst: 3, now: new FakeClock().now });
  assertEquals([1, 2, 3, 4, 5].map(() => limiter.take("192.0.2.1")), [0, 0, 0, 500, 500]);
});

Deno.test("RateLimiter.take() lets one more pass exactly when its time has come", async () => {
  const clock = new FakeClock();
  const limiter = new RateLimiter({ rps: 2, burst: 1, now: clock.now });
  assertEquals(limiter.take("192.0.2.1"), 0);
  await clock.advance(499);
  assertEquals(limiter.take("192.0.2.1"), 1);
  await clock.advance(1);
  assertEquals(limiter.take("192.0.2.1"), 0);
});

Deno.test("RateLimiter.take() saves up no more than the burst", async () => {
  const clock = new FakeClock();
  const limiter = new RateLimiter({ rps: 10, burst: 2, now: clock.now });
  await clock.advance(3_600_000);
  assertEquals([1, 2, 3].map(() => limiter.take("192.0.2.1")), [0, 0, 100]);
});

Deno.test("RateLimiter.take() counts addresses apart and the hosts of one /64 together", () => {
  const limiter = new RateLimiter({ rps: 1, burst: 1, now: new FakeClock().now });
  assertEquals(limiter.take("192.0.2.1"), 0);
  assertEquals(limiter.take("192.0.2.2"), 0);
  assertEquals(limiter.take("2001:db8:0:1::5"), 0);
  assertEquals(limiter.take("2001:db8:0:1:ffff::6"), 1000);
  assertEquals(limiter.take("2001:db8:0:2::5"), 0);
});

Deno.test("RateLimiter.take() charges nothing for a request that may not pass", async () => {
  const clock = new FakeClock();
  const limiter = new RateLimiter({ rps: 1, burst: 1, now: clock.now });
  limiter.take("192.0.2.1");
  for (let i = 0; i < 50; i++) assertEquals(limiter.take("192.0.2.1"), 1000);
  await clock.advance(1000);
  assertEquals(limiter.take("192.0.2.1"), 0);
});

Deno.test("RateLimiter.take() lets the whole burst pass, however odd the numbers are", () => {
  for (const rps of [0.3, 3, 7, 9.99, 10]) {
    for (const nowMs of [0.1, 12345.678, 987654.3210000001]) {
      const limiter = new RateLimiter({ rps, burst: 20, now: () => nowMs });
      const waits = Array.from({ length: 21 }, () => limiter.take("192.0.2.1"));
      assertEquals(waits.map((ms) => ms > 0).indexOf(true), 20, `${rps} ${nowMs}`);
    }
  }
});

Deno.test("RateLimiter.take() has a clock of its own", () => {
  const limiter = new RateLimiter({ rps: 0.001, burst: 1 });
  assertEquals(limiter.take("192.0.2.1"), 0);
  assertEquals(limiter.take("192.0.2.1") > 900_000, true);
});

Deno.test("RateLimiter forgets the address that has been quiet longest", () => {
  const limiter = new RateLimiter({
    rps: 1,
    burst: 1,
    maxAddresses: 2,
    now: new FakeClock().now,
  });
  limiter.take("192.0.2.1");
  limiter.take("192.0.2.2");
  limiter.take("192.0.2.1");
  limiter.take("192.0.2.3");
  assertEquals(limiter.size, 2);
  assertEquals(limiter.take("192.0.2.1"), 1000);
  assertEquals(limiter.take("192.0.2.2"), 0);
});

Deno.test("RateLimiter remembers 10,000 addresses and not one more", () => {
  const limiter = new RateLimiter({ rps: 1, burst: 1, now: new FakeClock().now });
  for (let i = 0; i < 10_001; i++) limiter.take(`10.0.${i >> 8}.${i & 255}`);
  assertEquals(limiter.size, 10_000);
  assertEquals(limiter.take("10.0.0.1"), 1000);
  assertEquals(limiter.take("10.0.0.0"), 0);
});

Deno.test("RateLimiter refuses a limit that would never let anybody pass", () => {
  for (const options of [{ rps: 0, burst: 1 }, { rps: NaN, burst: 1 }, { rps: 1, burst: 0 }]) {
    assertThrows(() => new RateLimiter(options), RangeError, "wanted rps above 0");
  }
});

Deno.test("addressKey() keeps IPv4 whole and IPv6 to its first 64 bits", () => {
  const cases: readonly (readonly [hostname: string, key: string])[] = [
    ["192.0.2.1", "192.0.2.1"],
    ["::ffff:192.0.2.1", "192.0.2.1"],
    ["::FFFF:192.0.2.1", "192.0.2.1"],
    ["2001:db8:0:1::5", "2001:db8:0:1"],
    ["2001:0DB8:0000:0001:2:3:4:5", "2001:db8:0:1"],
    ["2001:db8::5", "2001:db8:0:0"],
    ["fe80::1%eth0", "fe80:0:0:0"],
    ["::1", "0:0:0:0"],
    ["::", "0:0:0:0"],
    ["1::", "1:0:0:0"],
    ["1:2:3::", "1:2:3:0"],
    ["1:2:3:4:5:6:7::", "1:2:3:4"],
    ["fd7b:115c:a1e0::7", "fd7b:115c:a1e0:0"],
  ];
  for (const [hostname, key] of cases) assertEquals(addressKey(hostname), key, hostname);
});

Deno.test("addressKey() tells nodes of a tailnet apart, which share their first 64 bits", () => {
  const cases: readonly (readonly [hostname: string, key: string])[] = [
    ["fd7a:115c:a1e0::1", "fd7a:115c:a1e0:0:0:0:0:1"],
    ["fd7a:115c:a1e0::2", "fd7a:115c:a1e0:0:0:0:0:2"],
    ["FD7A:115C:A1E0:0000::0002%tailscale0", "fd7a:115c:a1e0:0:0:0:0:2"],
    ["fd7a:115c:a1e0:ab12:4843:cd96:6258:b240", "fd7a:115c:a1e0:ab12:4843:cd96:6258:b240"],
  ];
  for (const [hostname, key] of cases) assertEquals(addressKey(hostname), key, hostname);
});
