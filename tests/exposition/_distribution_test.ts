import { assertEquals } from "@std/assert";
import { relay } from "../_support/relay.ts";
import { assertSameSamples } from "../_support/same_samples.ts";

/** Samples of histograms and summaries that no strict reader takes, and how many they are. */
const BROKEN_SETS: readonly (readonly [page: string, count: number])[] = [
  ["# TYPE h histogram\nh 1\n", 1],
  ["# TYPE h histogram\nh_sum 1\nh_count 0\n", 2],
  ['# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_count 1\n', 2],
  ['# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_sum 1\n', 2],
  ['# TYPE h histogram\nh_bucket{le="1"} 1\nh_sum 1\nh_count 1\n', 3],
  ['# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 2\n', 3],
  [
    '# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n',
    4,
  ],
  ["# TYPE h histogram\nh_bucket 1\n", 1],
  ['# TYPE h histogram\nh_bucket{le="-1"} 1\n', 1],
  ['# TYPE h histogram\nh_bucket{le="x"} 1\nh_bucket{le="+Inf"} 1\nh_sum 1\nh_count 1\n', 4],
  ['# TYPE h histogram\nh_bucket{le="1"} 1.5\n', 1],
  ["# TYPE h histogram\nh_sum NaN\n", 1],
  ["# TYPE s summary\ns 1\n", 1],
  ['# TYPE s summary\ns{quantile="2"} 1\ns_sum 1\n', 2],
  ['# TYPE s summary\ns{quantile="0.5"} -1\n', 1],
];

Deno.test("Distribution leaves out histograms and summaries that are broken", () => {
  for (const [page, count] of BROKEN_SETS) {
    const family = page.charAt(7);
    const sound = `# TYPE ok histogram\nok_bucket{le="+Inf"} 0\nok_sum 0\nok_count 0\n`;
    const { text, dropped } = relay(page + sound);
    assertEquals(text, sound);
    assertEquals(dropped, [{ family, reason: "malformed", samples: count }]);
  }
});

Deno.test("Distribution takes the first of two buckets with one bound, or sums", () => {
  const page = `# TYPE h histogram
h_bucket{le="1"} 1
h_bucket{le="1.0"} 0
h_bucket{le="inf"} 2
h_sum 3
h_sum 4
h_count 2
`;
  const { text, dropped } = relay(page);
  assertEquals(
    text,
    '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n',
  );
  assertEquals(dropped, [{ family: "h", reason: "duplicate", samples: 2 }]);
});

Deno.test("Distribution puts each histogram and summary together, ascending", () => {
  const page = `# TYPE h histogram
h_count{x="1"} 3
h_bucket{le="+Inf",x="1"} 3
h_bucket{x="2",le="+Inf"} 0
h_bucket{x="1",le="10"} 2 1700000000000
h_sum{x="1"} 12.5
h_bucket{x="1",le="2.5"} 1
# TYPE s summary
s_sum 1
s{quantile="0.9"} NaN
s_count 2
s{quantile="0.5"} 1
h_sum{x="2"} 0
h_count{x="2"} 0
s_bucket 1
`;
  const { text, openmetrics } = relay(page, [["id", "7"]]);
  assertSameSamples(text, openmetrics);
  assertEquals(
    text.replace(/^#.*\n/gm, ""),
    `h_bucket{id="7",x="1",le="2.5"} 1
h_bucket{id="7",x="1",le="10"} 2
h_bucket{id="7",x="1",le="+Inf"} 3
h_sum{id="7",x="1"} 12.5
h_count{id="7",x="1"} 3
h_bucket{id="7",x="2",le="+Inf"} 0
h_sum{id="7",x="2"} 0
h_count{id="7",x="2"} 0
s{id="7",quantile="0.5"} 1
s{id="7",quantile="0.9"} NaN
s_sum{id="7"} 1
s_count{id="7"} 2
s_bucket{id="7"} 1
`,
  );
});
