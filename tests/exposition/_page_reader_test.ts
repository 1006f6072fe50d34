import { assert, assertEquals, assertThrows } from "@std/assert";
import { type DropRules, type PageLimits, Relabeler } from "../../src/exposition/relabel.ts";
import { Page, Section } from "../../src/page/mod.ts";
import { textOfOpenMetrics } from "../../src/exposition/openmetrics_page.ts";
import { toBytes } from "../_support/relay.ts";
import { Dice } from "../fuzz/_dice.ts";
import { oddPage } from "../fuzz/_odd_page.ts";

const LABELS = [["device_id", "1"], ["device_name", "nöde"]] as const;

/** Takes labels away so that samples of `page` collide, and it has to be read again. */
const DROPS: DropRules = {
  dropsFamily: (family) => family === "dropped",
  touches: (family) => family !== "f",
  dropsLabel: (_, label) => label === "path" || label === "a",
};

const LIMITS: Partial<PageLimits> = { maxFamilies: 1_000, maxLines: 1e6, maxSamples: 1e6 };

function lines(count: number, make: (index: number) => string): string {
  return Array.from({ length: count }, (_, index) => make(index)).join("");
}

/** Pages that go through each kind of long work. */
const LONG_PAGES: Readonly<Record<string, string>> = {
  "lines of families in turn": lines(6_000, (at) => `f${at % 7}{n="${at}"} ${at}\n`),
  "families of which some are left out": lines(
    4_000,
    (at) => `${["dropped", "f", "g"][at % 3]}{n="${at}"} ${at}\n`,
  ),
  "labels that must be remembered late": lines(3_000, (at) => `f{n="${10_000 + at}"} 1\n`) +
    'f{n="0"} 1\nf{n="10500"} 2\ng 1\n',
  "labels that must be remembered by a line of another spelling":
    lines(3_000, (at) => `f{n="${10_000 + at}"} 1\ng 1\n`) +
    '\tf 1\nf {n="10500"} 2\nf {n="0"} 3\n',
  "a histogram": "# TYPE h histogram\n" +
    lines(2_000, (at) => `h_bucket{le="${2_000 - at}"} ${2_000 - at}\n`) +
    'h_bucket{le="+Inf"} 2000\nh_sum 1\nh_count 2000\n',
  "histograms without a sum": "# TYPE h histogram\n" +
    lines(2_000, (at) => `h_bucket{n="${at}",le="+Inf"} 1\n`) + "h_sum 1\n",
  "text beyond ASCII": lines(3_000, (at) => `f{n="ü${at}"} ${at}\n`),
  "bytes that are not UTF-8": lines(3_000, (at) => `f{n="${at}"} ${at}\n`) + 'f{n="\xff"} 1\n',
  "metadata": lines(5_000, (at) => `# HELP f${at % 300} text ${at}\n`) + "f 1\n",
  "labels that collide": lines(2_000, (at) => `f{a="${at % 40}",n="${at}"} 1\n`) +
    lines(600, (at) => `x{n="${at}"} 1\n`) +
    lines(600, (at) => `x{a="${at % 3}",n="${at % 9}"} 1\n`),
};

/** What a relabeler makes of pages one after the other. */
function relayBy(
  pages: readonly Uint8Array[],
  drops: DropRules | undefined,
  read: (relabeler: Relabeler, page: Uint8Array) => ReturnType<Relabeler["relabel"]>,
): readonly string[] {
  const section = new Section([]);
  const options = { limits: LIMITS, reusesBlocks: true, ...(drops !== undefined && { drops }) };
  const relabeler = new Relabeler(section.families, options);
  return pages.map((page) => {
    try {
      const { block, dropped, kept } = read(relabeler, page);
      section.set("device", block);
      const view = new Page([section]).view();
      return JSON.stringify([view.text("text"), view.text("openmetrics"), dropped, kept]);
    } catch (error) {
      if (!(error instanceof SyntaxError || error instanceof RangeError)) throw error;
      return error.message;
    }
  });
}

function inSteps(bytes: () => number) {
  return (relabeler: Relabeler, page: Uint8Array) => {
    relabeler.start(page, LABELS);
    while (!relabeler.advance(bytes()));
    return relabeler.finish();
  };
}

function inOneGo(relabeler: Relabeler, page: Uint8Array) {
  return relabeler.relabel(page, LABELS);
}

function bytesOf(page: string): Uint8Array {
  return page.includes("\xff")
    ? Uint8Array.from(page, (character) => character.charCodeAt(0))
    : toBytes(page);
}

Deno.test("Relabeler.advance() gives the same in steps of any length", () => {
  for (const [name, page] of Object.entries(LONG_PAGES)) {
    for (const drops of [undefined, DROPS]) {
      // Twice, since the second time is by what is remembered of the first.
      const pages = [bytesOf(page), bytesOf(page), toBytes("f 1\n"), bytesOf(page)];
      const wanted = relayBy(pages, drops, inOneGo);
      for (const bytes of [1, 3_000]) {
        assertEquals(
          relayBy(pages, drops, inSteps(() => bytes)),
          wanted,
          `${name}, ${bytes} bytes`,
        );
      }
    }
  }
});

Deno.test("Relabeler.advance() gives the same for thousands of odd pages in steps by chance", () => {
  const pages = Array.from({ length: 4_000 }, (_, seed) => {
    const { page, contentType } = oddPage(new Dice(seed));
    try {
      return contentType.startsWith("text/") ? page : textOfOpenMetrics(page);
    } catch {
      return page;
    }
  });
  const dice = new Dice(7);
  for (const drops of [undefined, DROPS]) {
    const wanted = relayBy(pages, drops, inOneGo);
    assertEquals(relayBy(pages, drops, inSteps(() => 1 + dice.below(300))), wanted);
  }
});

Deno.test("Relabeler.advance() does little in each step", () => {
  for (const [name, page] of Object.entries(LONG_PAGES)) {
    const relabeler = new Relabeler(new Section([]).families, { limits: LIMITS, drops: DROPS });
    const bytes = bytesOf(page);
    let steps = 0;
    relabeler.start(bytes, LABELS);
    try {
      while (!relabeler.advance(1_024)) steps += 1;
    } catch (error) {
      assert(error instanceof SyntaxError && name.includes("not UTF-8"), `${name}: ${error}`);
    }
    assert(steps >= bytes.length / 1_100, `${name}: ${steps} steps of ${bytes.length} bytes`);
  }
});

Deno.test("Relabeler.start() forgets a page that is not finished", () => {
  for (const [name, page] of Object.entries(LONG_PAGES)) {
    const read = (relabeler: Relabeler, next: Uint8Array) => {
      for (let steps = 1; steps < 40; steps += 13) {
        relabeler.start(bytesOf(page), LABELS);
        for (let step = 0; step < steps; step++) relabeler.advance(4_096);
      }
      return inOneGo(relabeler, next);
    };
    const next = [toBytes('f{n="1"} 1\ng 2\n# TYPE h histogram\nh_sum 1\n')];
    assertEquals(relayBy(next, DROPS, read), relayBy(next, DROPS, inOneGo), name);
  }
});

Deno.test("Relabeler.relabel() refuses a line of a page with raised limits that is too long", () => {
  const limits = { maxBytes: 1e8, maxLabelBytes: 1e8 };
  const longest = 2 * 1024 * 1024;
  const before = lines(1_000, (at) => `a{n="${at}"} 1\n`);
  const pages = [
    [`# ${"x".repeat(longest)}\n`, "bytes of a line"],
    [`a{x="${"x".repeat(longest)}"} 1\n`, "bytes of a line"],
    // The line feed in the value is none of the page's grammar.
    [`a{x="\n${"x\n".repeat(longest)}"} 1\n`, "bytes of a text"],
    [`{"\n${"x\n".repeat(longest)}"} 1\n`, "bytes of a text"],
  ] as const;
  for (const [page, what] of pages) {
    const relabeler = new Relabeler(new Section([]).families, { limits });
    assertThrows(() => relabeler.relabel(toBytes(before + page + "b 1\n"), []), RangeError, what);
  }
  const relabeler = new Relabeler(new Section([]).families, { limits });
  const fitting = `a{x="${"x".repeat(longest - 20)}"} 1\n`;
  const { block } = relabeler.relabel(
    toBytes(before + fitting + before.replaceAll("n=", "m=")),
    [],
  );
  assertEquals(block.sampleCount, 2_001);
});

Deno.test("Relabeler.relabel() stops at the first label that is too many", () => {
  const relabeler = new Relabeler(new Section([]).families);
  const page = toBytes(`a{${lines(100_000, (at) => `l${at}="",`)}} 1\n`);
  assertThrows(() => relabeler.relabel(page, []), RangeError, "65 labels of a sample");
});
