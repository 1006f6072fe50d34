import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { duration, formatDuration, parseDuration } from "../../src/config/duration.ts";

const DURATIONS: readonly (readonly [text: string, ms: number | undefined])[] = [
  ["10s", 10_000],
  ["2m", 120_000],
  ["1h", 3_600_000],
  ["500ms", 500],
  ["1m30s", 90_000],
  ["1h2m3s4ms", 3_723_004],
  ["1.5s", 1_500],
  ["0.0004s", 0],
  ["90s", 90_000],
  ["15", 15_000],
  ["0", 0],
  ["0s", 0],
  ["007", 7_000],
  ["", undefined],
  [" ", undefined],
  ["s", undefined],
  ["-1s", undefined],
  ["+1s", undefined],
  ["1.5", 1_500],
  ["30S", 30_000],
  ["1H30M", 5_400_000],
  ["1d", 86_400_000],
  ["1D12h", 129_600_000],
  ["500MS", 500],
  [".5s", undefined],
  ["1.s", undefined],
  ["1e3", undefined],
  ["1 s", 1_000],
  ["1 h 30 m", 5_400_000],
  ["1m 30s", 90_000],
  ["1  s", undefined],
  ["1 0s", undefined],
  ["1 m s", undefined],
  ["1w", undefined],
  ["1h1d", undefined],
  ["1us", undefined],
  ["30s1m", undefined],
  ["1s1s", undefined],
  ["10s ", undefined],
  ["10s\n", undefined],
  ["Infinity", undefined],
  ["1234567890s", undefined],
  ["１s", undefined],
];

for (const [text, ms] of DURATIONS) {
  Deno.test(`parseDuration() reads ${JSON.stringify(text)} as ${ms}`, () => {
    assertEquals(parseDuration(text), ms);
  });
}

Deno.test("formatDuration() writes units from large to small", () => {
  const texts = [0, 1, 999, 1_000, 1_500, 30_000, 60_000, 90_000, 3_600_000, 90_061_001]
    .concat([1, 2, 90, 90 + 1 / 24].map((days) => days * 86_400_000))
    .map(formatDuration);
  assertEquals(texts, [
    "0s",
    "1ms",
    "999ms",
    "1s",
    "1s500ms",
    "30s",
    "1m",
    "1m30s",
    "1h",
    "25h1m1s1ms",
    "24h",
    "2d",
    "90d",
    "2161h",
  ]);
});

Deno.test("formatDuration() writes what parseDuration() reads", () => {
  fc.assert(fc.property(fc.nat({ max: 10 ** 12 }), (ms) => {
    assertEquals(parseDuration(formatDuration(ms)), ms);
  }));
});

Deno.test("duration() takes both bounds and nothing beyond", () => {
  const kind = duration(1_000, 60_000);
  assertEquals(["999ms", "1s", "1m", "60001ms", "x"].map((text) => kind.parse(text)), [
    undefined,
    1_000,
    60_000,
    undefined,
    undefined,
  ]);
  assertEquals(
    kind.wanted,
    "a duration from 1s to 1m, such as 10s, 2m, 1m30s or bare seconds",
  );
  assertEquals(kind.brief, "1s to 1m");
  assertEquals(kind.describe(90_000), "1m30s");
});
