import { assertEquals, assertThrows } from "@std/assert";
import { createSampleLine, scanSample } from "../../src/exposition/_sample_line.ts";
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

/** Pages that a server takes and of which something is left out, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  dup_series: "duplicate",
  dup_series_same_value: "duplicate",
  l13: "name",
  label_order_differs_dup: "duplicate",
  leading_space: "name",
  utf8_name_quoted: "name",
};

/**
 * Pages that server 2.42 refuses and a later one takes: the real parser of version 3 is asked by
 * `deno task fuzz:oracle`.
 */
const LATER: Readonly<Record<string, string>> = {
  leading_space: "",
  utf8_name_quoted: "",
};

/** An input as bytes; the one that is no text is recorded with U+00FF for the byte 0xFF. */
function oracleBytes({ name, input }: OracleCase): Uint8Array {
  if (name !== "invalid_utf8_label") return toBytes(input);
  return Uint8Array.from(input, (character) => character.charCodeAt(0));
}

Deno.test("scanSample() and all around it take what a server takes", () => {
  const { cases } = fixtureJson<{ cases: readonly OracleCase[] }>(
    "vectors/oracle_prometheus_2.42.json",
  );
  assertEquals(cases.length, 109);
  const textCases = cases.filter(({ contentType }) => !contentType?.includes("openmetrics"));
  // The others are for the strict reader of OpenMetrics: device pages are in the text format.
  assertEquals([textCases.length, cases.length - textCases.length], [95, 14]);
  const leftOut: Record<string, string> = {};
  const later: Record<string, string> = {};
  for (const oracle of textCases) {
    const { name } = oracle;
    let relayed: ReturnType<typeof relay> | undefined;
    let refusal = "";
    try {
      relayed = relay(oracleBytes(oracle), [["id", "1"]]);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      refusal = error.message;
    }
    if (relayed === undefined) {
      assertEquals(oracle.server_up, false, `${name}: ${refusal}`);
      continue;
    }
    const { text, openmetrics, dropped } = relayed;
    const families = assertSameSamples(text, openmetrics);
    const samples = families.reduce((sum, family) => sum + family.samples.length, 0);
    const cut = dropped.reduce((sum, one) => sum + one.samples, 0);
    if (cut > 0) leftOut[name] = dropped.map(({ reason }) => reason).join();
    if (oracle.server_up) assertEquals(samples + cut, oracle.samples, name);
    else later[name] = text.replace(/^#.*\n/gm, "");
  }
  assertEquals(leftOut, LEFT_OUT);
  assertEquals(later, LATER);
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
  return [cut(line.nameStart, line.nameEnd), labels, cut(line.valueStart, line.valueEnd)];
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
    // What no Go program writes, and a server takes all the same.
    ["a-1\n", ["a", [], "-1"]],
    ["a+.5\n", ["a", [], "+.5"]],
    ['a{x="1" y="2"} 1\n', ["a", [["x", "1"], ["y", "2"]], "1"]],
    ['a{x="1"y="2"}1\n', ["a", [["x", "1"], ["y", "2"]], "1"]],
    ['a{x="\\t\\d"} 1\n', ["a", [["x", "\\t\\d"]], "1"]],
    ['a{x="\n#\n"} 1\n', ["a", [["x", "\n#\n"]], "1"]],
    ['a{x="\r"} 1\n', ["a", [["x", "\r"]], "1"]],
    ['a{"x.y"="1",} 1\n', ["a", [["x.y", "1"]], "1"]],
    ['{"a.b"} 1\n', ["a.b", [], "1"]],
    ['{ "a" , x="1"} 1\n', ["a", [["x", "1"]], "1"]],
    ['{x="1","a\\"\n"}1\n', ['a\\"\n', [["x", "1"]], "1"]],
  ];
  for (const [text, expected] of table) assertEquals(sampleOf(text), expected);
});

Deno.test("scanSample() says what is wrong and what is wanted", () => {
  const table: readonly (readonly [string, string])[] = [
    ["1 1\n", "no metric name: `1 1`; wanted a name, a comment or an empty line"],
    ["\ufeffa 1\n", "no metric name: `\ufeffa 1`; wanted a name"],
    ['{x="1"} 1\n', 'no metric name: `{x="1"} 1`; wanted one in quotes'],
    ['a{"b"} 1\n', "a second metric name"],
    ['{"a","b"} 1\n', "a second metric name"],
    ["a-b 1\n", "the value is no number: `a-b 1`; wanted a decimal number"],
    ["a\n", "the value is no number"],
    ["a{,} 1\n", "no label name: `a{,} 1`; wanted a label name or }"],
    ['a{x="1",,} 1\n', "no label name"],
    ['a{0="1"} 1\n', "no label name"],
    ['a{x:y="1"} 1\n', 'no = after a label name: `a{x:y="1"} 1`; wanted ='],
    ["a{x=1} 1\n", 'a label value without quotes: `a{x=1} 1`; wanted a "'],
    ['a{"x" 1\n', "no = after a label name"],
    ['{"a\u0000"} 1\n', "a NUL in a name"],
    ['a{x="1\n', "a quoted text that does not end"],
    ['a{x="1\\', "a quoted text that does not end"],
    ['a{x="1\\\n"} 1\n', "a line feed after a backslash"],
    ['a{x="1\\\u0000\n"} 1\n', "a line feed after a backslash"],
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
