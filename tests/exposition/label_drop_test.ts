import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { Label } from "../../src/exposition/family.ts";
import type { DropRules } from "../../src/exposition/label_drop.ts";
import { Section } from "../../src/page/mod.ts";
import { Relabeler } from "../../src/exposition/relabel.ts";
import { mutatedPage } from "../_support/mutate.ts";
import { relay, toBytes } from "../_support/relay.ts";
import { assertSameSamples } from "../_support/same_samples.ts";

const OWN: readonly Label[] = [["id", "7"]];

/** Rules that leave out these families, and these labels of every family. */
function rules(families: readonly string[], labels: readonly string[]): DropRules {
  return {
    dropsFamily: (family) => families.includes(family),
    touches: () => labels.length > 0,
    dropsLabel: (_, label) => labels.includes(label),
  };
}

/** The sample lines of a page without these labels. */
function linesWithout(page: string, ...labels: readonly string[]): string {
  const relayed = relay(page, OWN, { drops: rules([], labels) });
  assertSameSamples(relayed.text, relayed.openmetrics);
  return relayed.text.replace(/^#.*\n/gm, "");
}

/** What stays, page after page of one relabeler. */
function keptOf(labels: readonly string[], ...pages: readonly string[]): readonly string[][] {
  const section = new Section([]);
  const relabeler = new Relabeler(section.families, { drops: rules([], labels) });
  return pages.map((page) =>
    relabeler.relabel(toBytes(page), OWN).kept.map(({ family, label }) => `${family}{${label}}`)
  );
}

Deno.test("LabelDrop leaves out a label that tells nothing apart", () => {
  assertEquals(linesWithout('a{x="1",y="2"} 3\n', "x"), 'a{id="7",y="2"} 3\n');
  assertEquals(linesWithout('a{x="1"} 3\n', "x"), 'a{id="7"} 3\n');
  assertEquals(
    linesWithout('a{k="1",x="1"} 3\na{k="2",x="1"} 4\n', "x"),
    'a{id="7",k="1"} 3\na{id="7",k="2"} 4\n',
  );
});

Deno.test("LabelDrop keeps a label that tells two samples apart, and only that", () => {
  const page = 'a{x="1",y="2"} 3\na{x="2",y="2"} 4\nb{x="1"} 5\n';
  assertEquals(
    linesWithout(page, "x", "y"),
    'a{id="7",x="1"} 3\na{id="7",x="2"} 4\nb{id="7"} 5\n',
  );
  assertEquals(keptOf(["x", "y"], page), [["a{x}"]]);
  // Either would do; keeping both does not depend on the order of lines or patterns.
  assertEquals(keptOf(["x", "y"], 'a{x="1",y="1"} 3\na{x="2",y="2"} 4\n'), [["a{x}", "a{y}"]]);
  assertEquals(keptOf(["x"], 'a{x="1"} 3\na 4\n'), [["a{x}"]]);
});

Deno.test("LabelDrop keeps a label on later pages too, and says so once", () => {
  const section = new Section([]);
  const relabeler = new Relabeler(section.families, { drops: rules([], ["x"]) });
  const show = (page: string) => {
    section.set("", relabeler.relabel(toBytes(page), OWN).block);
    return new TextDecoder().decode(section.get("")?.bytes);
  };
  assertEquals(show('a{x="1"} 1\n'), 'a{id="7"} 1\n');
  assertEquals(show('a{x="1"} 1\na{x="2"} 1\n'), 'a{id="7",x="1"} 1\na{id="7",x="2"} 1\n');
  assertEquals(show('a{x="1"} 1\n'), 'a{id="7",x="1"} 1\n');
  const two = 'a{x="1"} 1\na{x="2"} 1\n';
  assertEquals(keptOf(["x"], two, two), [["a{x}"], []]);
});

Deno.test("LabelDrop keeps all labels of a family that has kept a thousand", () => {
  const section = new Section([]);
  const relabeler = new Relabeler(section.families, {
    drops: { ...rules([], []), touches: () => true, dropsLabel: () => true },
  });
  const kept: string[] = [];
  for (let page = 0; page < 40; page++) {
    const names = Array.from({ length: 60 }, (_, index) => `l${page}_${index}`);
    const text = names.map((name) => `m{${name}="1"} 1\n`).join("");
    kept.push(...relabeler.relabel(toBytes(text), OWN).kept.map(({ label }) => label));
  }
  assertEquals([kept.length, kept.at(-1)], [17 * 60 + 1, "*"]);
});

Deno.test("LabelDrop keeps each label by name up to a thousand, and one step later all", () => {
  const section = new Section([]);
  const relabeler = new Relabeler(section.families, {
    drops: { ...rules([], []), touches: () => true, dropsLabel: () => true },
  });
  const keptOfPage = (names: readonly string[]) => {
    const text = names.map((name) => `m{${name}="1"} 1\n`).join("");
    return relabeler.relabel(toBytes(`${text}m 1\n`), OWN).kept.map(({ label }) => label);
  };
  for (let page = 0; page < 20; page++) {
    const names = Array.from({ length: 50 }, (_, index) => `l${page}_${index}`);
    assertEquals(keptOfPage(names).length, 50);
  }
  assertEquals(keptOfPage(["the_last"]), ["the_last"]);
  assertEquals(keptOfPage(["one_more"]), ["*"]);
});

Deno.test("LabelDrop asks once about each of a thousand names, then anew", () => {
  const section = new Section([]);
  const asked: string[] = [];
  const relabeler = new Relabeler(section.families, {
    drops: {
      ...rules([], []),
      touches: () => true,
      dropsLabel: (_, label) => {
        asked.push(label);
        return false;
      },
    },
  });
  const askedBy = (names: readonly string[]) => {
    asked.length = 0;
    relabeler.relabel(toBytes(names.map((name) => `m{${name}="1"} 1\n`).join("")), []);
    return [...asked];
  };
  const names = Array.from({ length: 1000 }, (_, index) => `l${index}`);
  assertEquals(askedBy(names), names);
  assertEquals(askedBy(names), []);
  assertEquals(askedBy(["one_more", "l0"]), ["one_more", "l0"]);
});

Deno.test("LabelDrop leaves out labels of whole histograms and summaries only", () => {
  const one = (labels: string, bound: string) =>
    `h_bucket{${labels}le="1"} 1\nh_bucket{${labels}le="+Inf"} ${bound}\n` +
    `h_sum{${labels}} 3\nh_count{${labels}} ${bound}\n`;
  const plain = (text: string) => text.replaceAll(",}", "}").replaceAll("{}", "");
  assertEquals(
    linesWithout(`# TYPE h histogram\n${plain(one('x="1",', "2"))}`, "x", "le"),
    plain(one('id="7",', "2")),
  );
  const two = plain(one('x="1",', "2") + one('x="2",', "3"));
  assertEquals(
    linesWithout(`# TYPE h histogram\n${two}`, "x", "le").replaceAll('id="7",', ""),
    two,
  );
  assertEquals(
    linesWithout(
      '# TYPE s summary\ns{x="1",quantile="0.5"} 1\ns_sum{x="1"} 1\ns_count{x="1"} 1\n',
      "x",
    ),
    's{id="7",quantile="0.5"} 1\ns_sum{id="7"} 1\ns_count{id="7"} 1\n',
  );
});

Deno.test("LabelDrop still leaves out a series that comes twice", () => {
  for (const page of ['a{x="1"} 1\na{x="1"} 2\n', 'a{y="1",x="1"} 1\na{x="1",y="1"} 2\n']) {
    const { text, dropped } = relay(page, OWN, { drops: rules([], ["x"]) });
    assertEquals(text.split("\n").length, 3);
    assert(text.endsWith("} 1\n"), text);
    assertEquals(dropped, [{ family: "a", reason: "duplicate", samples: 1 }]);
  }
});

Deno.test("DropRules leave out families, and say so", () => {
  const relayed = relay('a 1\nb{x="1"} 2\nb{x="2"} 3\nc 4\n', OWN, { drops: rules(["b"], []) });
  assertEquals(relayed.text.replace(/^#.*\n/gm, ""), 'a{id="7"} 1\nc{id="7"} 4\n');
  assertEquals(relayed.dropped, [{ family: "b", reason: "configured", samples: 2 }]);
});

const NAMES = ["path", "reason", "a", "b", "state", "le", "quantile", "transport_in", "type"];

Deno.test("Relabeler.relabel() never makes two series one, whatever is left out", () => {
  let acceptedCount = 0;
  fc.assert(
    fc.property(mutatedPage, fc.subarray(NAMES), (bytes, labels) => {
      let whole;
      try {
        whole = relay(bytes, OWN);
      } catch {
        return;
      }
      acceptedCount += 1;
      const relayed = relay(bytes, OWN, { drops: rules([], labels) });
      // Both readers refuse a series twice.
      const families = assertSameSamples(relayed.text, relayed.openmetrics);
      const before = assertSameSamples(whole.text, whole.openmetrics);
      assertEquals(
        families.map(({ name, samples }) => [name, samples.length]),
        before.map(({ name, samples }) => [name, samples.length]),
      );
    }),
    { numRuns: 300, seed: 7 },
  );
  assert(acceptedCount > 80, `${acceptedCount} pages were taken`);
});

const LABEL_SETS = fc.array(
  fc.dictionary(fc.constantFrom("a", "b", "c", "d"), fc.constantFrom("1", "2"), {
    noNullPrototype: true,
  }),
  { minLength: 1, maxLength: 12 },
);

Deno.test("Relabeler.relabel() keeps as many series as there were, whatever the labels", () => {
  fc.assert(
    fc.property(LABEL_SETS, fc.subarray(["a", "b", "c", "d"]), (sets, labels) => {
      const texts = sets.map((set) =>
        Object.entries(set).map(([name, value]) => `${name}="${value}"`).toSorted().join(",")
      );
      const series = [...new Set(texts)];
      const page = series.map((text) => `m{${text}} 1\n`).join("");
      const relayed = relay(page, OWN, { drops: rules([], labels) });
      const [family] = assertSameSamples(relayed.text, relayed.openmetrics);
      assertEquals(family?.samples.length, series.length);
    }),
    { numRuns: 1000, seed: 7 },
  );
});
