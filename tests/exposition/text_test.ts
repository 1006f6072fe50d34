import { assert, assertEquals, assertMatch } from "@std/assert";
import fc from "fast-check";
import type { Label } from "../../src/exposition/family.ts";
import {
  escapeHelp,
  escapeLabelValue,
  formatBound,
  formatValue,
  renderLabels,
  textHeader,
} from "../../src/exposition/text.ts";
import { parseNumber } from "../_support/read_family.ts";
import { readText } from "../_support/text_reader.ts";

Deno.test("escapeLabelValue() escapes backslash, quote and line feed, and nothing else", () => {
  const table: readonly (readonly [value: string, escaped: string])[] = [
    ["", ""],
    ["plain", "plain"],
    ["C:\\dir", "C:\\\\dir"],
    ['say "hi"', 'say \\"hi\\"'],
    ["two\nlines", "two\\nlines"],
    ["\\n", "\\\\n"],
    ['\\"\n', '\\\\\\"\\n'],
    ["\t\r\0\u007f{},=#", "\t\r\0\u007f{},=#"],
    ["\uFEFFmünchen ☃ \u{1F600}", "\uFEFFmünchen ☃ \u{1F600}"],
    ["lone \ud800 surrogate", "lone \ufffd surrogate"],
  ];
  for (const [value, escaped] of table) assertEquals(escapeLabelValue(value), escaped);
});

Deno.test("escapeHelp() leaves out blanks at the start, and all of a blank text", () => {
  assertEquals(escapeHelp(" \t a  b "), "a  b ");
  assertEquals(escapeHelp(" \t"), "");
});

Deno.test("escapeHelp() leaves a quote bare", () => {
  assertEquals(escapeHelp('a "b" \\c\nd \udc00\r'), 'a "b" \\\\c\\nd \ufffd\r');
});

Deno.test("formatValue() writes the shortest text that Go reads as the same number", () => {
  const table: readonly (readonly [value: number, text: string])[] = [
    [0, "0"],
    [-0, "0"],
    [1, "1"],
    [-1.5, "-1.5"],
    [0.1 + 0.2, "0.30000000000000004"],
    [1e6, "1000000"],
    [1_700_000_000_000, "1700000000000"],
    [Number.MAX_SAFE_INTEGER, "9007199254740991"],
    [2 ** 53, "9007199254740992"],
    [1e21, "1e+21"],
    [1e-7, "1e-7"],
    [Number.MAX_VALUE, "1.7976931348623157e+308"],
    [Number.MIN_VALUE, "5e-324"],
    [NaN, "NaN"],
    [Infinity, "+Inf"],
    [-Infinity, "-Inf"],
  ];
  for (const [value, text] of table) assertEquals(formatValue(value), text);
});

Deno.test("formatValue() gives back every double but negative zero", () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      const text = formatValue(value);
      // Adding 0 makes 0 of -0.
      assert(Object.is(parseNumber(text), value + 0), text);
      if (Number.isFinite(value)) assert(Object.is(Number(text), value + 0), text);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("formatBound() writes the canonical numbers of OpenMetrics", () => {
  // The tables of the specification.
  const canonical = ("1e-10 1e-09 1e-08 1e-07 1e-06 1e-05 0.0001 0.001 0.01 0.1 1.0 10.0 100.0 " +
    "1000.0 10000.0 100000.0 1e+06 1e+07 1e+08 1e+09 1e+10 " +
    "0.0 0.005 0.025 0.25 2.5 12.5 1.234567e+06 1e+100 5e-324 -1.0 +Inf -Inf").split(" ");
  for (const text of canonical) {
    assertEquals(formatBound(parseNumber(text) ?? NaN), text);
  }
  assertEquals(formatBound(-0), "0.0");
});

Deno.test("formatBound() gives back every bound, and always with a point or an exponent", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), (bound) => {
      const text = formatBound(bound);
      assert(Object.is(parseNumber(text), bound + 0), text);
      assertMatch(text, /^(?:[+-]Inf|-?\d+\.\d+|-?\d(?:\.\d+)?e[+-]\d{2,3})$/);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("renderLabels() joins labels in the order given", () => {
  assertEquals(renderLabels([]), "");
  assertEquals(renderLabels([["a", "1"]]), 'a="1"');
  assertEquals(renderLabels([["b", ""], ["a", '"\n']]), 'b="",a="\\"\\n"');
});

Deno.test("renderLabels() is read back as it was, whatever the values", () => {
  const value = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom(...'\\"\n,={}a') }),
  );
  fc.assert(fc.property(fc.array(value, { maxLength: 4 }), (values) => {
    const labels: readonly Label[] = values.map((text, index) => [`l${index}`, text]);
    const [family] = readText(`a{${renderLabels(labels)}} 1\n`);
    assertEquals(
      Object.entries(family?.samples[0]?.labels ?? {}),
      labels.map((label) => [...label]),
    );
  }));
});

Deno.test("textHeader() writes HELP, then TYPE", () => {
  assertEquals(
    textHeader({ name: "a_total", type: "counter", help: 'Lots of "a"\nand \\b.' }),
    '# HELP a_total Lots of "a"\\nand \\\\b.\n# TYPE a_total counter\n',
  );
  assertEquals(textHeader({ name: "b", type: "untyped", help: "" }), "# TYPE b untyped\n");
});

Deno.test("textHeader() is read back as it was, whatever the help", () => {
  // Blanks before the help belong to the line, not to the help.
  const help = fc.string({ unit: "binary" }).filter((text) => !/^[ \t]/.test(text));
  fc.assert(fc.property(help, (help) => {
    assertEquals(readText(textHeader({ name: "a", type: "gauge", help })), [
      { name: "a", type: "gauge", help, samples: [] },
    ]);
  }));
});
