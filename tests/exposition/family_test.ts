import type { MetricType } from "../../src/exposition/family.ts";
import { EOF, openMetricsHeader } from "../../src/exposition/openmetrics.ts";
import { textHeader } from "../../src/exposition/text.ts";
import { assertSameSamples } from "../_support/same_samples.ts";

/**
 * The samples of a small family called "a" of each type; a type without an entry does not compile.
 */
const SAMPLES: Readonly<Record<MetricType, string>> = {
  counter: "a 1\n",
  gauge: "a -1\n",
  histogram: 'a_bucket{le="1.0"} 1\na_bucket{le="+Inf"} 2\na_sum 3\na_count 2\n',
  summary: 'a{quantile="0.5"} 1\na_sum 3\na_count 2\n',
  untyped: "a NaN\n",
};

for (const [type, samples] of Object.entries(SAMPLES) as [MetricType, string][]) {
  Deno.test(`MetricType ${type} has valid pages with the same samples in both formats`, () => {
    const family = { name: "a", type, help: 'A "help".' };
    assertSameSamples(
      textHeader(family) + samples,
      openMetricsHeader(family) + samples + EOF,
    );
  });
}
