import { assert, assertEquals, assertThrows } from "@std/assert";
import { fixtureJson } from "./fixture.ts";
import { readText } from "./text_reader.ts";

interface OracleVectors {
  readonly cases: readonly {
    readonly name: string;
    readonly contentType: string | null;
    readonly input: string;
    readonly server_up: boolean;
    /** 0: fine; 3: read, with remarks on names and help; 1: not readable. */
    readonly promtool_exit: number | null;
  }[];
}

function isReadable(page: string | Uint8Array): boolean {
  try {
    readText(page);
    return true;
  } catch (error) {
    assert(error instanceof SyntaxError, String(error));
    return false;
  }
}

/** What promtool 2.42 read and we refuse. It refused nothing that we read. */
const PROMTOOL_IS_LAXER: Readonly<Record<string, string>> = {
  neg_timestamp: "the server refuses it",
  type_uppercase: "the server refuses it",
  dup_series: "series must be unique; the server drops one of them",
  dup_series_same_value: "series must be unique; the server drops one of them",
  label_order_differs_dup: "the order of labels does not make another series",
  interleaved_families: "all lines of a family stand in one group",
  leading_space: "the server takes the spaces for a part of the name",
  type_no_text: "the server refuses it",
  f25: "a sign before the timestamp: the server refuses it",
  h4: "two spaces before the type: the server refuses it",
};

Deno.test("readText() reads what promtool reads, but for rules that promtool does not check", () => {
  const { cases } = fixtureJson<OracleVectors>("vectors/oracle_prometheus_2.42.json");
  assertEquals(cases.length, 109);
  const pages = cases.filter(({ contentType }) =>
    !contentType?.startsWith("application/openmetrics-text")
  );
  assertEquals(pages.length, 95);
  const laxer = pages.filter(({ name, input, server_up, promtool_exit }) => {
    // The one input that is no text: the recording says U+00FF for the byte 0xFF.
    const page = name === "invalid_utf8_label"
      ? Uint8Array.from(input, (c) => c.charCodeAt(0))
      : input;
    const readable = isReadable(page);
    assert(!readable || promtool_exit !== 1, `Read, but refused by promtool: ${name}`);
    assert(!readable || server_up, `Read, but refused by the server: ${name}`);
    return promtool_exit !== 1 && !readable;
  });
  assertEquals(laxer.map(({ name }) => name), Object.keys(PROMTOOL_IS_LAXER));
});

Deno.test("readText() gives families with their samples as plain data", () => {
  const page = `# just a comment
#HELP a_total Lots "of" \\\\ and\\nmore.
#\tTYPE  a_total counter
a_total { x = "1\\"2" , y="" , } 1\t1700000000000

b +inf
`;
  assertEquals(readText(page), [
    {
      name: "a_total",
      type: "counter",
      help: 'Lots "of" \\ and\nmore.',
      samples: [{
        name: "a_total",
        labels: { x: '1"2', y: "" },
        value: 1,
        timestamp: 1_700_000_000_000,
      }],
    },
    { name: "b", type: "untyped", help: "", samples: [{ name: "b", labels: {}, value: Infinity }] },
  ]);
});

const HISTOGRAM =
  '# TYPE h histogram\nh_bucket{le="1"} 1\nh_bucket{le="+Inf"} 2\nh_sum 3\nh_count 2\n';
const SUMMARY = '# TYPE s summary\ns{quantile="0.5"} 1\ns{quantile="1"} NaN\ns_sum 3\ns_count 2\n';

Deno.test("readText() holds a page to the rules that promtool does not check", () => {
  const table: readonly (readonly [page: string, reason: string | undefined])[] = [
    [HISTOGRAM, undefined],
    [HISTOGRAM.replace("h_sum 3\n", ""), "no sum"],
    [HISTOGRAM.replace("h_count 2\n", ""), "no count"],
    [HISTOGRAM.replace("h_count 2\n", "h_count 3\n"), "count and \\+Inf bucket differ"],
    [HISTOGRAM.replace('h_bucket{le="+Inf"} 2\n', ""), "no \\+Inf bucket"],
    [HISTOGRAM.replace('le="1"} 1', 'le="1"} 3'), "not cumulative"],
    [HISTOGRAM.replace('le="1"', 'le="x"'), "without a bound"],
    [HISTOGRAM.replace('{le="1"}', ""), "without a bound"],
    [HISTOGRAM.replace('le="1"} 1', 'le="1"} 0.5'), "whole number"],
    [HISTOGRAM.replace("h_count", 'h_count{le="1"}'), "a sum or count with le"],
    [HISTOGRAM + "h 1\n", "no sample of this name"],
    [HISTOGRAM.replace("h_sum 3", "h_sum NaN"), undefined],
    [HISTOGRAM.replace('h_bucket{le="1"} 1\n', '$&h_bucket{le="0.5"} 1\n'), "le does not rise"],
    [HISTOGRAM + "# TYPE h_count gauge\n", "part of h"],
    ["# TYPE h_count gauge\nh_count 1\n" + HISTOGRAM, "h_count in two places"],
    [SUMMARY, undefined],
    [SUMMARY.replace("s_sum 3\ns_count 2\n", ""), undefined],
    [SUMMARY.replace('{quantile="1"}', ""), "no quantile of 0 to 1"],
    [SUMMARY.replace('"1"', '"1.01"'), "no quantile of 0 to 1"],
    [SUMMARY.replace('"1"', '"0.4"'), "quantile does not rise"],
    ["a 1\n# HELP a too late\n", "metadata after the samples"],
    ["# HELP a x\n# HELP b x\na 1\n", "family a in two places"],
    ['a{x=""} 1\na 1\n', "a series twice"],
    ["# HELP a it\\'s\n", "an escape that HELP does not know"],
    ['# HELP a \\"\n', "an escape that HELP does not know"],
    ["# HELP a \\\n", "an escape that HELP does not know"],
    ["# TYPE \na 1\n", "no metric name"],
    ["# TYPE\na 1\n", undefined],
    ["a 1 9223372036854775807\n", undefined],
    ["a 1 9223372036854775808\n", "64 bits"],
    ["a 1 1000 \n", "not a timestamp"],
    ["a+5\n", "not a metric name"],
    ['a{x="1" "} 1\n', "no comma"],
    ["\n \t\n", undefined],
  ];
  for (const [page, reason] of table) {
    if (reason === undefined) assert(isReadable(page), page);
    else {
      const { message } = assertThrows(() => readText(page), SyntaxError);
      assert(new RegExp(reason).test(message), `${page}${message}`);
    }
  }
});

Deno.test("readText() names the line of the fault", () => {
  assertThrows(
    () => readText("a 1\nb 2"),
    SyntaxError,
    "Cannot read line 2: no line feed at its end",
  );
});
