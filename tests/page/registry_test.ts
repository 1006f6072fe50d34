import { assert, assertEquals, assertStrictEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { Registry } from "../../src/page/registry.ts";
import { Page } from "../../src/page/page.ts";
import { assertSameSamples } from "../_support/same_samples.ts";

Deno.test("Registry.snapshot() is one block of all families that have samples, in order", () => {
  const registry = new Registry({ key: "exporter" });
  const late = registry.gauge({ name: "z", help: "Set late." });
  registry.histogram({ name: "h", help: "Times.", buckets: [] });
  registry.gauge({ name: "never", help: "Never set." });
  registry.counter({ name: "c_total", help: 'Count of "c".' });
  late.set(1);
  assertEquals(registry.snapshot().tiles.flatMap(({ tile }) => tile.keys), ["exporter"]);
  assertEquals(registry.snapshot().sampleCount, 5);
  assertEquals(registry.families().map(({ name }) => name), ["z", "h", "never", "c_total"]);
  const view = new Page([registry]).view();
  assertEquals(
    view.text("openmetrics"),
    `# TYPE z gauge
# HELP z Set late.
z 1
# TYPE h histogram
# HELP h Times.
h_bucket{le="+Inf"} 0
h_sum 0
h_count 0
# TYPE c counter
# HELP c Count of \\"c\\".
c_total 0
# EOF
`,
  );
});

Deno.test("Registry.snapshot() is the same object, until something changes", () => {
  const registry = new Registry();
  let read = 1;
  const gauge = registry.gauge({ name: "g", help: "" });
  registry.gauge({ name: "r", help: "", read: () => read });
  const counter = registry.counter({ name: "c_total", help: "" });
  const histogram = registry.histogram({ name: "h", help: "", buckets: [] });
  let last = registry.snapshot();
  const changes = [
    () => gauge.set(1),
    () => gauge.remove(),
    () => counter.inc(),
    () => histogram.observe(1),
    () => read = 2,
    () => registry.gauge({ name: "new", help: "" }),
  ];
  for (const [index, change] of changes.entries()) {
    assertStrictEquals(registry.snapshot(), last);
    change();
    const next = registry.snapshot();
    assert(next !== last && next.generation > last.generation, `change ${index}`);
    last = next;
  }
});

Deno.test("Registry.snapshot() does not show what happens later", () => {
  const registry = new Registry();
  const counter = registry.counter({ name: "c_total", help: "" });
  const view = new Page([registry]).view();
  counter.inc();
  assertEquals(view.text("text"), "# TYPE c_total counter\nc_total 0\n");
});

Deno.test("Registry refuses names that are none", () => {
  const registry = new Registry();
  for (const name of ["", "0a", "a-b", "a.b", "é", "a\n"]) {
    assertThrows(() => registry.gauge({ name, help: "" }), SyntaxError, `bad name "${name}"`);
  }
  for (const label of ["", "0a", "a:b", "a-b", "__name__", "__x"]) {
    assertThrows(
      () => registry.gauge({ name: "a", help: "", labels: [label] }),
      SyntaxError,
      `Cannot make gauge "a": bad, reserved or repeated label name "${label}"`,
    );
  }
  assertThrows(() => registry.gauge({ name: "a", help: "", labels: ["x", "x"] }), SyntaxError);
  assertThrows(
    () => registry.histogram({ name: "a", help: "", labels: ["le"], buckets: [] }),
    SyntaxError,
    'label name "le"',
  );
  for (const name of ["a", "_total", "a_totals"]) {
    assertThrows(
      () => registry.counter({ name, help: "" }),
      SyntaxError,
      `Cannot make counter "${name}": wanted a name that ends in _total`,
    );
  }
  assertEquals(registry.families(), []);
});

Deno.test("Registry refuses a family that is there, or that would clash in a format", () => {
  const registry = new Registry();
  registry.counter({ name: "a_total", help: "" });
  registry.histogram({ name: "h", help: "", buckets: [] });
  assertThrows(() => registry.counter({ name: "a_total", help: "" }), TypeError, "another family");
  assertThrows(() => registry.gauge({ name: "a_total", help: "" }), TypeError);
  assertThrows(
    () => registry.gauge({ name: "a", help: "" }),
    TypeError,
    'Cannot register gauge "a": another family has this name, or one that OpenMetrics derives',
  );
  assertThrows(() => registry.gauge({ name: "h_count", help: "" }), TypeError, "another family");
  assertEquals(registry.families().length, 2);
});

Deno.test("Registry refuses to read what has labels", () => {
  const registry = new Registry();
  const options = { help: "", labels: ["x"], read: () => 1 };
  assertThrows(() => registry.gauge({ name: "a", ...options }), TypeError, "it has labels");
  assertThrows(() => registry.counter({ name: "a_total", ...options }), TypeError, "it has labels");
});

type Kind = "counter" | "gauge" | "histogram";
type Call = readonly [family: number, value: number, labelValues: readonly [string, string]];

const kinds = fc.array(
  fc.tuple(
    fc.constantFrom<Kind>("counter", "gauge", "histogram"),
    fc.nat({ max: 2 }),
    fc.string({ unit: "grapheme" }),
  ),
  { minLength: 1, maxLength: 6 },
);
const labelValue = fc.constantFrom("", "a", "b", '"', "\\", "\n", "\\n", "☃", "\ud800", ",x=");
const calls = fc.array(
  fc.tuple(fc.nat({ max: 5 }), fc.double(), fc.tuple(labelValue, labelValue)),
  { maxLength: 30 },
);

/** Whether the value is one that the instrument may refuse. */
function isRefused(kind: Kind, value: number): boolean {
  return kind !== "gauge" && !(value >= 0 && Number.isFinite(value));
}

Deno.test("Registry of any state has valid pages with the same samples in both formats", () => {
  fc.assert(fc.property(kinds, calls, (families, calls) => {
    const registry = new Registry();
    const instruments = families.map(([kind, labelCount, help], index) => {
      const options = { name: `f${index}`, help, labels: ["l0", "l1"].slice(0, labelCount) };
      if (kind === "gauge") {
        const gauge = registry.gauge(options);
        return (value: number, labels: readonly string[]) => gauge.set(value, ...labels);
      }
      if (kind === "counter") {
        const counter = registry.counter({ ...options, name: `f${index}_total` });
        return (value: number, labels: readonly string[]) => counter.inc(value, ...labels);
      }
      const histogram = registry.histogram({ ...options, buckets: [0, 1e-5, 1, 1e300] });
      return (value: number, labels: readonly string[]) => histogram.observe(value, ...labels);
    });
    /**
     * Family and labels → the value that the sample of a counter or gauge, or a count, must have.
     */
    const expected = new Map<string, number>();
    const keyOf = (name: string, labels: readonly string[]) =>
      JSON.stringify([name, labels.map((value) => value.toWellFormed())]);
    for (const [index, [kind, labelCount]] of families.entries()) {
      if (labelCount > 0 || kind === "gauge") continue;
      expected.set(keyOf(`f${index}_${kind === "counter" ? "total" : "count"}`, []), 0);
    }
    for (const [at, value, labelValues] of calls as readonly Call[]) {
      const index = at % families.length;
      const [kind, labelCount] = families[index] ?? ["gauge", 0];
      const labels = labelValues.slice(0, labelCount);
      const call = () => instruments[index]?.(value, labels);
      if (isRefused(kind, value)) {
        assertThrows(call, RangeError);
        continue;
      }
      call();
      const suffix = { counter: "_total", gauge: "", histogram: "_count" }[kind];
      const key = keyOf(`f${index}${suffix}`, labels);
      const before = expected.get(key) ?? 0;
      expected.set(key, { counter: before + value, gauge: value + 0, histogram: before + 1 }[kind]);
    }

    const view = new Page([registry]).view();
    const read = assertSameSamples(view.text("text"), view.text("openmetrics"));
    const samples = read.flatMap((family) => family.samples);
    assertEquals(samples.length, view.sampleCount);
    const actual = samples.filter(({ name }) => !/_(?:bucket|sum)$/.test(name)).map((sample) =>
      [keyOf(sample.name, Object.values(sample.labels)), sample.value] as const
    );
    assertEquals(new Map(actual), expected);
  }));
});
