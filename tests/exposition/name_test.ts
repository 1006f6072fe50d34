import { assertEquals } from "@std/assert";
import type { Family, MetricType } from "../../src/exposition/family.ts";
import {
  isLabelName,
  isMetricName,
  reservedNames,
  sampleSuffixes,
} from "../../src/exposition/name.ts";

Deno.test("isMetricName() takes the legacy characters only", () => {
  const good = ["a", "_", ":", "a:b", "A9", "_0", "__name__"];
  const bad = ["", "0a", "a-b", "a.b", "a b", "a\n", "é", "a{", " a", "a\u0000"];
  assertEquals(good.filter((name) => !isMetricName(name)), []);
  assertEquals(bad.filter(isMetricName), []);
});

Deno.test("isLabelName() takes no colon and not the name of the metric", () => {
  const good = ["a", "_", "A9", "__name", "name__", "le"];
  const bad = ["", "0a", "a:b", ":", "a-b", "a\n", "é", "__name__"];
  assertEquals(good.filter((name) => !isLabelName(name)), []);
  assertEquals(bad.filter(isLabelName), []);
});

Deno.test("sampleSuffixes() are what each type writes", () => {
  const types: readonly MetricType[] = ["counter", "gauge", "histogram", "summary", "untyped"];
  assertEquals(types.map(sampleSuffixes), [
    [""],
    [""],
    ["_bucket", "_sum", "_count"],
    ["", "_sum", "_count"],
    [""],
  ]);
});

function named(name: string, type: MetricType): Family {
  return { name, type, help: "" };
}

Deno.test("reservedNames() are all names that a reader may expect of the family", () => {
  const table: readonly (readonly [Family, readonly string[]])[] = [
    [named("x", "gauge"), ["x"]],
    [named("x", "untyped"), ["x"]],
    [named("x_total", "counter"), ["x", "x_total", "x_created"]],
    // Unknown in OpenMetrics, so without suffixes.
    [named("x", "counter"), ["x"]],
    [named("_total", "counter"), ["_total"]],
    [named("x_total", "gauge"), ["x_total"]],
    [named("x", "histogram"), ["x", "x_bucket", "x_sum", "x_count", "x_created"]],
    [named("x", "summary"), ["x", "x_sum", "x_count", "x_created"]],
  ];
  for (const [family, names] of table) assertEquals(reservedNames(family), names);
});
