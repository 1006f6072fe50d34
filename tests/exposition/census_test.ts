import { assertEquals, assertThrows } from "@std/assert";
import { takeCensus } from "../../src/exposition/census.ts";

const PAGE = `# HELP a_total What it is.
# TYPE a_total counter
a_total{id="1",path="x"} 1
a_total{id="1",path="y"} 2
a_total{id="2",path="x"} 3
# TYPE h histogram
h_bucket{le="+Inf"} 1
h_sum 2
h_count 1
# TYPE odd gauge
odd{path="é\\n\\"\\\\"} 1
`;

/** The page in pieces of a number of bytes. */
function* pieces(text: string, size: number): Generator<Uint8Array> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

Deno.test("takeCensus() counts series and bytes by family and by label", () => {
  assertEquals(takeCensus(pieces(PAGE, 1000)), {
    series: 7,
    bytes: 131 + 59 + 40,
    families: [
      {
        family: "a_total",
        series: 3,
        bytes: 131,
        labels: [{ label: "id", values: 2 }, { label: "path", values: 2 }],
      },
      { family: "h", series: 3, bytes: 59, labels: [{ label: "le", values: 1 }] },
      { family: "odd", series: 1, bytes: 40, labels: [{ label: "path", values: 1 }] },
    ],
    labels: [
      {
        label: "path",
        series: 4,
        values: 3,
        bytes: 43,
        top: [{ value: "x", series: 2 }, { value: "y", series: 1 }, { value: 'é\n"\\', series: 1 }],
      },
      {
        label: "id",
        series: 3,
        values: 2,
        bytes: 21,
        top: [{ value: "1", series: 2 }, { value: "2", series: 1 }],
      },
      { label: "le", series: 1, values: 1, bytes: 10, top: [{ value: "+Inf", series: 1 }] },
    ],
  });
});

Deno.test("takeCensus() counts every byte", () => {
  const census = takeCensus(pieces(PAGE, 1000));
  assertEquals(census.bytes, new TextEncoder().encode(PAGE).length);
  assertEquals(census.families.reduce((sum, { bytes }) => sum + bytes, 0), census.bytes);
});

Deno.test("takeCensus() counts the same whatever the pieces", () => {
  const whole = takeCensus(pieces(PAGE, 1000));
  for (const size of [1, 7, 64]) assertEquals(takeCensus(pieces(PAGE, size)), whole);
});

Deno.test("takeCensus() names as many values as requested", () => {
  const [label] = takeCensus(pieces(PAGE, 1000), { top: 1 }).labels;
  assertEquals([label?.values, label?.top.length], [3, 1]);
});

Deno.test("takeCensus() counts an empty page, and refuses one that is cut off", () => {
  assertEquals(takeCensus([]), { series: 0, bytes: 0, families: [], labels: [] });
  assertThrows(() => takeCensus(pieces("a 1\nb", 3)), SyntaxError, "ends within a line");
});
