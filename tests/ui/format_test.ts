import { assertEquals } from "@std/assert";
import {
  formatAge,
  formatAgo,
  formatBytes,
  formatMoment,
  formatNumber,
  formatSpan,
  plural,
  words,
} from "../../src/ui/format.ts";

const NOW_MS = Date.UTC(2026, 0, 31, 12);

Deno.test("formatSpan() uses the largest unit that is full", () => {
  const cases: readonly (readonly [ms: number, text: string])[] = [
    [0, "0 s"],
    [-5, "0 s"],
    [59_000, "59 s"],
    [60_000, "1 min"],
    [3_599_000, "59 min"],
    [3_600_000, "1 h"],
    [86_400_000 * 2.9, "2 d"],
  ];
  for (const [ms, text] of cases) assertEquals(formatSpan(ms), text);
});

Deno.test("formatAgo() has nothing happen in the future", () => {
  assertEquals(formatAgo("2026-01-31T11:59:00Z", NOW_MS), "1 min ago");
  assertEquals(formatAgo("2026-01-31T12:00:04Z", NOW_MS), "0 s ago");
  assertEquals(formatAgo(null, NOW_MS), "");
});

Deno.test("formatAge() tells the past from the future", () => {
  assertEquals(formatAge("2026-01-31T11:59:00Z", NOW_MS), "1 min ago");
  assertEquals(formatAge("2026-02-02T12:00:00Z", NOW_MS), "in 2 d");
  assertEquals([formatAge(null, NOW_MS), formatMoment(null)], ["", ""]);
});

Deno.test("formatNumber() sets thousands apart, and shows what is unknown as such", () => {
  assertEquals([formatNumber(12_345), formatNumber(null), formatNumber(undefined)], [
    "12,345",
    "–",
    "–",
  ]);
  assertEquals([plural(1, "node"), plural(1_000, "node")], ["1 node", "1,000 nodes"]);
  for (
    const [bytes, text] of [
      [0, "0 B"],
      [999, "999 B"],
      [1_000, "1.0 kB"],
      [999_940, "999.9 kB"],
      [999_960, "1.0 MB"],
      [999_960_000_000, "1.0 TB"],
      [45_210_000, "45.2 MB"],
      [2_457_300_000, "2.5 GB"],
      [3e12, "3.0 TB"],
      [3e15, "3000.0 TB"],
    ] as const
  ) assertEquals(formatBytes(bytes), text);
});

Deno.test("words() leaves the part that people read", () => {
  assertEquals(words("no_address"), "no address");
});
