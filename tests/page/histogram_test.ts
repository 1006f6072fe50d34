import { assertEquals, assertThrows } from "@std/assert";
import { Registry } from "../../src/page/registry.ts";
import { Page } from "../../src/page/page.ts";
import { assertSameSamples } from "../_support/same_samples.ts";

function pageOf(registry: Registry): string {
  const view = new Page([registry]).view();
  assertSameSamples(view.text("text"), view.text("openmetrics"));
  return view.text("text");
}

Deno.test("Histogram.observe() counts cumulatively, bounds included", () => {
  const registry = new Registry();
  const histogram = registry.histogram({
    name: "a_seconds",
    help: "Time taken.",
    buckets: [0.005, 1, 2.5, 1e6],
  });
  for (const value of [0, 0.005, 0.0050001, 1, 2, 1e6, 2e6]) histogram.observe(value);
  assertEquals(
    pageOf(registry),
    `# HELP a_seconds Time taken.
# TYPE a_seconds histogram
a_seconds_bucket{le="0.005"} 2
a_seconds_bucket{le="1.0"} 4
a_seconds_bucket{le="2.5"} 5
a_seconds_bucket{le="1e+06"} 6
a_seconds_bucket{le="+Inf"} 7
a_seconds_sum 3000003.0100001
a_seconds_count 7
`,
  );
});

Deno.test("Histogram.observe() keeps each combination of label values by itself", () => {
  const registry = new Registry();
  const histogram = registry.histogram({ name: "a", help: "", labels: ["x"], buckets: [] });
  assertEquals(pageOf(registry), "");
  histogram.observe(3, "one");
  histogram.observe(4, "two");
  histogram.observe(5, "one");
  assertEquals(
    pageOf(registry),
    `# TYPE a histogram
a_bucket{x="one",le="+Inf"} 2
a_sum{x="one"} 8
a_count{x="one"} 2
a_bucket{x="two",le="+Inf"} 1
a_sum{x="two"} 4
a_count{x="two"} 1
`,
  );
});

Deno.test("Histogram without labels starts with nothing counted", () => {
  const registry = new Registry();
  registry.histogram({ name: "a", help: "", buckets: [1] });
  assertEquals(
    pageOf(registry),
    '# TYPE a histogram\na_bucket{le="1.0"} 0\na_bucket{le="+Inf"} 0\na_sum 0\na_count 0\n',
  );
});

Deno.test("Histogram.observe() refuses what OpenMetrics would not take in a sum", () => {
  const histogram = new Registry().histogram({ name: "a", help: "", buckets: [1] });
  for (const value of [-1, NaN, Infinity]) {
    assertThrows(
      () => histogram.observe(value),
      RangeError,
      `Cannot observe ${value} in histogram "a": wanted a finite number of 0 or more`,
    );
  }
  assertThrows(() => histogram.observe(1, "x"), TypeError, "got 1 label values, wanted 0");
});

Deno.test("Registry.histogram() refuses buckets that do not rise, or are not numbers of 0 or more", () => {
  for (const buckets of [[1, 1], [2, 1], [-1, 1], [NaN], [1, Infinity]]) {
    assertThrows(
      () => new Registry().histogram({ name: "a", help: "", buckets }),
      RangeError,
      `Cannot make histogram "a" with buckets ${buckets.join(", ")}: wanted rising finite numbers`,
    );
  }
});
