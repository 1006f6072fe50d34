import { assertEquals, assertThrows } from "@std/assert";
import { Registry } from "../../src/page/registry.ts";
import { Page } from "../../src/page/page.ts";

const HELP = "Requests.";

function pageOf(registry: Registry): string {
  return new Page([registry]).view().text("text");
}

Deno.test("Counter.inc() counts by one from 0, or by the amount", () => {
  const registry = new Registry();
  const counter = registry.counter({ name: "a_total", help: HELP });
  assertEquals(pageOf(registry), "# HELP a_total Requests.\n# TYPE a_total counter\na_total 0\n");
  counter.inc();
  counter.inc(2.5);
  counter.inc(0);
  assertEquals(pageOf(registry).split("\n").at(-2), "a_total 3.5");
});

Deno.test("Counter.inc() makes a series for each combination of label values", () => {
  const registry = new Registry();
  const counter = registry.counter({ name: "a_total", help: HELP, labels: ["code", "path"] });
  assertEquals(pageOf(registry), "");
  counter.inc(1, "200", 'C:\\"x"\n');
  counter.inc(0, "404", "");
  counter.inc(1, "200", 'C:\\"x"\n');
  assertEquals(
    pageOf(registry),
    `# HELP a_total Requests.
# TYPE a_total counter
a_total{code="200",path="C:\\\\\\"x\\"\\n"} 2
a_total{code="404",path=""} 0
`,
  );
});

Deno.test("Counter.inc() refuses what would take the counter back or spoil it", () => {
  const counter = new Registry().counter({ name: "a_total", help: HELP });
  for (const amount of [-1, -Number.MIN_VALUE, NaN, Infinity, -Infinity]) {
    assertThrows(
      () => counter.inc(amount),
      RangeError,
      `Cannot increment counter "a_total" by ${amount}: wanted a finite number of 0 or more`,
    );
  }
});

Deno.test("Counter.inc() refuses the wrong number of label values", () => {
  const registry = new Registry();
  const plain = registry.counter({ name: "a_total", help: HELP });
  const labelled = registry.counter({ name: "b_total", help: HELP, labels: ["x", "y"] });
  assertThrows(
    () => plain.inc(1, "x"),
    TypeError,
    'Cannot find a series of "a_total": got 1 label values, wanted 0',
  );
  assertThrows(
    () => labelled.inc(1, "x"),
    TypeError,
    'Cannot find a series of "b_total": got 1 label values, wanted 2 (x, y)',
  );
  assertThrows(() => labelled.inc(), TypeError, "got 0 label values");
  assertEquals(pageOf(registry).includes("b_total"), false);
});

Deno.test("CounterOptions.read gives the total at each view, and no sample for no total", () => {
  const registry = new Registry();
  let total: number | undefined = 1.5;
  const counter = registry.counter({ name: "a_total", help: HELP, read: () => total });
  const seen = [2, undefined, -1, NaN, 0].map((next) => {
    const line = pageOf(registry).split("\n").at(-2);
    total = next;
    return line;
  });
  assertEquals(seen, ["a_total 1.5", "a_total 2", undefined, undefined, undefined]);
  assertEquals(pageOf(registry).split("\n").at(-2), "a_total 0");
  assertThrows(() => counter.inc(), TypeError, "its total is read elsewhere");
});
