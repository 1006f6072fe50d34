import { assertEquals } from "@std/assert";

Deno.test("the exposition library offers these names", async () => {
  const library = await import("../../src/exposition/mod.ts");
  assertEquals(Object.keys(library).toSorted(), [
    "BlockWriter",
    "CONTENT_TYPE",
    "DEFAULT_LIMITS",
    "EOF",
    "FamilyTable",
    "OpenMetricsConverter",
    "Relabeler",
    "escapeHelp",
    "escapeLabelValue",
    "formatBound",
    "formatValue",
    "isLabelName",
    "isMetricName",
    "negotiate",
    "openMetricsHeader",
    "openMetricsName",
    "ownLabels",
    "renderLabels",
    "reservedNames",
    "sampleSuffixes",
    "takeCensus",
    "textHeader",
    "textOfOpenMetrics",
  ]);
});
