import { assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Family } from "../../src/exposition/family.ts";
import { EOF, openMetricsHeader, openMetricsName } from "../../src/exposition/openmetrics.ts";
import { readOpenMetrics } from "../_support/openmetrics_reader.ts";

const TABLE: readonly (readonly [family: Omit<Family, "help">, name: string, type: string])[] = [
  [{ name: "a_total", type: "counter" }, "a", "counter"],
  [{ name: "a_total_total", type: "counter" }, "a_total", "counter"],
  [{ name: "a", type: "counter" }, "a", "unknown"],
  [{ name: "_total", type: "counter" }, "_total", "unknown"],
  [{ name: "a_totals", type: "counter" }, "a_totals", "unknown"],
  [{ name: "a", type: "untyped" }, "a", "unknown"],
  [{ name: "a_total", type: "untyped" }, "a_total", "unknown"],
  [{ name: "a_total", type: "gauge" }, "a_total", "gauge"],
  [{ name: "a_info", type: "gauge" }, "a_info", "gauge"],
  [{ name: "a_seconds", type: "histogram" }, "a_seconds", "histogram"],
  [{ name: "a_seconds", type: "summary" }, "a_seconds", "summary"],
];

Deno.test("openMetricsName() takes _total from counters only", () => {
  for (const [family, name] of TABLE) {
    assertEquals(openMetricsName({ ...family, help: "" }), name);
  }
});

Deno.test("openMetricsHeader() writes TYPE, then HELP, under the OpenMetrics name and type", () => {
  for (const [family, name, type] of TABLE) {
    assertEquals(openMetricsHeader({ ...family, help: "" }), `# TYPE ${name} ${type}\n`);
    assertEquals(
      openMetricsHeader({ ...family, help: 'Lots of "a"\nand \\b.' }),
      `# TYPE ${name} ${type}\n# HELP ${name} Lots of \\"a\\"\\nand \\\\b.\n`,
    );
  }
});

Deno.test("openMetricsHeader() makes a valid page of every plain sample under it", () => {
  for (const [family, name, type] of TABLE) {
    if (family.type === "histogram" || family.type === "summary") continue;
    const page = openMetricsHeader({ ...family, help: "Help." }) +
      `${family.name}{x="y"} 1\n${EOF}`;
    assertEquals(readOpenMetrics(page), [{
      name,
      type,
      help: "Help.",
      samples: [{ name: family.name, labels: { x: "y" }, value: 1 }],
    }]);
  }
});

Deno.test("openMetricsHeader() is read back as it was, whatever the help", () => {
  const helps = fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("\t", " a", "\t a "));
  fc.assert(fc.property(helps, (help) => {
    assertEquals(readOpenMetrics(openMetricsHeader({ name: "a", type: "gauge", help }) + EOF), [
      // blanks at the start are not written: no reader of the text format could give them back
      { name: "a", type: "gauge", help: help.replace(/^[ \t]+/, ""), samples: [] },
    ]);
  }));
});
