/**
 * `deno task bench`, last step: one table of all that `deno bench --json` measured. Times of one
 * group are compared with its baseline, because ratios of one run hold on another machine too.
 *
 *     deno bench --json | deno run tools/bench_table.ts
 *
 * @module
 */

/** One benchmark of a report. */
interface Measured {
  readonly origin: string;
  readonly group: string | null;
  readonly name: string;
  readonly baseline: boolean;
  readonly results: readonly {
    readonly ok?: { readonly min: number; readonly p75: number; readonly avg: number };
  }[];
}

/** What `deno bench --json` writes. */
export interface BenchReport {
  /** Such as "Deno/2.9.6 x86_64-unknown-linux-gnu". */
  readonly runtime: string;
  /** The processor. */
  readonly cpu: string;
  /** The benchmarks in the order in which they ran. */
  readonly benches: readonly Measured[];
}

/**
 * The report as a Markdown table.
 *
 * Units: nanoseconds in the report; ns, µs, ms or s in the table
 */
export function renderTable(report: BenchReport): string {
  const lines = [
    `${report.runtime}, ${report.cpu}`,
    "",
    "| file | benchmark | best | mean | of the baseline's best |",
    "|---|---|---|---|---|",
  ];
  for (const bench of report.benches) {
    const { ok } = bench.results[0] ?? {};
    const file = bench.origin.replace(/^.*\//, "").replace(/_bench\.ts$/, "");
    const baseline = report.benches.find((other) =>
      other.baseline && other.origin === bench.origin && other.group === bench.group
    )?.results[0]?.ok;
    const ratio = ok === undefined || baseline === undefined
      ? ""
      : formatRatio(ok.min / baseline.min);
    const [best, mean] = ok === undefined ? ["failed", ""] : [ok.min, ok.avg].map(formatTime);
    lines.push(`| ${file} | ${bench.name} | ${best} | ${mean} | ${ratio} |`);
  }
  return `${lines.join("\n")}\n`;
}

/** A time in the unit that leaves one to three digits before the point. */
export function formatTime(nanoseconds: number): string {
  const units = ["ns", "µs", "ms", "s"];
  let value = nanoseconds;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${value.toPrecision(3)} ${units[unit]}`;
}

/** A ratio with two digits that count, without an exponent. */
function formatRatio(ratio: number): string {
  const text = ratio.toPrecision(2);
  return text.includes("e+") ? `${Number(text)}` : text;
}

if (import.meta.main) {
  const text = await new Response(Deno.stdin.readable).text();
  if (!text.startsWith("{")) {
    console.error(`Cannot read the report of deno bench, got "${text.slice(0, 200)}"`);
    Deno.exit(1);
  }
  console.log(renderTable(JSON.parse(text) as BenchReport));
}
