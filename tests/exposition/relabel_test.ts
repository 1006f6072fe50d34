import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import type { Label } from "../../src/exposition/family.ts";
import { Section } from "../../src/page/mod.ts";
import { type PageLimits, Relabeler } from "../../src/exposition/relabel.ts";
import { fixtureText } from "../_support/fixture.ts";
import { mutatedPage } from "../_support/mutate.ts";
import { relay, relayAll, toBytes } from "../_support/relay.ts";
import { assertSameSamples } from "../_support/same_samples.ts";
import { readText } from "../_support/text_reader.ts";

const OWN: readonly Label[] = [["device_id", "7"], ["device_name", 'n"é']];
const PAGE_NAMES = ["after-derp", "cut-off-node", "peer-relay-server"] as const;

/** The sample lines of a page relayed without labels of ours, or with these. */
function lines(page: string, labels: readonly Label[] = []): string {
  const relayed = relay(page, labels);
  assertSameSamples(relayed.text, relayed.openmetrics);
  return relayed.text.replace(/^#.*\n/gm, "");
}

Deno.test("Relabeler.relabel() adds our labels to every sample of a real page, and no more", () => {
  for (const name of PAGE_NAMES) {
    const page = fixtureText(`pages/usermetrics-${name}.txt`);
    const relayed = relay(page, OWN);
    const families = assertSameSamples(relayed.text, relayed.openmetrics);
    const expected = readText(page).filter(({ samples }) => samples.length > 0).map((family) => ({
      ...family,
      samples: family.samples.map((sample) => ({
        ...sample,
        labels: { ...Object.fromEntries(OWN), ...sample.labels },
      })),
    }));
    assertEquals(families, expected);
    assert(families.length >= 9);
    assertEquals(relayed.dropped, []);
  }
});

Deno.test("Relabeler.relabel() writes one spelling, and the value as it came", () => {
  const page = `a { x = "1" ,y="2", } 18446744073709551615 1700000000000
# a comment

b\t+1E5\t
c{}.5
d{z="}\\\\\\"\\n\t\u0000é"} -0
`;
  assertEquals(
    lines(page),
    'a{x="1",y="2"} 18446744073709551615\nb +1E5\nc .5\nd{z="}\\\\\\"\\n\t\u0000é"} -0\n',
  );
  assertEquals(
    lines(page, OWN),
    `a{device_id="7",device_name="n\\"é",x="1",y="2"} 18446744073709551615
b{device_id="7",device_name="n\\"é"} +1E5
c{device_id="7",device_name="n\\"é"} .5
d{device_id="7",device_name="n\\"é",z="}\\\\\\"\\n\t\u0000é"} -0
`,
  );
});

Deno.test("Relabeler.relabel() renames the device's labels that have our names", () => {
  const own: readonly Label[] = [["id", "7"]];
  assertEquals(lines('a{id="x"} 1\n', own), 'a{id="7",exported_id="x"} 1\n');
  assertEquals(
    lines('a{exported_id="y",id="x"} 1\n', own),
    'a{id="7",exported_id="y",exported_exported_id="x"} 1\n',
  );
  assertEquals(
    lines('a{id="x"} 1\n', [["id", "7"], ["exported_id", "8"]]),
    'a{id="7",exported_id="8",exported_exported_id="x"} 1\n',
  );
  // Same length as ours, but not ours.
  assertEquals(lines('a{ix="x"} 1\n', own), 'a{id="7",ix="x"} 1\n');
});

Deno.test("Relabeler.relabel() leaves out labels without a value, the device's and ours", () => {
  assertEquals(lines('a{x="",y="1",z=""} 1\nb{x=""} 2\n'), 'a{y="1"} 1\nb 2\n');
  assertEquals(lines('a{id="",x=""} 1\n', [["id", ""], ["name", "n"]]), 'a{name="n"} 1\n');
});

Deno.test("Relabeler.relabel() puts families together, metadata in any order", () => {
  const page = `# TYPE b counter
# HELP b second
b{x="1"} 1
# HELP a first
a 1
b{x="0"} 2
# TYPE c gauge
c 3
# HELP c late
b{x="2"} 3
`;
  assertEquals(
    relay(page).text,
    `# HELP b second
# TYPE b counter
b{x="1"} 1
b{x="0"} 2
b{x="2"} 3
# HELP a first
# TYPE a untyped
a 1
# HELP c late
# TYPE c gauge
c 3
`,
  );
});

Deno.test("Relabeler.relabel() puts families in the table's order", () => {
  const { text } = relayAll([["a 1\nb 1\nc 1\n", [["id", "1"]]], ["c 2\na 2\n", [["id", "2"]]]]);
  assertEquals(
    text.replace(/^#.*\n/gm, ""),
    'a{id="1"} 1\na{id="2"} 2\nb{id="1"} 1\nc{id="1"} 1\nc{id="2"} 2\n',
  );
});

Deno.test("Relabeler.relabel() takes the first sample of a series, in whatever spelling", () => {
  // The samples that are left out have the value 99.
  const table: readonly string[] = [
    "a 1\na 99\n",
    "a 1 1000\na 99 2000\n",
    "a 1\nb 1\na 99\n",
    'a{x=""} 1\na 99\n',
    'a{x="1"} 1\na{x="1"} 99\n',
    'a{x="1",y="2"} 1\na{y="2",x="1"} 99\n',
    'a{y="2",x="1"} 1\na{x="1",y="2"} 99\n',
    'a{x="1"} 1\na{x="2"} 1\nb 1\na{x="3"} 1\na{x="1"} 99\n',
    'a{x="2"} 1\na{x="1"} 1\na{x="3"} 1\na{x="2"} 99\n',
    'a{x="2",y="1"} 1\na 1\na{z="1"} 1\na{ y="1",x="2"} 99\n',
    'a{x="1"} 1\na{x="1"} 99\na{x="1"} 99\na{x="2"} 1\na{x="2"} 99\n',
    'a{x="\\\\d"} 1\na{x="\\d"} 99\n',
    'a{id="1"} 1\na{exported_id="1"} 99\n',
  ];
  for (const own of [[], [["id", "7"]]] satisfies readonly (readonly Label[])[]) {
    for (const page of table.slice(0, own.length === 0 ? -1 : undefined)) {
      const { text, dropped } = relay(page, own);
      const countOf = (value: number, of: string) =>
        of.match(RegExp(` ${value}[ \n]`, "g"))?.length;
      assertEquals(dropped, [{
        family: "a",
        reason: "duplicate",
        samples: countOf(99, page) ?? 0,
      }]);
      assertEquals(countOf(99, text), undefined);
      assertEquals(countOf(1, text), countOf(1, page));
    }
  }
});

Deno.test("Relabeler.relabel() takes series that only look alike", () => {
  const pages = [
    'a{x="1"} 1\na{x="10"} 1\na{x="1",y="0"} 1\na 1\na{y="1"} 1\n',
    'a{y="1",x="2"} 1\na{x="1",y="2"} 1\na{x="2"} 1\na{x="1"} 1\n',
    'a{x="1\\",y=\\"2"} 1\na{x="1",y="2"} 1\n',
    'a{x="}"} 1\na{x="} 1"} 1\na{x="{"} 1\n',
  ];
  for (const page of pages) {
    assertEquals(lines(page), page);
    assertEquals(lines(page, OWN).split("\n").length, page.split("\n").length);
  }
});

Deno.test("Relabeler.relabel() refuses a page that a server refuses", () => {
  const table: readonly (readonly [string | Uint8Array, string])[] = [
    ['a{x="1",x="1"} 1\n', "line 1: the label x twice"],
    ['a{x="1","x"="2"} 1\n', "line 1: the label x twice"],
    ['a{__name__="b"} 1\n', "line 1: the label name __name__"],
    ['a{""="b"} 1\n', "line 1: a label without a name"],
    ['{""} 1\n', "line 1: a metric name that is empty"],
    ["a 1\n b\n", "line 2: the value is no number"],
    [Uint8Array.of(0x61, 0x7b, 0x78, 0x3d, 0x22, 0xff, 0x22, 0x7d, 0x31, 0x0a), "not UTF-8"],
    [Uint8Array.of(0x7b, 0x22, 0xff, 0x22, 0x7d, 0x31, 0x0a), "not UTF-8"],
  ];
  for (const [page, message] of table) assertThrows(() => relay(page), SyntaxError, message);
});

Deno.test("Relabeler.relabel() takes what a server takes, and shows what can stand on our page", () => {
  const table: readonly (readonly [page: string | Uint8Array, out: string, cut: string])[] = [
    // The end of a whole page needs no line feed.
    ["a 1\nb 2", "a 1\nb 2\n", ""],
    ["a 1\n# x", "a 1\n", ""],
    // Metadata that comes twice, or late: the first counts.
    ["# TYPE a gauge\n# TYPE a counter\na -1\n", "a -1\n", ""],
    ["# HELP a x\na 1\n# HELP a x\n", "a 1\n", ""],
    ['a -1\n# TYPE a counter\na{x="1"} -1\n', 'a -1\na{x="1"} -1\n', ""],
    ["\t# x\n  # TYPE a counter\na 1\n", "a 1\n", ""],
    // Names that are not for devices, or not for all readers.
    ['a{__address__="x",b="1"} 1\na{__="x"} 2\n', 'a{b="1"} 1\na 2\n', "a label 2"],
    ['a{__x="1"} 1\na{__x="2"} 2\n', "a 1\n", "a label 2,a duplicate 1"],
    ['a{"b.c"="1",d="2"} 1\n', 'a{d="2"} 1\n', "a label 1"],
    [`a{"${"n".repeat(1025)}"="1",${"n".repeat(1025)}="1"} 1\n`, "a 1\n", "a label 1"],
    ['a{b="x\r",d="2"} 1\n', 'a{d="2"} 1\n', "a label 1"],
    ['a:b 1\na:b{x="1"} 1\nc 1\n', "c 1\n", "a:b name 2"],
    ['# TYPE a:h histogram\na:h_bucket{le="1"} 1\n', "", "a:h name 1"],
    ['{"a.b",x="1"} 1\n{"a.b"} 2\n{"c"} 3\n', "c 3\n", "a.b name 2"],
    [" a 1\n\t\tb 1\nc 1\n", "c 1\n", " a name 1,\t\tb name 1"],
    [' {"a"} 1\n', "a 1\n", ""],
    [`${"a".repeat(1024)} 1\n`, `${"a".repeat(1024)} 1\n`, ""],
    [`${"a".repeat(1025)} 1\n`, "", `${"a".repeat(200)} name 1`],
    [`# HELP a ${"x".repeat(4097)}\na 1\n`, "a 1\n", "a help 1"],
    // Values that no strict reader takes.
    ['# TYPE a counter\na -1\na{x="1"} 1\n', 'a{x="1"} 1\n', "a malformed 1"],
    ["# TYPE a counter\na NaN\n", "", "a malformed 1"],
    ["# TYPE a counter\na -1e-9\n", "", "a malformed 1"],
    // Odd spellings.
    ['a{x="\n#",y="\\d"} 1\n', 'a{x="\\n#",y="\\\\d"} 1\n', ""],
    ['a{x="",x="1",y="2"} 1\n', 'a{y="2"} 1\n', ""],
    ['a{""=""} 1\n', "a 1\n", ""],
    ['a{x="1"y="2"}1\n', 'a{x="1",y="2"} 1\n', ""],
    ["a+1\n", "a +1\n", ""],
    [Uint8Array.of(0x61, 0x20, 0x31, 0x0a, 0x23, 0xc3, 0x0a), "a 1\n", ""],
  ];
  for (const [page, out, cut] of table) {
    const { text, openmetrics, dropped } = relay(page);
    assertSameSamples(text, openmetrics);
    assertEquals(text.replace(/^#.*\n/gm, ""), out);
    const cuts = dropped.map(({ family, reason, samples }) => `${family} ${reason} ${samples}`);
    assertEquals(cuts.join(), cut);
  }
});

Deno.test("Relabeler.relabel() checks label values for UTF-8 whichever way a line is read", () => {
  const bytes = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
  for (const line of ['a{x="\xff"} 1', 'a { x="\xff"} 1', 'a{__x="\xff"} 1', 'a{"\xff"="1"} 1']) {
    assertThrows(() => relay(bytes(`b 1\n${line}\n`)), SyntaxError, "line 2: bytes that are not");
  }
});

Deno.test("Relabeler.relabel() takes what is odd but right", () => {
  assertEquals(relay("").text, "");
  assertEquals(relay("\n \t\n# x\n# TYPE a gauge\n").text, "");
  assertEquals(lines("# TYPE a counter\na -0\n"), "a -0\n");
  assertEquals(lines("# TYPE a counter\na +Inf\n"), "a +Inf\n");
  assertEquals(lines("# TYPE a counter\na 1e-9\n"), "a 1e-9\n");
  assertEquals(lines("a NaN\nb -Inf\n"), "a NaN\nb -Inf\n");
});

Deno.test("Relabeler.relabel() says which families it left out, and keeps the rest", () => {
  const section = new Section([{ name: "fixed", type: "gauge", help: "" }], { maxFamilies: 3 });
  const relabeler = new Relabeler(section.families, { isReserved: (name) => /^our_/.test(name) });
  const page = `our_x{a="1"} 1
our_x{a="2"} 1
# TYPE fixed counter
fixed 1
good 1
# TYPE good_total counter
good_total 1
# TYPE our_h histogram
our_h_bucket{le="+Inf"} 0
our_h_sum 0
our_h_count 0
more 1
last 1
`;
  const { block, dropped } = relabeler.relabel(toBytes(page), []);
  assertEquals(dropped, [
    { family: "our_x", reason: "reserved", samples: 2 },
    { family: "fixed", reason: "type_conflict", samples: 1 },
    { family: "good_total", reason: "name_conflict", samples: 1 },
    { family: "our_h", reason: "reserved", samples: 3 },
    { family: "last", reason: "family_limit", samples: 1 },
  ]);
  assertEquals(new TextDecoder().decode(block.bytes), "good 1\nmore 1\n");
  assertEquals([[...block.ends], block.sampleCount], [[0, 7, 14], 2]);
});

Deno.test("Relabeler.relabel() claims nothing for a page that it refuses", () => {
  const section = new Section([]);
  const relabeler = new Relabeler(section.families);
  assertThrows(() => relabeler.relabel(toBytes("a 1\nb x\n"), []), SyntaxError);
  assertEquals(section.families.size, 0);
});

Deno.test("Relabeler.relabel() is not disturbed by the pages before", () => {
  const relabeler = new Relabeler(new Section([]).families);
  const bytes = (page: string) =>
    new TextDecoder().decode(
      relabeler.relabel(toBytes(page), []).block.bytes,
    );
  for (let round = 0; round < 3; round++) {
    assertEquals(bytes("# TYPE a counter\na 1\na 2\n"), "a 1\n");
    assertEquals(bytes("# TYPE a gauge\na 1\n"), "a 1\n");
    assertEquals(bytes("a -1\n"), "a -1\n");
    assertEquals(bytes("# TYPE a counter\na -1\n"), "");
    assertThrows(() => bytes("# TYPE a counter\na x\n"), SyntaxError, "no number");
    assertEquals(bytes("# TYPE a gauge\n# HELP a x\na 2\nb 3\n"), "a 2\nb 3\n");
    assertEquals(bytes("# TYPE a gauge\n# HELP a x\n# TYPE a gauge\n"), "");
  }
});

Deno.test("Relabeler.relabel() forgets old names when it has met too many", () => {
  const relabeler = new Relabeler(new Section([]).families);
  for (let page = 0; page < 120; page++) {
    const names = Array.from({ length: 100 }, (_, at) => `m_${page}_${at}`);
    const text = names.map((name) => `# HELP ${name} x\n${name} 1\n`).join("");
    const { block, dropped } = relabeler.relabel(toBytes(text), []);
    assertEquals([block.sampleCount, dropped], [100, []]);
  }
});

Deno.test("Relabeler.relabel() refuses labels of ours that are none", () => {
  const table: readonly (readonly Label[])[] = [
    [["a:b", "1"]],
    [["", "1"]],
    [["__name__", "1"]],
    [["a", "1"], ["a", "2"]],
  ];
  for (const labels of table) {
    assertThrows(() => relay("a 1\n", labels), RangeError, "Cannot add label");
  }
});

Deno.test("Relabeler.relabel() takes what is at a limit and refuses what is beyond", () => {
  const table: readonly (readonly [Partial<PageLimits>, string, string, string])[] = [
    [{ maxBytes: 4 }, "a 1\n", "a 10\n", "5 bytes, at most 4 are"],
    [{ maxLines: 2 }, "\na 1\n", "\n\na 1\n", "3 lines, at most 2 are"],
    [{ maxSamples: 1 }, "a 1\n", "a 1\nb 1\n", "2 samples, at most 1 are"],
    [{ maxFamilies: 1 }, "# HELP a x\na 1\n", "# HELP a x\nb 1\n", "2 families, at most 1 are"],
    [{ maxLabels: 1 }, 'a{x="1"} 1\n', 'a{x="1",y="1"} 1\n', "2 labels of a sample, at most 1"],
    [{}, `a ${"1".repeat(300)}\n`, `a ${"0".repeat(1025)}\n`, "1025 bytes of a number, at most"],
    [
      { maxLabelBytes: 2 },
      'a{x="é"} 1\n',
      'a{x="\\"1"} 1\n',
      "3 bytes of a label value, at most 2",
    ],
  ];
  for (const [limits, good, bad, message] of table) {
    assertEquals(relay(good, [], { limits }).dropped, []);
    assertThrows(() => relay(bad, [], { limits }), RangeError, `Cannot take the page: ${message}`);
  }
});

Deno.test("Relabeler.relabel() has limits that a real page stays below many times", () => {
  const page = fixtureText("pages/usermetrics-peer-relay-server.txt");
  const limits = { maxBytes: 5000, maxLines: 80, maxSamples: 50, maxFamilies: 20, maxLabels: 2 };
  assertEquals(relay(page, OWN, { limits: { ...limits, maxLabelBytes: 16 } }).dropped, []);
  const beyond: readonly (readonly [string, string])[] = [
    ["\n".repeat(2 * 1024 * 1024 + 1), "2097153 bytes, at most 2097152"],
    ["\n".repeat(20_001), "20001 lines, at most 20000"],
    [Array.from({ length: 10_001 }, (_, at) => `a{x="${at}"} 1\n`).join(""), "10001 samples"],
    [Array.from({ length: 201 }, (_, at) => `a${at} 1\n`).join(""), "201 families, at most 200"],
    [`a{${Array.from({ length: 65 }, (_, at) => `x${at}="1"`)}} 1\n`, "65 labels of a sample"],
    [`a{x="${"1".repeat(4097)}"} 1\n`, "4097 bytes of a label value, at most 4096"],
  ];
  for (const [text, message] of beyond) assertThrows(() => relay(text), RangeError, message);
});

Deno.test("Relabeler.relabel() writes the same bytes whichever way a line takes", () => {
  // A second blank before the brace or the value sends a line the general way.
  const spread = (page: string) => page.replace(/^([^#\n{ ]+)(?=[{ ])/gm, "$1 ");
  const outcome = (page: Uint8Array, own: readonly Label[]) => {
    try {
      return relay(page, own).text;
    } catch (error) {
      return error instanceof Error ? error.name : "";
    }
  };
  fc.assert(fc.property(mutatedPage, fc.constantFrom(OWN, []), (page, own) => {
    const text = page.reduce((all, byte) => all + String.fromCharCode(byte), "");
    const spaced = Uint8Array.from(spread(text), (character) => character.charCodeAt(0));
    assertEquals(outcome(spaced, own), outcome(page, own));
  }));
});

Deno.test("Relabeler.relabel() makes valid pages or throws, whatever it is given", () => {
  let accepted = 0;
  let total = 0;
  fc.assert(
    fc.property(mutatedPage, mutatedPage, (one, other) => {
      for (const pages of [[one], [one, other], [other, one]]) {
        total += 1;
        try {
          const relayed = relayAll(pages.map((page, at) => [page, [["device_id", `${at}`]]]));
          assertSameSamples(relayed.text, relayed.openmetrics);
          accepted += 1;
        } catch (error) {
          const isOurs = error instanceof Error &&
            /^Cannot (?:read line \d+|take)/.test(error.message);
          if (!isOurs || !(error instanceof SyntaxError || error instanceof RangeError)) {
            throw error;
          }
        }
      }
    }),
    { numRuns: 300 },
  );
  assert(accepted / total >= 0.3, `${accepted} of ${total} pages were accepted`);
  assert(accepted < total);
});
