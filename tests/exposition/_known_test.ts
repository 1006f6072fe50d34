import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { type KnownFamily, KnownPages } from "../../src/exposition/_known.ts";
import type { Label } from "../../src/exposition/family.ts";
import { Relabeler, type RelabelResult } from "../../src/exposition/relabel.ts";
import { FamilyTable } from "../../src/exposition/table.ts";
import { mutatedPage } from "../_support/mutate.ts";

const encoder = new TextEncoder();

function memory(): KnownPages {
  return new KnownPages(() => false, undefined);
}

/** Reads a line as one that follows no other. */
function read(known: KnownPages, line: string) {
  return known.read(encoder.encode(`${line}\n`), 0, known.start);
}

/** Whether a line is remembered, so that the same bytes give the same object. */
function isRemembered(known: KnownPages, line: string): boolean {
  return read(known, line) === read(known, line);
}

Deno.test("KnownPages.trim() keeps 4,096 families and forgets all when there is one more", () => {
  const known = memory();
  for (let at = 0; at < 4096; at++) known.family(`a${at}`);
  known.trim();
  assertEquals(known.find("a0")?.name, "a0");
  known.family("one_more");
  known.trim();
  assertEquals([known.find("a0"), known.find("one_more")], [undefined, undefined]);
});

Deno.test("KnownPages.trim() keeps 4,096 lines and forgets all when there is one more", () => {
  const known = memory();
  const first = read(known, "# 0");
  for (let at = 1; at < 4096; at++) read(known, `# ${at}`);
  known.trim();
  assertEquals(read(known, "# 0") === first, true);
  read(known, "# one more");
  known.trim();
  assertEquals(read(known, "# 0") === first, false);
});

Deno.test("KnownPages.trim() keeps a mebibyte of names and forgets all at a byte more", () => {
  const known = memory();
  const long = (at: number, length: number) => `${String.fromCharCode(97 + at)}`.repeat(length);
  for (let at = 0; at < 16; at++) known.family(long(at, 65_536));
  known.trim();
  assertEquals(known.find(long(0, 65_536)) === undefined, false);
  known.family("z");
  known.trim();
  assertEquals([known.find("z"), known.find(long(0, 65_536))], [undefined, undefined]);
  // and counts from nothing again
  known.family("z");
  known.trim();
  assertEquals(known.find("z")?.name, "z");
});

Deno.test("KnownPages.trim() keeps two mebibytes of labels' names and forgets all at one more", () => {
  const known = new KnownPages(() => false, {
    dropsFamily: () => false,
    touches: () => true,
    dropsLabel: () => false,
  });
  // Each costs a kibibyte, and no family has more than it may remember.
  const remember = (at: number) =>
    known.family(`a${at % 4}`).labelDrop?.shorten([[String(at).padEnd(924, "x"), "1"]]);
  for (let at = 0; at < 2048; at++) remember(at);
  for (let at = 0; at < 2048; at++) remember(at);
  known.trim();
  assertEquals(known.find("a0")?.name, "a0");
  remember(2048);
  known.trim();
  assertEquals(known.find("a0"), undefined);
  // and counts from nothing again
  remember(0);
  known.trim();
  assertEquals(known.find("a0")?.name, "a0");
});

Deno.test("KnownPages.read() remembers a line of 512 bytes with its end, and no longer one", () => {
  const known = memory();
  assertEquals(isRemembered(known, `# ${"x".repeat(509)}`), true);
  assertEquals(isRemembered(known, `# ${"x".repeat(510)}`), false);
});

/** Lets a line follow the start of its family; its text, if it is known now. */
function follow(known: KnownPages, family: KnownFamily, line: string): string | undefined {
  const page = encoder.encode(`${line}\n`);
  family.latestSeries = family.seriesStart;
  known.follow(family, page, 0, page.length);
  const series = family.latestSeries;
  return series && new TextDecoder().decode(series.view).slice(0, series.length);
}

Deno.test("KnownPages.follow() remembers a line up to its value, of 256 bytes and no more", () => {
  const known = memory();
  const table: readonly (readonly [string, string | undefined])[] = [
    ["a 1", "a "],
    ['a{x="y z"} 1', 'a{x="y z"} '],
    [`a{x="${"y".repeat(248)}"} 1`, `a{x="${"y".repeat(248)}"} `],
    [`a{x="${"y".repeat(249)}"} 1`, undefined],
  ];
  for (const [at, [line, remembered]] of table.entries()) {
    assertEquals(follow(known, known.family(`a${at}`), line), remembered);
  }
});

Deno.test("KnownPages.follow() puts another line in the place of one at the 16th miss", () => {
  const known = memory();
  const family = known.family("a");
  follow(known, family, 'a{x="1"} 1');
  for (let miss = 1; miss < 16; miss++) {
    assertEquals(follow(known, family, 'a{x="2"} 1'), undefined);
  }
  assertEquals(follow(known, family, 'a{x="2"} 1'), 'a{x="2"} ');
  assertEquals(follow(known, family, 'a{x="3"} 1'), undefined);
});

Deno.test("KnownPages.follow() remembers 2,048 lines, and others in the place of these", () => {
  const known = memory();
  /** Reads a page of one family; how many of its lines are known then. */
  const read = (name: string, lines: readonly string[]): number => {
    const family = known.family(name);
    family.latestSeries = family.seriesStart;
    let count = 0;
    for (const line of lines) {
      const page = encoder.encode(`${line}\n`);
      known.follow(family, page, 0, page.length);
      if (family.latestSeries !== undefined) count++;
    }
    return count;
  };
  const linesOf = (label: string, length: number) =>
    Array.from({ length }, (_, at) => `a{${label}="${at}"} 1`);
  assertEquals(read("a", linesOf("x", 1024)), 1024);
  assertEquals(read("b", linesOf("x", 2000)), 1024);
  assertEquals(read("c", linesOf("x", 1)), 0);
  // what a's first line had behind it goes with it
  for (let miss = 1; miss < 16; miss++) assertEquals(read("a", linesOf("y", 1)), 0);
  assertEquals(read("a", linesOf("y", 24)), 24);
  assertEquals(read("c", linesOf("x", 2000)), 1000);
  known.clear();
  assertEquals(read("c", linesOf("x", 2049)), 2048);
});

Deno.test("Relabeler.relabel() knows all lines of a page that it has read, in whatever order", () => {
  const table = [
    '# TYPE a gauge\na{x="1"} 1\na{x="2"} 2\n# TYPE b gauge\nb 3\n',
    'a{x="1"} 1\na{x="2"} 2\nb 3\n',
    'a{x="1"} 1\nb 3\na{x="2"} 2\n',
  ];
  const { follow } = KnownPages.prototype;
  let count = 0;
  KnownPages.prototype.follow = function (...given) {
    count++;
    follow.apply(this, given);
  };
  try {
    for (const text of table) {
      const relabeler = new Relabeler(new FamilyTable([]));
      count = 0;
      relabeler.relabel(encoder.encode(text), []);
      assertEquals(count, 3, text);
      relabeler.relabel(encoder.encode(text.replaceAll(/\d\n/g, "7\n")), []);
      assertEquals(count, 3, text);
    }
  } finally {
    KnownPages.prototype.follow = follow;
  }
});

Deno.test("Relabeler.relabel() says the same of a page, whatever it has read before", () => {
  const owns: readonly (readonly Label[])[] = [
    [["id", "7"]],
    [["id", "8"], ["path", "é"]],
    [["id", ""]],
  ];
  const outcome = (relabeler: Relabeler, page: Uint8Array, own: readonly Label[]) => {
    let result: RelabelResult;
    try {
      result = relabeler.relabel(page, own);
    } catch (error) {
      assert(error instanceof Error);
      return error.message;
    }
    const { block, dropped, kept } = result;
    return [new TextDecoder().decode(block.bytes), block.ends, dropped, kept];
  };
  const visit = fc.tuple(mutatedPage, fc.nat(owns.length - 1));
  fc.assert(fc.property(fc.array(visit, { minLength: 2, maxLength: 30 }), (visits) => {
    const table = new FamilyTable([]);
    const relabeler = new Relabeler(table);
    for (const [page, at] of visits) {
      const own = owns[at] ?? [];
      const said = outcome(relabeler, page, own);
      assertEquals(said, outcome(new Relabeler(table), page, own));
    }
  }));
});

Deno.test("Relabeler.relabel() judges a line that it knows by what is around it now", () => {
  const ascending = '# TYPE a gauge\na{x="1"} 1\na{x="2"} 2\n';
  const descending = '# TYPE a gauge\na{x="2"} 1\na{x="1"} 2\n';
  const twice = "a: 1 duplicate";
  const first = 'a{x="1"} 1\n';
  const table: readonly (readonly [known: string, page: string, out: string, cut: string])[] = [
    [ascending, '# TYPE a gauge\na{x="1"} 1\na{x="1"} 2\n', first, twice],
    [ascending, '# TYPE a gauge\na{x="1"} 1 \na{x="1"} 2\n', first, twice],
    [
      ascending,
      '# TYPE a gauge\na{x="1"} 1\na{x="2"} 2 \na{x="2"} 3\n',
      `${first}a{x="2"} 2\n`,
      twice,
    ],
    [
      descending,
      '# TYPE a gauge\na{x="2"} 1\na{x="1"} 2\na{x="2"} 3\n',
      'a{x="2"} 1\na{x="1"} 2\n',
      twice,
    ],
    [ascending, '# TYPE a counter\na{x="1"} 1\na{x="2"} -2\n', first, "a: 1 malformed"],
    [ascending, '# TYPE a histogram\na{x="1"} 1\n', "", "a: 1 malformed"],
    [ascending, '# TYPE a gauge\na{x="1"} 1\na{x="2"} 2', `${first}a{x="2"} 2\n`, ""],
    [ascending, '# TYPE a gauge\na{x="1"} 1\na{x="2"} x\n', "the value is no number", ""],
    [ascending, '# TYPE a gauge\na{x="\xff"} 1\n', "bytes that are not UTF-8", ""],
  ];
  for (const [known, page, out, cut] of table) {
    const relabeler = new Relabeler(new FamilyTable([]));
    const relabel = (text: string, own: readonly Label[] = []) => {
      const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
      const { block, dropped } = relabeler.relabel(bytes, own);
      const cuts = dropped.map(({ family, reason, samples }) => `${family}: ${samples} ${reason}`);
      return [new TextDecoder().decode(block.bytes), cuts.join()];
    };
    for (let round = 0; round < 40; round++) {
      // More rounds than it takes to put this page in the place of what is known.
      if (round < 3) assertEquals(relabel(known), [known.replace(/^#.*\n/, ""), ""]);
      if (out === "" || out.startsWith("a{")) assertEquals(relabel(page), [out, cut]);
      else assertThrows(() => relabel(page), SyntaxError, out);
    }
    const renamed = 'a{x="7",exported_x="1"} 1\n';
    assertEquals(relabel('a{x="1"} 1\n', [["x", "7"]]), [renamed, ""]);
  }
});
