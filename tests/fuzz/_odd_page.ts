/**
 * Small pages for the comparison with Prometheus' parser: a few lines of a real page with one to
 * four things changed. Unlike the pages of `_page.ts` most changes are to the grammar.
 *
 * @module
 */

import { fixtureBytes, fixtureJson, fixtureText } from "../_support/fixture.ts";
import { relay } from "../_support/relay.ts";
import type { Dice } from "./_dice.ts";

/** A page and what its sender calls it. */
export interface OddPage {
  /** The Content-Type. */
  readonly contentType: string;
  /** The body. */
  readonly page: Uint8Array;
}

const TEXT_TYPE = "text/plain; version=0.0.4; charset=utf-8";
const OPENMETRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/** Most bytes of a page before it is changed. */
const MAX_BASE_BYTES = 1_500;

/** A page with histogram and summary, which tailscaled has none of. */
const DISTRIBUTIONS = `# HELP h A histogram.
# TYPE h histogram
h_bucket{path="a",le="0.5"} 1
h_bucket{path="a",le="+Inf"} 3
h_sum{path="a"} 2.5
h_count{path="a"} 3
# TYPE s summary
s{quantile="0.5"} 1
s{quantile="0.9"} NaN
s_sum 4
s_count 2
`;

interface VectorFile {
  readonly cases: readonly { readonly input: string; readonly contentType?: string | null }[];
}

/** Each page as its lines, line feeds included. */
const TEXT_PAGES = [
  ...["after-derp", "cut-off-node", "peer-relay-server"]
    .map((name) => fixtureBytes(`pages/usermetrics-${name}.txt`)),
  toBinary(DISTRIBUTIONS),
  toBinary(fixtureText("textfile/histogram/metrics.prom")),
  ...fixtureJson<VectorFile>("vectors/oracle_prometheus_2.42.json").cases
    .filter(({ contentType }) => contentType?.includes("openmetrics") !== true)
    .map(({ input }) => toBinary(input)),
].map(splitLines);

/** The same in OpenMetrics, without their last line. */
const OPENMETRICS_PAGES = [
  ...TEXT_PAGES.slice(0, 5).map((lines) => relay(lines.join("")).openmetrics),
  ...fixtureJson<VectorFile>("vectors/openmetrics_parsers.json").cases.map(({ input }) => input),
].map((page) => splitLines(toBinary(page.replace(/# EOF\n?$/, ""))));

/** How often one of the real pages is taken, of sixteen: the vectors are many and short. */
const REAL_SHARE = 11;
const REAL_PAGES = 5;

/** What is put in somewhere, one character a byte. */
const PIECES: readonly [string, ...string[]] = [
  "{",
  ...'}"\\,= \t\n\r\0#:_.1ae\xff',
  "\xc3\xa9",
  "+Inf",
  "-inf",
  "Infinity",
  "nan",
  "-NaN",
  "1e400",
  "1e-400",
  "0x1p3",
  "0x10",
  "1_0",
  "+1",
  "-1",
  ".5",
  "5.",
  " 123",
  " 1.5",
  " -5",
  "99999999999999999999",
  '__a="1",',
  '__name__="x",',
  '"x.y"="1",',
  '"x.y",',
  'device_id="2",',
  'exported_device_id="3",',
  'a="",',
  'a="1"',
  'a="1",a="1",',
  'le="1",',
  'le="1.0"',
  'quantile="0.5",',
  "\\\\",
  '\\"',
  "\\n",
  "\\d",
  "\\\0",
  ' # {a="b"} 1',
  ' # {a="b"} 1 2.5',
  "_total",
  "_created",
  "_bucket",
  "# ",
  "#\t",
  "##",
  "  ",
  "\n\n",
  "\\\n",
];

/** What is put in as a line. */
const LINES = [
  "",
  " ",
  "\t \t",
  "#",
  "# ",
  "# a comment",
  "# EOF",
  "#EOF",
  "# \0",
  "#\0",
  "# HELP",
  "# HELP ",
  "# HELP a",
  "# HELP a  two blanks ",
  "# HELP a-b x",
  '# HELP "a" x',
  '# HELP "a.b" x',
  "# HELP a \\t\\\\ \\n \xff",
  "# HELP a \0\r",
  "# TYPE a counter",
  "# TYPE a-counter",
  "# TYPE a  counter",
  "# TYPE a gauge ",
  "# TYPE a untyped",
  "# TYPE a unknown",
  "# TYPE a info",
  "# TYPE a stateset",
  "# TYPE a gaugehistogram",
  "# TYPE a summary",
  "# TYPE h histogram",
  '# TYPE "a" gauge',
  " # TYPE a gauge",
  "#  TYPE\ta\tgauge",
  "# TYPE a info",
  "# TYPE a counter",
  '# HELP a x\\\\y\\"z',
  'a_total 1 # {x="1"} 1 2',
  'a_total 1 1.5 # {x="1",} 0.5 1e3',
  'a_total 1 # {"x.y"="1"} 1',
  'a_total 1 # {x="\xff"} 1',
  'a_total 1 # {x="1"} x',
  "a_total 1 NaN",
  "a 1 -1.5",
  "a 1 1e3",
  "a_gsum 1",
  "# UNIT a a",
  "# UNIT a_seconds seconds",
  "# TYPE a_seconds gauge",
  "# TYPE tailscaled_inbound_bytes gauge",
  "# TYPE tailscaled_inbound_bytes_total gauge",
  "a 1",
  "a 1",
  "a -1",
  "a NaN",
  "a+1",
  "a.5",
  "a\t1\t",
  "a 1 1700000000000",
  "a 1 1700000000.5",
  "a{} 1",
  "a{}1",
  'a {x="1"} 1',
  'a{x="1",} 1',
  'a{x="1",,} 1',
  "a{,} 1",
  'a{x="1" y="2"} 1',
  'a{y="2",x="1"} 2',
  'a{x="1",y="2"} 1',
  'a{x="",y="2"} 1',
  'a{x="",x="1"} 3',
  'a{x="\\d"} 1',
  'a{x="\\\\d"} 2',
  'a{x="\\n"} 1',
  'a{x="\n"} 2',
  'a{x="\r"} 1',
  'a{x="\0"} 1',
  'a{x="\xff"} 1',
  'a{"x.y"="1"} 1',
  'a{"x"="1"} 1',
  'a{"b"} 1',
  'a{""="b"} 1',
  '{"a"} 1',
  '{"a",x="1"} 1',
  '{x="1","a"} 1',
  '{"a.b"} 1',
  '{"a\\"b"} 1',
  '{""} 1',
  '{"\xff"} 1',
  '{x="1"} 1',
  " a 1",
  ' {"a"} 1',
  'a{__address__="x",__meta="y"} 1',
  "a:b 1",
  ":a 1",
  "a_total 1",
  'a_total 1 # {x="1"} 1',
  "a_info 1",
  "a_created 1",
  'a_bucket{le="+Inf"} 1',
  'h_bucket{path="a",le="1"} 2',
  'h_bucket{path="a",le="0.50"} 2',
  'h_bucket{path="b",le="inf"} 2',
  'h_sum{path="a"} -1',
  'h_count{path="a"} 3',
  "h 1",
  "s 1",
  "s_sum NaN",
  "up 1",
  "tsmetrics_device_up 0",
  '{"tsmetrics_device_up"} 0',
] as const;

function toBinary(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function splitLines(page: Uint8Array): readonly string[] {
  let text = "";
  for (const byte of page) text += String.fromCharCode(byte);
  return text.split(/(?<=\n)/);
}

/** The page of a seed's dice, in either format. */
export function oddPage(dice: Dice): OddPage {
  const isText = dice.below(5) < 3;
  const pages = isText ? TEXT_PAGES : OPENMETRICS_PAGES;
  const at = dice.below(16) < REAL_SHARE ? dice.below(REAL_PAGES) : dice.below(pages.length);
  const lines = pages[at] ?? [];
  return isText
    ? { contentType: TEXT_TYPE, page: mutate(lines, dice) }
    : { contentType: OPENMETRICS_TYPE, page: mutate(lines, dice, "# EOF\n") };
}

/** A window of the lines, changed, and mostly its end. */
function mutate(all: readonly string[], dice: Dice, end: string = ""): Uint8Array {
  const count = 1 + dice.below(10);
  const from = dice.below(Math.max(1, all.length - count + 1));
  const lines = all.slice(from, from + count);
  let text = lines.join("").slice(0, MAX_BASE_BYTES);
  for (let changes = dice.below(4); changes >= 0; changes--) text = change(text, dice);
  if (dice.below(16) > 0) text += end;
  if (dice.below(8) === 0 && text.endsWith("\n")) text = text.slice(0, -1);
  const page = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) page[at] = text.charCodeAt(at);
  return page;
}

function change(text: string, dice: Dice): string {
  const place = dice.below(text.length + 1);
  const start = text.lastIndexOf("\n", place - 1) + 1;
  const found = text.indexOf("\n", place);
  const end = found === -1 ? text.length : found + 1;
  const put = (piece: string, from: number, to: number) =>
    text.slice(0, from) + piece + text.slice(to);
  switch (dice.below(10)) {
    case 0:
      return put(String.fromCharCode(dice.below(256)), place, place + 1);
    case 1:
      return put("", place, place + 1 + dice.below(3));
    case 2:
      return put(dice.of(PIECES), place, place);
    case 3:
      return put(dice.of(PIECES), place, place + dice.below(4));
    case 4: {
      // the same line once more, at the end
      const line = text.slice(start, end);
      return `${text}${text === "" || text.endsWith("\n") ? "" : "\n"}${line}`;
    }
    case 5:
      return put("", start, end);
    default:
      return put(`${dice.of(LINES)}\n`, start, start);
  }
}
