import { assert, assertEquals, assertThrows } from "@std/assert";
import { fixtureJson } from "./fixture.ts";
import { readOpenMetrics } from "./openmetrics_reader.ts";

interface ParserVectors {
  readonly cases: readonly {
    readonly name: string;
    readonly input: string;
    readonly shouldParse: boolean;
  }[];
}

interface OracleVectors {
  readonly cases: readonly {
    readonly name: string;
    readonly contentType: string | null;
    readonly input: string;
    readonly server_up: boolean;
  }[];
}

/** Whether the page is read; anything thrown but a SyntaxError fails the test. */
function isReadable(page: string): boolean {
  try {
    readOpenMetrics(page);
    return true;
  } catch (error) {
    assert(error instanceof SyntaxError, String(error));
    return false;
  }
}

Deno.test("readOpenMetrics() accepts and rejects exactly the cases of the OpenMetrics project", () => {
  const { cases } = fixtureJson<ParserVectors>("vectors/openmetrics_parsers.json");
  const wrong = cases.filter(({ input, shouldParse }) => isReadable(input) !== shouldParse);
  assertEquals(wrong.map(({ name }) => name), []);
  assertEquals(cases.filter(({ shouldParse }) => shouldParse).length, 44);
  assertEquals(cases.filter(({ shouldParse }) => !shouldParse).length, 167);
});

/** What a Prometheus 2.42 server took and the specification forbids. */
const SERVER_IS_LAXER: Readonly<Record<string, string>> = {
  om_counter_without_total: "a counter's sample ends in _total; the server never looks at it",
  om_type_with_total: "the name of a counter family is without _total",
  om_interleaved: "a family stands in one place; for the server metadata is a side matter",
  om_dup_TYPE: "TYPE once, and before the samples; for the server the last one wins",
};

Deno.test("readOpenMetrics() accepts only what a server accepts", () => {
  const { cases } = fixtureJson<OracleVectors>("vectors/oracle_prometheus_2.42.json");
  const pages = cases.filter(({ contentType }) =>
    contentType?.startsWith("application/openmetrics-text")
  );
  assertEquals(pages.length, 14);
  const laxer = pages.filter(({ input, server_up }) => {
    const readable = isReadable(input);
    assert(!readable || server_up, `Read, but refused by the server: ${input}`);
    return server_up && !readable;
  });
  assertEquals(laxer.map(({ name }) => name), Object.keys(SERVER_IS_LAXER));
});

Deno.test("readOpenMetrics() gives families with their samples as plain data", () => {
  const page = `# TYPE a counter
# HELP a Lots \\"of\\" \\\\ and\\nmore.
a_total{x="1\\"2",y=""} 1 12.5 # {id="z"} 0.5 3
# TYPE b_info gauge
b_info 1e3
c{__proto__="p"} NaN
# EOF
`;
  assertEquals(readOpenMetrics(page), [
    {
      name: "a",
      type: "counter",
      help: 'Lots "of" \\ and\nmore.',
      samples: [{ name: "a_total", labels: { x: '1"2', y: "" }, value: 1, timestamp: 12.5 }],
    },
    {
      name: "b_info",
      type: "gauge",
      help: "",
      samples: [{ name: "b_info", labels: {}, value: 1000 }],
    },
    {
      name: "c",
      type: "unknown",
      help: "",
      samples: [{ name: "c", labels: Object.fromEntries([["__proto__", "p"]]), value: NaN }],
    },
  ]);
});

Deno.test("readOpenMetrics() decides what the cases of the project leave open", () => {
  const table: readonly (readonly [page: string, reason: string | undefined])[] = [
    // Without a timestamp a repeat cannot be a rounded one, as client_python would have it.
    ["a 1\na 1\n# EOF\n", "a series twice"],
    ['a{x="1",y="2"} 1\na{y="2",x="1"} 1\n# EOF\n', "a series twice"],
    // A label without a value is one that is not there.
    ['a{x=""} 1\na 1\n# EOF\n', "a series twice"],
    ["# TYPE a info\na_info 1\na_info 1\n# EOF\n", "a series twice"],
    ["a 1e400\n# EOF\n", "not a number"],
    ["a 1 1e400\n# EOF\n", "not a timestamp"],
    ['a{__name__="b"} 1\n# EOF\n', "__name__"],
    // Reserved, says the text, but its grammar, client_python and the server take it.
    ['a{_b="1",__c="2"} 1\n# EOF\n', undefined],
    ["# TYPE a_total gauge\na_total 1\n# EOF\n", undefined],
    ["# TYPE a_total gauge\na_total 1\n# TYPE a counter\na_total 1\n# EOF\n", "a_total is taken"],
    ["# TYPE a gauge\na 1\n# TYPE a counter\na_total 1\n# EOF\n", "metadata after the samples"],
    ["# TYPE a gauge\na 1\nb 1\n# TYPE a counter\na_total 1\n# EOF\n", "name a is taken"],
    ["a 1\r\n# EOF\n", "not a number"],
    ["\uFEFFa 1\n# EOF\n", "not a sample"],
    ['a{x="\ud800"} 1\n# EOF\n', "lone surrogate"],
    ["# EOF\n", undefined],
    ["# EOF\n\n", "not # EOF"],
    ['# TYPE a histogram\na_bucket{le="1"} 0.5\na_bucket{le="+Inf"} 1\n# EOF\n', "whole number"],
  ];
  for (const [page, reason] of table) {
    if (reason === undefined) assert(isReadable(page), page);
    else {
      const { message } = assertThrows(() => readOpenMetrics(page), SyntaxError);
      assert(new RegExp(reason).test(message), `${page}${message}`);
    }
  }
});

Deno.test("readOpenMetrics() keeps the first sample of a series for each timestamp", () => {
  const [family] = readOpenMetrics("# TYPE a gauge\na 1 0\na 2 0\na 3 5\na 4 5\n# EOF\n");
  assertEquals(family?.samples, [
    { name: "a", labels: {}, value: 1, timestamp: 0 },
    { name: "a", labels: {}, value: 3, timestamp: 5 },
  ]);
});

Deno.test("readOpenMetrics() names the line of the fault", () => {
  assertThrows(
    () => readOpenMetrics("a 1\nb x\n# EOF\n"),
    SyntaxError,
    'Cannot read line 2: not a number: "b x"',
  );
});

Deno.test("readOpenMetrics() refuses bytes that are not UTF-8", () => {
  const page = new TextEncoder().encode('a{x="?"} 1\n# EOF\n');
  assertEquals(readOpenMetrics(page).length, 1);
  page[page.indexOf("?".charCodeAt(0))] = 0xff;
  assertThrows(() => readOpenMetrics(page), SyntaxError, "not UTF-8");
});
