import { assertEquals, assertThrows } from "@std/assert";
import { Registry } from "../../src/page/registry.ts";
import { Page } from "../../src/page/page.ts";

function pageOf(registry: Registry): string {
  return new Page([registry]).view().text("text");
}

Deno.test("Gauge.set() shows any number, and nothing before", () => {
  const registry = new Registry();
  const gauge = registry.gauge({ name: "a", help: "" });
  assertEquals(pageOf(registry), "");
  for (
    const [value, text] of [[-1.5, "-1.5"], [NaN, "NaN"], [-0, "0"], [Infinity, "+Inf"]] as const
  ) {
    gauge.set(value);
    assertEquals(pageOf(registry), `# TYPE a gauge\na ${text}\n`);
  }
});

Deno.test("Gauge.remove() takes one series away, and its header with the last", () => {
  const registry = new Registry();
  const gauge = registry.gauge({ name: "a", help: "", labels: ["x"] });
  gauge.set(1, "one");
  gauge.set(2, "two");
  assertEquals(gauge.remove("one"), true);
  assertEquals(gauge.remove("one"), false);
  assertEquals(pageOf(registry), '# TYPE a gauge\na{x="two"} 2\n');
  gauge.remove("two");
  assertEquals(pageOf(registry), "");
});

Deno.test("Gauge.set() and Gauge.remove() refuse the wrong number of label values", () => {
  const gauge = new Registry().gauge({ name: "a", help: "", labels: ["x"] });
  assertThrows(() => gauge.set(1), TypeError, "got 0 label values, wanted 1 (x)");
  assertThrows(() => gauge.remove("x", "y"), TypeError, "got 2 label values, wanted 1 (x)");
});

Deno.test("GaugeOptions.read gives the value at each view, and no sample for undefined", () => {
  const registry = new Registry();
  let value: number | undefined;
  const gauge = registry.gauge({ name: "a", help: "", read: () => value });
  assertEquals(pageOf(registry), "");
  value = 0;
  assertEquals(pageOf(registry), "# TYPE a gauge\na 0\n");
  value = undefined;
  assertEquals(pageOf(registry), "");
  assertThrows(() => gauge.set(1), TypeError, 'Cannot set gauge "a": its value is read elsewhere');
});
