import { assert, assertEquals, assertThrows } from "@std/assert";
import { OpenMetricsConverter, textOfOpenMetrics } from "../../src/exposition/openmetrics_page.ts";
import { fixtureJson, fixtureText } from "../_support/fixture.ts";
import { relay, toBytes } from "../_support/relay.ts";
import { Dice } from "../fuzz/_dice.ts";
import { oddPage } from "../fuzz/_odd_page.ts";

function textOf(page: string): string {
  return new TextDecoder().decode(textOfOpenMetrics(toBytes(page)));
}

Deno.test("textOfOpenMetrics() writes each type as the text format has it", () => {
  const table: readonly (readonly [page: string, text: string])[] = [
    [
      "# TYPE a counter\n# HELP a x\na_total 1\n",
      "# TYPE a_total counter\n# HELP a_total x\na_total 1\n",
    ],
    [
      "# HELP a x\n# TYPE a counter\na_total 1\n",
      "# HELP a_total x\n# TYPE a_total counter\na_total 1\n",
    ],
    ["# TYPE a_total counter\na_total 1\n", "# TYPE a_total counter\na_total 1\n"],
    ["# TYPE a gauge\na 1\n", "# TYPE a gauge\na 1\n"],
    ["# TYPE a unknown\na 1\n", "# TYPE a untyped\na 1\n"],
    ["# TYPE a info\na_info 1\n", "# TYPE a_info gauge\na_info 1\n"],
    ['# TYPE a stateset\na{a="b"} 1\n', '# TYPE a gauge\na{a="b"} 1\n'],
    ["# TYPE a gaugehistogram\na_gsum 1\n", "# TYPE a_bucket untyped\na_gsum 1\n"],
    ["# HELP a x\na 1\n", "a 1\n# HELP a x\n"],
    ['# TYPE a gauge\n# HELP a \\"\\\\\\n\n', '# TYPE a gauge\n# HELP a "\\\\\\n\n'],
    ['# TYPE "a.b" gauge\n{"a.b"} 1\n', '{"a.b"} 1\n'],
    ["# TYPE a_s gauge\n# UNIT a_s s\na_s 1\n", "# TYPE a_s gauge\na_s 1\n"],
  ];
  for (const [page, text] of table) {
    assertEquals(textOf(`${page}# EOF\n`), text);
    assertEquals(textOf(`${page}# EOF`), text);
  }
  assertEquals([textOf(""), textOf("# EOF\n")], ["", ""]);
});

Deno.test("textOfOpenMetrics() leaves out timestamps and exemplars", () => {
  const lines: readonly (readonly [line: string, text: string])[] = [
    ["a 1 1.5", "a 1"],
    ['a{b="c"} 1 -1e3', 'a{b="c"} 1'],
    ['a_total 1 # {t="1"} 0.5', "a_total 1"],
    ["a_total 1 2 # {} 0.5 1e3", "a_total 1"],
    ['a{b=" # {",} 1 # {t="1",} 1', 'a{b=" # {",} 1'],
  ];
  for (const [line, text] of lines) assertEquals(textOf(`${line}\nb 2\n# EOF\n`), `${text}\nb 2\n`);
});

Deno.test("textOfOpenMetrics() refuses what a server refuses", () => {
  const table: readonly (readonly [page: string, message: string])[] = [
    ["a 1\n", "line 1: the page ends without # EOF"],
    ["a 1\n# EOF\n\n", "line 2: text after # EOF"],
    ["\n# EOF\n", "line 1: no metric name"],
    ["# a\n# EOF\n", "line 1: a comment"],
    ["#TYPE a gauge\n# EOF\n", "line 1: a comment"],
    ["# TYPE a untyped\n# EOF\n", "line 1: an unknown TYPE"],
    ["# TYPE a\n# EOF\n", "line 1: metadata without a text"],
    ["# TYPE  a gauge\n# EOF\n", "line 1: no metric name"],
    ["# UNIT a s\n# EOF\n", "line 1: a UNIT that is no suffix"],
    ["# UNIT as s\n# EOF\n", "line 1: a UNIT that is no suffix"],
    [" a 1\n# EOF\n", "line 1: no metric name"],
    ["a  1\n# EOF\n", "line 1: the value is no number"],
    ["a\t1\n# EOF\n", "line 1: no blank before the value"],
    ["a 1 \n# EOF\n", "line 1: the timestamp is no number"],
    ["a 1 NaN\n# EOF\n", "line 1: a timestamp that is not finite"],
    ["a 1 2 3\n# EOF\n", "line 1: text behind the sample"],
    ['a{b="c" ,} 1\n# EOF\n', "line 1: labels without a comma"],
    ['a{b="c"d="e"} 1\n# EOF\n', "line 1: labels without a comma"],
    ['a{b="\n"} 1\n# EOF\n', "line 1: a line feed in a label value"],
    ['a{"b"} 1\n# EOF\n', "line 1: a second metric name"],
    ['{b="c"} 1\n# EOF\n', "line 1: no metric name"],
    ['a 1 # {b="c"}\n# EOF\n', "line 1: no blank before the exemplar's value"],
    ['a 1 # {"b"} 1\n# EOF\n', "line 1: a second metric name"],
    ['a 1 # {b="\n"} 1\n# EOF\n', "line 1: a line feed in a label value"],
    ['a 1 # {b="c"} 1 Inf\n# EOF\n', "line 1: an exemplar's timestamp that is not finite"],
  ];
  for (const [page, message] of table) {
    assertThrows(() => textOf(page), SyntaxError, `Cannot read ${message}`);
  }
});

Deno.test("textOfOpenMetrics() stops at the most lines", () => {
  const pages = ["a 1\nb 1\n", "# HELP a b\n# HELP a b\n", "# TYPE a gauge\na 1 # {} 1\n"];
  for (const page of pages) {
    const bytes = toBytes(`${page}# EOF\n`);
    assertEquals(textOfOpenMetrics(bytes, 3), textOfOpenMetrics(bytes));
    assertThrows(() => textOfOpenMetrics(bytes, 2), RangeError, "3 lines, at most 2 are allowed");
  }
  const most = "a 1\n".repeat(19_999);
  assertEquals(textOf(`${most}# EOF\n`), most);
  assertThrows(() => textOf(`a 1\n${most}# EOF\n`), RangeError, "20001 lines");
});

Deno.test("textOfOpenMetrics() takes the valid pages of the OpenMetrics project", () => {
  const { cases } = fixtureJson<
    { cases: readonly { name: string; input: string; shouldParse: boolean }[] }
  >("vectors/openmetrics_parsers.json");
  assertEquals(cases.length, 211);
  const refused = cases.filter(({ shouldParse }) => shouldParse).filter(({ input }) => {
    try {
      relay(textOfOpenMetrics(toBytes(input)));
      return false;
    } catch {
      return true;
    }
  });
  // Prometheus reads neither: decided by `deno task fuzz:oracle`.
  assertEquals(refused.map(({ name }) => name), []);
});

Deno.test("textOfOpenMetrics() gives a real page back", () => {
  const page = fixtureText("pages/usermetrics-peer-relay-server.txt");
  const { text, openmetrics } = relay(page, [["id", "1"]]);
  assert(openmetrics.includes("# TYPE tailscaled_inbound_bytes counter\n"));
  assertEquals(relay(textOfOpenMetrics(toBytes(openmetrics))).text, text);
});

/** What comes of a page read in steps of a number of bytes. */
function convertBy(page: Uint8Array, bytes: () => number): string {
  try {
    const converter = new OpenMetricsConverter(page);
    while (!converter.advance(bytes()));
    return new TextDecoder().decode(converter.finish());
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
    return error.message;
  }
}

Deno.test("OpenMetricsConverter.advance() gives the same in steps of any length", () => {
  const dice = new Dice(1);
  for (let seed = 0; seed < 4_000; seed++) {
    const { page } = oddPage(new Dice(seed));
    const wanted = convertBy(page, () => Infinity);
    assertEquals(convertBy(page, () => 1), wanted);
    assertEquals(convertBy(page, () => 1 + dice.below(300)), wanted);
  }
});

Deno.test("OpenMetricsConverter.advance() does little in each step", () => {
  const lines = Array.from({ length: 3_000 }, (_, at) => `# HELP f${at} ${at}\n`).join("");
  const page = toBytes(`${lines}a 1 2\n# EOF\n`);
  const converter = new OpenMetricsConverter(page);
  let steps = 0;
  while (!converter.advance(1_024)) steps += 1;
  // One for each KiB read, and then for each KiB of texts that waited for a TYPE.
  assert(steps >= 2 * page.length / 1_100, `${steps} steps of ${page.length} bytes`);
  assertEquals(converter.finish().length, page.length - "# EOF\n".length - " 2".length);
});

Deno.test("textOfOpenMetrics() refuses a line that is too long, where limits are raised", () => {
  const long = "x".repeat(2 * 1024 * 1024);
  for (const page of [`# HELP a ${long}\n# EOF\n`, `a{x="${long}"} 1\n# EOF\n`, `# HELP ${long}`]) {
    assertThrows(() => textOfOpenMetrics(toBytes(`b 1\n${page}`)), RangeError, "bytes of a line");
  }
  const fitting = `b 1\n# HELP a ${long.slice(20)}\n`;
  assertEquals(textOfOpenMetrics(toBytes(`${fitting}# EOF\n`)).length, fitting.length);
});
