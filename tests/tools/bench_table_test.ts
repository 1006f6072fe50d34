import { assertEquals } from "@std/assert";
import { formatTime, renderTable } from "../../tools/bench_table.ts";

Deno.test("formatTime() leaves one to three digits before the point", () => {
  const cases: readonly (readonly [nanoseconds: number, text: string])[] = [
    [0.5, "0.500 ns"],
    [999, "999 ns"],
    [1000, "1.00 µs"],
    [12_345, "12.3 µs"],
    [12_345_678, "12.3 ms"],
    [1_234_567_890, "1.23 s"],
  ];
  for (const [nanoseconds, text] of cases) assertEquals(formatTime(nanoseconds), text);
});

Deno.test("renderTable() compares a group with its own baseline", () => {
  const bench = (origin: string, group: string | null, name: string, min?: number) => ({
    origin: `file:///x/tests/bench/${origin}_bench.ts`,
    group,
    name,
    baseline: name === "base",
    results: [min === undefined ? {} : { ok: { min, p75: min, avg: 2 * min } }],
  });
  const benches = [
    bench("a", "g", "base", 1000),
    bench("a", "g", "half", 500),
    bench("a", "g", "long", 252_700),
    bench("a", null, "alone", 7),
    bench("b", "g", "base", 10_000_000),
    bench("b", "g", "thrown"),
  ];
  assertEquals(
    renderTable({ runtime: "Deno/1", cpu: "ENIAC", benches }),
    `Deno/1, ENIAC

| file | benchmark | best | mean | of the baseline's best |
|---|---|---|---|---|
| a | base | 1.00 µs | 2.00 µs | 1.0 |
| a | half | 500 ns | 1.00 µs | 0.50 |
| a | long | 253 µs | 505 µs | 250 |
| a | alone | 7.00 ns | 14.0 ns |  |
| b | base | 10.0 ms | 20.0 ms | 1.0 |
| b | thrown | failed |  |  |
`,
  );
});
