import { assertEquals, AssertionError, assertThrows } from "@std/assert";
import { assertSameSamples } from "./same_samples.ts";

const TEXT = `# HELP a_total Lots of "a".
# TYPE a_total counter
a_total{x="1"} 1 2500
# TYPE b counter
b NaN
# TYPE c untyped
c 3
`;
const OPENMETRICS = `# TYPE a counter
# HELP a Lots of \\"a\\".
a_total{x="1"} 1 2.5
# TYPE b unknown
b NaN
# TYPE c unknown
c 3
# EOF
`;

Deno.test("assertSameSamples() passes when both pages say the same", () => {
  assertEquals(assertSameSamples(TEXT, OPENMETRICS).map(({ name }) => name), ["a_total", "b", "c"]);
});

Deno.test("assertSameSamples() fails on any difference", () => {
  const changes: readonly (readonly [from: string, to: string])[] = [
    ['{x="1"}', '{x="2"}'],
    ["c 3", "c 3.5"],
    ["b NaN", "b 0"],
    ["2.5", "2500"],
    ["Lots", "Many"],
    ["# TYPE c unknown", "# TYPE c gauge"],
    ["c 3\n", "c 3\nd 4\n"],
    ["# TYPE c unknown\nc 3\n", ""],
  ];
  for (const [from, to] of changes) {
    assertThrows(() => assertSameSamples(TEXT, OPENMETRICS.replace(from, to)), AssertionError);
  }
});
