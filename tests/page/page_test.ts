import { assertEquals, assertThrows } from "@std/assert";
import { BlockWriter, type Family, type Label, Relabeler } from "../../src/exposition/mod.ts";
import { Registry } from "../../src/page/registry.ts";
import { Page, type PageView } from "../../src/page/page.ts";
import { Section } from "../../src/page/section.ts";
import { fixtureText } from "../_support/fixture.ts";
import type { ReadSample } from "../_support/read_family.ts";
import { relayAll, toBytes } from "../_support/relay.ts";
import { assertSameSamples } from "../_support/same_samples.ts";
import { readText } from "../_support/text_reader.ts";

const FAMILIES: readonly Family[] = [
  { name: "up", type: "gauge", help: "Whether it is up." },
  { name: "bytes_total", type: "counter", help: "" },
  { name: "odd", type: "untyped", help: 'a "b"' },
];

/** A section, and a way to set samples of the families given by their places. */
function makeSection() {
  const section = new Section(FAMILIES);
  const writer = new BlockWriter(section.families);
  const set = (key: string, ...values: readonly (readonly [family: number, value: number])[]) => {
    writer.begin(`id="${key}"`);
    for (const [family, value] of values) writer.sample(family, value);
    section.set(key, writer.finish());
  };
  return { section, set };
}

function join(chunks: Iterable<Uint8Array>): string {
  const decoder = new TextDecoder();
  let text = "";
  for (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
  return text;
}

function text(section: Section): string {
  return new Page([section]).view().text("text");
}

Deno.test("PageView.text() groups the blocks by family in both formats", () => {
  const { section, set } = makeSection();
  set("1", [0, 1], [1, 5]);
  set("2", [0, 0], [2, 7]);
  const view = new Page([section]).view();
  assertEquals(
    view.text("text"),
    `# HELP up Whether it is up.
# TYPE up gauge
up{id="1"} 1
up{id="2"} 0
# TYPE bytes_total counter
bytes_total{id="1"} 5
# HELP odd a "b"
# TYPE odd untyped
odd{id="2"} 7
`,
  );
  assertEquals(
    view.text("openmetrics"),
    `# TYPE up gauge
# HELP up Whether it is up.
up{id="1"} 1
up{id="2"} 0
# TYPE bytes counter
bytes_total{id="1"} 5
# TYPE odd unknown
# HELP odd a \\"b\\"
odd{id="2"} 7
# EOF
`,
  );
  assertSameSamples(view.text("text"), view.text("openmetrics"));
});

Deno.test("PageView.text() of an empty page is what an empty page is in each format", () => {
  const view = new Page([new Section(FAMILIES)]).view();
  assertEquals([view.text("text"), view.text("openmetrics")], ["", "# EOF\n"]);
  assertEquals([...view.chunks("text")], []);
});

Deno.test("PageView.chunks() are equal in sum and no longer than asked, whatever the size", () => {
  const { section, set } = makeSection();
  for (const key of ["1", "2", "é"]) set(key, [0, 1], [1, 123456789], [2, 3]);
  const view = new Page([section]).view();
  for (const format of ["text", "openmetrics"] as const) {
    const whole = view.text(format);
    const length = toBytes(whole).length;
    assertEquals(view.byteLength(format), length);
    for (let size = 1; size <= length + 1; size++) {
      const chunks = [...view.chunks(format, size)];
      assertEquals(join(chunks), whole);
      assertEquals(chunks.filter((chunk) => chunk.length < 1 || chunk.length > size), []);
    }
  }
});

Deno.test("PageView.chunks() give the same memory to all views, as long as nothing changes", () => {
  const { section, set } = makeSection();
  const keys = Array.from({ length: 400 }, (_, key) => `${key}`.padStart(40, "0"));
  for (const key of keys) set(key, [0, 1], [1, 2]);
  const other = new Registry();
  const counter = other.counter({ name: "c_total", help: "" });
  const page = new Page([section, other]);
  const long = () => [...page.view().chunks("text")].filter((chunk) => chunk.length > 16 * 1024);
  const before = long();
  assertEquals(before.length, 2);
  counter.inc();
  const after = long();
  assertEquals(after.map((chunk, at) => chunk === before[at]), [true, true]);
  set(keys[7] ?? "", [0, 0], [1, 2]);
  assertEquals(long().map((chunk, at) => chunk === before[at]), [false, false]);
  assertEquals(join(before), join(after));
});

Deno.test("PageView.chunks() end with an error once the view is released", () => {
  const { section, set } = makeSection();
  set("1", [0, 1], [1, 5]);
  const view = new Page([section]).view();
  const chunks = view.chunks("text", 10);
  assertEquals(chunks.next().value?.length, 10);
  view.release();
  assertThrows(() => chunks.next(), TypeError, "Cannot read a page that was released");
});

Deno.test("PageView.chunks() refuse a size below one byte", () => {
  const view = new Page([]).view();
  for (const size of [0, -1, NaN]) {
    assertThrows(() => [...view.chunks("text", size)], RangeError, `chunks of ${size} bytes`);
  }
});

Deno.test("PageView() does not see what happens after it was taken", () => {
  const { section, set } = makeSection();
  set("1", [0, 1]);
  set("2", [0, 1]);
  const view = new Page([section]).view();
  const before = view.text("text");
  set("1", [0, 0]);
  section.delete("2");
  set("3", [1, 1]);
  assertEquals(view.text("text"), before);
  section.clear();
  assertEquals(view.text("text"), before);
  assertEquals(view.sampleCount, 2);
});

Deno.test("PageView() does not see changes even between two of its chunks", () => {
  const { section, set } = makeSection();
  for (let key = 0; key < 20; key++) set(String(key), [0, 1], [2, 2]);
  const view = new Page([section]).view();
  const before = view.text("text");
  const chunks: Uint8Array[] = [];
  for (const chunk of view.chunks("text", 64)) {
    chunks.push(chunk);
    set("5", [1, chunks.length]);
    section.delete(String(chunks.length));
  }
  assertEquals(join(chunks), before);
});

Deno.test("PageView() prints the header of its time after the place was given away", () => {
  const section = new Section([]);
  const relabeler = new Relabeler(section.families);
  const set = (page: string) => section.set("1", relabeler.relabel(toBytes(page), []).block);
  set("# TYPE a counter\na 1\n");
  const view = new Page([section]).view();
  section.clear();
  set("# HELP b new\n# TYPE b gauge\nb 2\n");
  assertEquals(section.families.size, 1);
  assertEquals(view.text("text"), "# TYPE a counter\na 1\n");
  assertEquals(text(section), "# HELP b new\n# TYPE b gauge\nb 2\n");
});

Deno.test("PageView.generation grows with every visible change", () => {
  const { section, set } = makeSection();
  const other = makeSection();
  const page = new Page([section, other.section]);
  const changes: readonly (() => void)[] = [
    () => set("1", [0, 1]),
    () => set("1", [0, 1]),
    () => other.set("1", [1, 1]),
    () => section.delete("1"),
    () => other.section.clear(),
  ];
  for (const change of changes) {
    const before = page.view().generation;
    assertEquals(page.view().generation, before);
    change();
    assertEquals(page.view().generation > before, true);
  }
  const { generation } = page.view();
  assertEquals(section.delete("1"), false);
  section.clear();
  assertEquals(page.view().generation, generation);
});

Deno.test("PageView.generation grows when a HELP comes in", () => {
  const section = new Section([]);
  const relabeler = new Relabeler(section.families);
  section.set("1", relabeler.relabel(toBytes("a 1\n"), [["id", "1"]]).block);
  const before = new Page([section]).view();
  relabeler.relabel(toBytes("# HELP a new\na 1\n"), [["id", "2"]]);
  const after = new Page([section]).view();
  assertEquals(after.text("text") === before.text("text"), false);
  assertEquals(after.generation > before.generation, true);
});

Deno.test("Page.view() shows only the keys that were asked for", () => {
  const { section, set } = makeSection();
  set("1", [0, 1]);
  set("2", [0, 1], [1, 2]);
  const page = new Page([section]);
  const some: PageView = page.view({ only: (key) => key === "1" });
  assertEquals(some.text("text"), '# HELP up Whether it is up.\n# TYPE up gauge\nup{id="1"} 1\n');
  assertEquals([some.sampleCount, some.generation], [1, page.view().generation]);
  assertEquals(page.view({ only: () => false }).text("openmetrics"), "# EOF\n");
});

/** One case: its input files, and where our page differs from node_exporter's. */
interface TextfileCase {
  readonly inputs: readonly string[];
  /** Why our samples are not node_exporter's. */
  readonly differs?: string;
}

const TEXTFILE_CASES: Readonly<Record<string, TextfileCase>> = {
  client_side_timestamp: {
    inputs: ["client_side_timestamp/metrics.prom"],
    differs: "a timestamp is dropped, since the page was fetched just now; there it costs the file",
  },
  different_metric_types: { inputs: ["different_metric_types/metrics.prom"] },
  glob_extra_dimension: {
    inputs: ["histogram_extra_dimension/metrics.prom", "summary_extra_dimension/metrics.prom"],
    differs: "a summary without _sum and _count stays so; there they are made up as 0",
  },
  histogram: { inputs: ["histogram/metrics.prom"] },
  histogram_extra_dimension: { inputs: ["histogram_extra_dimension/metrics.prom"] },
  inconsistent_metrics: { inputs: ["inconsistent_metrics/metrics.prom"] },
  metrics_merge_different_help: {
    inputs: ["metrics_merge_different_help/a.prom", "metrics_merge_different_help/b.prom"],
    differs: "the first HELP stays and all samples too; there the second file is lost",
  },
  metrics_merge_empty_help: {
    inputs: ["metrics_merge_empty_help/a.prom", "metrics_merge_empty_help/b.prom"],
  },
  metrics_merge_no_help: {
    inputs: ["metrics_merge_no_help/a.prom", "metrics_merge_no_help/b.prom"],
  },
  metrics_merge_same_help: {
    inputs: ["metrics_merge_same_help/a.prom", "metrics_merge_same_help/b.prom"],
  },
  no_metric_files: { inputs: [] },
  nonexistent_path: { inputs: [] },
  summary: { inputs: ["summary/metrics.prom"] },
  summary_extra_dimension: {
    inputs: ["summary_extra_dimension/metrics.prom"],
    differs: "a summary without _sum and _count stays so; there they are made up as 0",
  },
  two_metric_files: {
    inputs: ["two_metric_files/metrics1.prom", "two_metric_files/metrics2.prom"],
  },
};

/** Samples in an order of their own, without labels that are empty, which are none to a server. */
function samplesOf(page: string): readonly string[] {
  const own = /^node_textfile_/;
  return readText(page).filter(({ name }) => !own.test(name))
    .flatMap(({ type, samples }) => samples.map((sample) => `${type} ${describe(sample)}`))
    .sort();
}

function describe({ name, labels, value }: ReadSample): string {
  return JSON.stringify([name, Object.entries(labels).filter(([, v]) => v !== "").sort(), value]);
}

Deno.test("Section() merges pages as node_exporter does, but for what is told", () => {
  assertEquals(Object.keys(TEXTFILE_CASES).length, 15);
  const none: readonly Label[] = [];
  for (const [name, { inputs, differs }] of Object.entries(TEXTFILE_CASES)) {
    const pages = inputs.map((input) => [fixtureText(`textfile/${input}`), none] as const);
    const relayed = relayAll(pages);
    assertSameSamples(relayed.text, relayed.openmetrics);
    assertEquals(relayed.dropped, []);
    const isSame = JSON.stringify(samplesOf(relayed.text)) ===
      JSON.stringify(samplesOf(fixtureText(`textfile/${name}.out`)));
    assertEquals(isSame, differs === undefined, name);
  }
});

Deno.test("Section() keeps the first HELP of pages that differ in it", () => {
  const { text: page } = relayAll(
    ["a", "b"].map((file) =>
      [fixtureText(`textfile/metrics_merge_different_help/${file}.prom`), []] as const
    ),
  );
  assertEquals(
    page,
    `# HELP events_total A nice help message.
# TYPE events_total counter
events_total{foo="bar",file="a"} 10
events_total{foo="baz",file="a"} 20
events_total{foo="bar",file="b"} 30
events_total{foo="baz",file="b"} 40
`,
  );
});

Deno.test("Section() drops the timestamps of pages", () => {
  const page = fixtureText("textfile/client_side_timestamp/metrics.prom");
  assertEquals(
    relayAll([[page, []]]).text,
    "# TYPE metric_with_custom_timestamp untyped\nmetric_with_custom_timestamp 1\n" +
      "# TYPE normal_metric untyped\nnormal_metric 2\n",
  );
});
