import { assertEquals } from "@std/assert";
import { KnownPages } from "../../src/exposition/_known.ts";

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

Deno.test("KnownPages.read() remembers a line of 512 bytes with its end, and no longer one", () => {
  const known = memory();
  assertEquals(isRemembered(known, `# ${"x".repeat(509)}`), true);
  assertEquals(isRemembered(known, `# ${"x".repeat(510)}`), false);
});
