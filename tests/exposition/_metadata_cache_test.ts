import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { MetadataCache } from "../../src/exposition/_metadata_cache.ts";
import type { Label } from "../../src/exposition/family.ts";
import { Relabeler, type RelabelResult } from "../../src/exposition/relabel.ts";
import { FamilyTable } from "../../src/exposition/family_table.ts";
import { mutatedPage } from "../_support/mutate.ts";

const encoder = new TextEncoder();

function emptyCache(): MetadataCache {
  return new MetadataCache(() => false, undefined);
}

/** Reads a line as one that follows no other. */
function read(cache: MetadataCache, line: string) {
  return cache.read(encoder.encode(`${line}\n`), 0, cache.start);
}

/** Whether a line is cached, so that the same bytes give the same object. */
function isCached(cache: MetadataCache, line: string): boolean {
  return read(cache, line) === read(cache, line);
}

Deno.test("MetadataCache.trim() keeps 4,096 families and forgets all when there is one more", () => {
  const cache = emptyCache();
  for (let at = 0; at < 4096; at++) cache.family(`a${at}`);
  cache.trim();
  assertEquals(cache.find("a0")?.name, "a0");
  cache.family("one_more");
  cache.trim();
  assertEquals([cache.find("a0"), cache.find("one_more")], [undefined, undefined]);
});

Deno.test("MetadataCache.trim() keeps 4,096 lines and forgets all when there is one more", () => {
  const cache = emptyCache();
  const first = read(cache, "# 0");
  for (let at = 1; at < 4096; at++) read(cache, `# ${at}`);
  cache.trim();
  assertEquals(read(cache, "# 0") === first, true);
  read(cache, "# one more");
  cache.trim();
  assertEquals(read(cache, "# 0") === first, false);
});

Deno.test("MetadataCache.trim() keeps a mebibyte of names and forgets all at a byte more", () => {
  const cache = emptyCache();
  const long = (at: number, length: number) => `${String.fromCharCode(97 + at)}`.repeat(length);
  for (let at = 0; at < 16; at++) cache.family(long(at, 65_536));
  cache.trim();
  assertEquals(cache.find(long(0, 65_536)) === undefined, false);
  cache.family("z");
  cache.trim();
  assertEquals([cache.find("z"), cache.find(long(0, 65_536))], [undefined, undefined]);
  // and counts from nothing again
  cache.family("z");
  cache.trim();
  assertEquals(cache.find("z")?.name, "z");
});

Deno.test("MetadataCache.trim() keeps two mebibytes of labels' names and forgets all at one more", () => {
  const cache = new MetadataCache(() => false, {
    dropsFamily: () => false,
    touches: () => true,
    dropsLabel: () => false,
  });
  // Each costs a kibibyte, and no family has more than it may remember.
  const remember = (at: number) =>
    cache.family(`a${at % 4}`).labelDrop?.shorten([[String(at).padEnd(924, "x"), "1"]]);
  for (let at = 0; at < 2048; at++) remember(at);
  for (let at = 0; at < 2048; at++) remember(at);
  cache.trim();
  assertEquals(cache.find("a0")?.name, "a0");
  remember(2048);
  cache.trim();
  assertEquals(cache.find("a0"), undefined);
  // and counts from nothing again
  remember(0);
  cache.trim();
  assertEquals(cache.find("a0")?.name, "a0");
});

Deno.test("MetadataCache.read() caches a line of 512 bytes with its end, and no longer one", () => {
  const cache = emptyCache();
  assertEquals(isCached(cache, `# ${"x".repeat(509)}`), true);
  assertEquals(isCached(cache, `# ${"x".repeat(510)}`), false);
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

Deno.test("Relabeler.relabel() judges a page by what it says, not by the pages before", () => {
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
    for (let round = 0; round < 3; round++) {
      assertEquals(relabel(known), [known.replace(/^#.*\n/, ""), ""]);
      if (out === "" || out.startsWith("a{")) assertEquals(relabel(page), [out, cut]);
      else assertThrows(() => relabel(page), SyntaxError, out);
    }
    const renamed = 'a{x="7",exported_x="1"} 1\n';
    assertEquals(relabel('a{x="1"} 1\n', [["x", "7"]]), [renamed, ""]);
  }
});
