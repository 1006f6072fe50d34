import { assertEquals, assertThrows } from "@std/assert";
import {
  createSampleLine,
  findInvalidUtf8,
  overflows,
  readNumber,
  refuse,
  scanMeta,
  scanNumber,
  scanSample,
} from "../../src/exposition/parse.ts";
import { fixtureJson } from "../_support/fixture.ts";
import { relay, toBytes } from "../_support/relay.ts";
import { assertSameSamples } from "../_support/same_samples.ts";

interface OracleCase {
  readonly name: string;
  readonly contentType: string | null;
  readonly input: string;
  readonly server_up: boolean;
  readonly samples: number;
}

/** Pages that a server takes and we do not. */
const REFUSED: Readonly<Record<string, string>> = {
  no_final_newline: "a page that was cut off may end with a cut number",
  dup_series: "two values for one series: one of them would be dropped with a warning",
  dup_series_same_value: "the same, even if nobody would see it",
  label_order_differs_dup: "the same series in another spelling",
  dup_TYPE: "promtool refuses it",
  conflicting_TYPE: "promtool refuses it; the samples could not be told apart",
  type_after_sample: "promtool refuses it",
  dup_HELP: "promtool refuses it",
  bad_escape_in_label: "promtool refuses it; readers disagree about the backslash",
  raw_newline_in_label: "promtool refuses it; OpenMetrics cannot say it",
  l8: "promtool refuses labels without a comma",
  l16: "promtool refuses it; readers disagree about the backslash",
  h1: "promtool refuses it; readers disagree about the backslash",
};

/** An input as bytes; the one that is no text is recorded with U+00FF for the byte 0xFF. */
function oracleBytes({ name, input }: OracleCase): Uint8Array {
  if (name !== "invalid_utf8_label") return toBytes(input);
  return Uint8Array.from(input, (character) => character.charCodeAt(0));
}

Deno.test("scanSample() and all around it take only what a server takes", () => {
  const { cases } = fixtureJson<{ cases: readonly OracleCase[] }>(
    "vectors/oracle_prometheus_2.42.json",
  );
  assertEquals(cases.length, 109);
  const textCases = cases.filter(({ contentType }) => !contentType?.includes("openmetrics"));
  // The others are for the strict reader of OpenMetrics: device pages are in the text format.
  assertEquals([textCases.length, cases.length - textCases.length], [95, 14]);
  const refused: string[] = [];
  for (const oracle of textCases) {
    let text: string;
    try {
      const relayed = relay(oracleBytes(oracle), [["id", "1"]]);
      text = relayed.text;
      const families = assertSameSamples(text, relayed.openmetrics);
      const samples = families.reduce((sum, family) => sum + family.samples.length, 0);
      assertEquals([oracle.server_up, samples], [true, oracle.samples], oracle.name);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      if (oracle.server_up) refused.push(oracle.name);
    }
  }
  assertEquals(refused, Object.keys(REFUSED));
});

function sampleOf(text: string) {
  const page = toBytes(text);
  const line = createSampleLine();
  scanSample(page, 0, line);
  const cut = (from: number | undefined, to: number | undefined) => text.slice(from, to);
  const labels: (readonly [string, string])[] = [];
  for (let at = 0; at < line.labelCount * 4; at += 4) {
    const [name, nameEnd, value, valueEnd] = line.labels.slice(at, at + 4);
    labels.push([cut(name, nameEnd), cut(value, valueEnd)]);
  }
  assertEquals(line.next, text.length);
  return [cut(0, line.nameEnd), labels, cut(line.valueStart, line.valueEnd)];
}

Deno.test("scanSample() reads any spelling", () => {
  const table: readonly (readonly [string, ReturnType<typeof sampleOf>])[] = [
    ["a 1\n", ["a", [], "1"]],
    ["a:b\t1\t\n", ["a:b", [], "1"]],
    ["a{}1\n", ["a", [], "1"]],
    ['a{x="1"} 1\n', ["a", [["x", "1"]], "1"]],
    ['a { x = "1" , y="2" , } \t 1 \n', ["a", [["x", "1"], ["y", "2"]], "1"]],
    ['a{x="}#,= "} 1\n', ["a", [["x", "}#,= "]], "1"]],
    ['a{x="\\\\\\"\\n"} 1\n', ["a", [["x", '\\\\\\"\\n']], "1"]],
    ['a{x=""} 1 1700000000000\n', ["a", [["x", ""]], "1"]],
    ['a{x="\t\u0000"} 1 0009223372036854775807 \n', ["a", [["x", "\t\u0000"]], "1"]],
  ];
  for (const [text, expected] of table) assertEquals(sampleOf(text), expected);
});

Deno.test("scanSample() says what is wrong and what is wanted", () => {
  const table: readonly (readonly [string, string])[] = [
    ["1 1\n", "no metric name: `1 1`; wanted a name, a comment or an empty line"],
    ["\ufeffa 1\n", "no metric name: `\ufeffa 1`; wanted a name"],
    ['{"a"} 1\n', 'no metric name: `{"a"} 1`; wanted a name'],
    ["a-b 1\n", "a wrong character after the metric name: `a-b 1`; wanted a label list or a blank"],
    ["a\n", "a wrong character after the metric name: `a`"],
    ["a{,} 1\n", "no label name: `a{,} 1`; wanted a label name or }"],
    ['a{x="1",,} 1\n', "no label name"],
    ['a{0="1"} 1\n', "no label name"],
    ['a{x:y="1"} 1\n', 'no = after a label name: `a{x:y="1"} 1`; wanted ='],
    ["a{x=1} 1\n", 'a label value without quotes: `a{x=1} 1`; wanted a "'],
    ['a{x="1" y="2"} 1\n', "labels without a comma"],
    ['a{x="1\n', "a label value that does not end"],
    ['a{x="1\\\n', "an undefined escape in a label value"],
    ['a{x="\\t"} 1\n', 'an undefined escape in a label value: `a{x="\\t"} 1`; wanted \\\\, \\"'],
    ['a{x="\r"} 1\n', "a carriage return"],
    ["a 1\r\n", "the value is no number"],
    ["a{} \n", "the value is no number"],
    ["a 1e400\n", "the value is out of range: `a 1e400`; wanted a number below 1.8e308"],
    ["a 1 -5\n", "a wrong timestamp or text after the value: `a 1 -5`; wanted milliseconds"],
    ["a 1 +5\n", "a wrong timestamp"],
    ["a 1 1.5\n", "a wrong timestamp"],
    ["a 1 5 5\n", "a wrong timestamp"],
    ["a 1 9223372036854775808\n", "a wrong timestamp"],
    ['a_total 1 # {t="1"} 1\n', "a wrong timestamp"],
  ];
  for (const [text, message] of table) {
    assertThrows(() => sampleOf(text), SyntaxError, `Cannot read line 1: ${message}`);
  }
});

Deno.test("scanMeta() reads metadata and comments", () => {
  const meta = (text: string) => {
    const { next, ...rest } = scanMeta(toBytes(text), 0);
    assertEquals(next, toBytes(text).length);
    return rest;
  };
  for (
    const comment of [
      "#\n",
      "# x\n",
      "#HELP a x\n",
      "# HELPa x\n",
      "# EOF\n",
      "# UNIT a s\n",
      "# \n",
    ]
  ) assertEquals(meta(comment), { kind: "comment" });
  assertEquals(meta("# HELP a\n"), { kind: "help", name: "a", help: "" });
  assertEquals(meta("# HELP a \n"), { kind: "help", name: "a", help: "" });
  assertEquals(meta('# HELP a  é"\\\\n\\n \n'), { kind: "help", name: "a", help: 'é"\\n\n ' });
  assertEquals(meta("#\tTYPE\ta\tcounter\n"), { kind: "type", name: "a", type: "counter" });
  for (const type of ["gauge", "histogram", "summary", "untyped"] as const) {
    assertEquals(meta(`# TYPE a ${type}\n`), { kind: "type", name: "a", type });
  }
});

Deno.test("scanMeta() refuses metadata that a server or promtool refuses", () => {
  const table: readonly (readonly [string, string])[] = [
    ["# TYPE a\n", "an unknown TYPE: `# TYPE a`; wanted counter, gauge"],
    ["# TYPE a Gauge\n", "an unknown TYPE"],
    ["# TYPE a  gauge\n", "an unknown TYPE"],
    ["# TYPE a gauge \n", "an unknown TYPE"],
    ["# TYPE a gauge histogram\n", "an unknown TYPE"],
    ["# TYPE a unknown\n", "an unknown TYPE"],
    ["# TYPE 1 gauge\n", "no metric name after TYPE"],
    ["# HELP \n", "no metric name after HELP"],
    ["# HELP a-b x\n", "the metric name goes on with a wrong character"],
    ["# HELP a \\t\n", "an undefined escape in a HELP text"],
    ["# HELP a x\\\n", "an undefined escape in a HELP text"],
    ["# x\r\n", "a carriage return"],
    ["# x\u0000y\n", "a NUL outside a label value"],
  ];
  for (const [text, message] of table) {
    assertThrows(() => scanMeta(toBytes(text), 0), SyntaxError, message);
  }
});

Deno.test("scanNumber() knows the numbers of Go without its further spellings", () => {
  const good = [
    "0",
    "-0",
    "+5",
    ".5",
    "5.",
    "1e5",
    "1E-05",
    "00",
    "inf",
    "+Inf",
    "-INFINITY",
    "nan",
  ];
  const bad = ["", "+", ".", "-.e1", "1e", "1e+", "e5", "+nan", "-NaN", "infin", "x", "ınf"];
  // What follows the number is not its business: 0x1 is 0 with something after it.
  const cut: readonly (readonly [string, number])[] = [["0x1", 1], ["1_0", 1], ["1,5", 1], [
    "1e5.",
    3,
  ]];
  for (const text of good) assertEquals(scanNumber(toBytes(`${text}\n`), 0), text.length, text);
  for (const text of bad) assertEquals(scanNumber(toBytes(`${text}\n`), 0), -1, text);
  for (const [text, end] of cut) assertEquals(scanNumber(toBytes(`${text}\n`), 0), end, text);
});

Deno.test("overflows() finds digits that no double can hold", () => {
  const is = (text: string) => overflows(toBytes(text), 0, text.length);
  const nines = (count: number) => "9".repeat(count);
  const good = [
    "1.7976931348623157e308",
    "1e-400",
    "0e999",
    "1e0099",
    nines(308),
    `${nines(190)}e99`,
  ];
  const bad = ["1.7976931348623159e308", "-1e400", "1e0400", nines(400), `${nines(290)}e99`];
  assertEquals(good.filter(is), []);
  assertEquals(bad.filter((text) => !is(text)), []);
});

Deno.test("readNumber() gives the double", () => {
  const table: readonly (readonly [string, number])[] = [
    ["NaN", NaN],
    ["inf", Infinity],
    ["+Infinity", Infinity],
    ["-Inf", -Infinity],
    ["1E3", 1000],
    ["5.", 5],
  ];
  for (const [text, value] of table) assertEquals(readNumber(text), value);
});

Deno.test("findInvalidUtf8() names the start of the line", () => {
  const line = (...bytes: readonly number[]) => Uint8Array.of(0x61, 0x0a, 0x62, ...bytes, 0x0a);
  assertEquals(findInvalidUtf8(toBytes("é\n😀\n")), -1);
  const wrong = [[0xff], [0xc3], [0xed, 0xa0, 0x80], [0xc0, 0x80], [0xf5, 0x80, 0x80, 0x80], [
    0x80,
  ]];
  for (const bytes of wrong) assertEquals(findInvalidUtf8(line(...bytes)), 2);
});

Deno.test("refuse() counts lines and shows 120 characters", () => {
  const page = toBytes(`a 1\n\n${"é".repeat(121)}\nb 1\n`);
  assertThrows(
    () => refuse(page, 8, "something", "another"),
    SyntaxError,
    `Cannot read line 3: something: \`${"é".repeat(120)}…\`; wanted another`,
  );
  assertThrows(() => refuse(page, 0, "x", "y"), SyntaxError, "line 1: x: `a 1`; wanted y");
});
