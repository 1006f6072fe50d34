import { assertEquals } from "@std/assert";

Deno.test("the exposition library offers these names", async () => {
  const library = await import("../../src/exposition/mod.ts");
  assertEquals(Object.keys(library).toSorted(), [
    "BlockWriter",
    "CONTENT_TYPE",
    "EOF",
    "FamilyTable",
    "Page",
    "PageView",
    "Registry",
    "Relabeler",
    "Section",
    "escapeHelp",
    "escapeLabelValue",
    "formatBound",
    "formatValue",
    "isLabelName",
    "isMetricName",
    "negotiate",
    "openMetricsHeader",
    "openMetricsName",
    "renderLabels",
    "reservedNames",
    "sampleSuffixes",
    "textHeader",
  ]);
});
