import { assertEquals, assertThrows } from "@std/assert";
import { DEFAULT_LIMITS, limitError } from "../../src/exposition/_limit.ts";
import { relay } from "../_support/relay.ts";

function repeat(count: number, line: (at: number) => string): string {
  return Array.from({ length: count }, (_, at) => line(at)).join("");
}

function labels(count: number, separator = ","): string {
  return Array.from({ length: count }, (_, at) => `x${String(at).padStart(3, "0")}="1"`)
    .join(separator);
}

/** A page of a number of bytes that holds a sample. */
function pageOf(bytes: number): string {
  return `# ${"x".repeat(bytes - 7)}\na 1\n`;
}

/** Each default limit: a page at it, one beyond it, what is said of that one. */
const ROWS: readonly (readonly [name: string, at: string, beyond: string, says: string])[] = [
  ["maxBytes", pageOf(2_097_152), pageOf(2_097_153), "2097153 bytes, at most 2097152"],
  [
    "maxLines",
    `${"\n".repeat(19_999)}a 1\n`,
    `${"\n".repeat(20_000)}a 1\n`,
    "20001 lines, at most 20000",
  ],
  [
    "maxSamples",
    repeat(10_000, (at) => `a{x="${at}"} 1\n`),
    repeat(10_001, (at) => `a{x="${at}"} 1\n`),
    "10001 samples, at most 10000",
  ],
  [
    "maxFamilies",
    repeat(200, (at) => `a${at} 1\n`),
    repeat(201, (at) => `a${at} 1\n`),
    "201 families, at most 200",
  ],
  // as Go programs write it, and with blanks, which is read by the general way
  [
    "maxLabels",
    `a{${labels(64)}} 1\n`,
    `a{${labels(65)}} 1\n`,
    "65 labels of a sample, at most 64",
  ],
  [
    "maxLabels",
    `a{${labels(64, " , ")}} 1\n`,
    `a{${labels(65, " , ")}} 1\n`,
    "65 labels of a sample, at most 64",
  ],
  [
    "maxLabelBytes",
    `a{x="${"1".repeat(4096)}"} 1\n`,
    `a{x="${"1".repeat(4097)}"} 1\n`,
    "4097 bytes of a label value, at most 4096",
  ],
  [
    "maxLabelBytes",
    `a{x = "${"1".repeat(4096)}"} 1\n`,
    `a{x = "${"1".repeat(4097)}"} 1\n`,
    "4097 bytes of a label value, at most 4096",
  ],
];

for (const [name, at, beyond, says] of ROWS) {
  const form = at.includes(" , ") || at.includes(" = ") ? ", with blanks" : "";
  Deno.test(`DEFAULT_LIMITS.${name} is taken whole and no step further${form}`, () => {
    const { text, dropped } = relay(at);
    assertEquals([dropped, /^a\d* 1$|^a\d*\{.*\} 1$/m.test(text)], [[], true]);
    const error = assertThrows(() => relay(beyond), RangeError);
    assertEquals(error.message, `Cannot take the page: ${says} are allowed`);
  });
}

Deno.test("DEFAULT_LIMITS has no limit that is not shown here on both sides", () => {
  assertEquals([...new Set(ROWS.map(([name]) => name))], Object.keys(DEFAULT_LIMITS));
});

Deno.test("Relabeler.relabel() takes the same labels by both of its ways at small limits", () => {
  for (const [open, between, is] of [["{", ",", "="], ["{ ", " , ", " = "]]) {
    const line = (values: readonly string[]) =>
      `a${open}${values.map((value, at) => `x${at}${is}"${value}"`).join(between)}} 1\n`;
    const limits = { maxLabels: 2, maxLabelBytes: 3 };
    assertEquals(relay(line(["123", "\\n1"]), [], { limits }).dropped, []);
    for (const values of [["1", "2", "3"], ["1234"], ["1", "\\n12"]]) {
      assertThrows(() => relay(line(values), [], { limits }), RangeError, "Cannot take the page: ");
    }
  }
});

Deno.test("limitError() names what there is too much of, how much, and how much may be", () => {
  const error = limitError("lines", 3, 2);
  assertEquals([error instanceof RangeError, error.message], [
    true,
    "Cannot take the page: 3 lines, at most 2 are allowed",
  ]);
});
