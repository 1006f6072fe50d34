import { assertEquals } from "@std/assert";
import { backoffMs, isTransientStatus, retryAfterMs } from "../../src/control/retry.ts";

Deno.test("isTransientStatus() is true for what may pass by itself only", () => {
  const statuses = [200, 301, 400, 401, 403, 404, 408, 429, 500, 501, 502, 503, 504, 505, 599];
  assertEquals(statuses.filter(isTransientStatus), [429, 500, 502, 503, 504]);
});

Deno.test("backoffMs() doubles its ceiling up to ten seconds", () => {
  const highest = [1, 2, 3, 4, 5, 6, 50, 5000].map((attempt) => backoffMs(attempt, 0.999_999));
  assertEquals(highest, [1000, 2000, 4000, 8000, 10_000, 10_000, 10_000, 10_000]);
  assertEquals([1, 2, 3].map((attempt) => backoffMs(attempt, 0)), [0, 0, 0]);
  assertEquals(backoffMs(2, 0.25), 500);
});

Deno.test("retryAfterMs() reads seconds and dates, and caps both at an hour", () => {
  const nowMs = Date.UTC(2026, 1, 1, 0, 0, 0);
  const cases: readonly (readonly [header: string | null, ms: number | undefined])[] = [
    [null, undefined],
    ["", undefined],
    ["0", 0],
    ["7", 7000],
    [" 7 ", 7000],
    ["3600", 3_600_000],
    ["3601", 3_600_000],
    ["9".repeat(400), 3_600_000],
    ["-1", undefined],
    ["1.5", undefined],
    ["1e3", undefined],
    ["soon", undefined],
    ["2026-02-01T00:00:05Z", undefined],
    ["Sun, 01 Feb 2026 00:00:05 GMT", 5000],
    ["Sun, 01 Feb 2026 01:00:00 GMT", 3_600_000],
    ["Sun, 01 Feb 2026 01:00:01 GMT", 3_600_000],
    ["Sat, 31 Jan 2026 23:59:59 GMT", 0],
    ["Sunday, 01-Feb-26 00:00:05 GMT", 5000],
    ["Sun Feb  1 00:00:05 2026", 5000],
    ["Sun, 99 Feb 2026 00:00:05 GMT", undefined],
  ];
  for (const [header, ms] of cases) {
    assertEquals(retryAfterMs(header, null, nowMs), ms, String(header));
  }
});

Deno.test("retryAfterMs() measures a date from the answer's own, however our clock is set", () => {
  const header = "Sun, 01 Feb 2026 00:00:30 GMT";
  const date = "Sun, 01 Feb 2026 00:00:10 GMT";
  for (const year of [1970, 2026, 2027]) {
    assertEquals(retryAfterMs(header, date, Date.UTC(year, 1, 1)), 20_000);
  }
  assertEquals(retryAfterMs("7", date, 0), 7000);
  assertEquals(retryAfterMs(header, "yesterday", Date.UTC(2026, 1, 1)), 30_000);
});
