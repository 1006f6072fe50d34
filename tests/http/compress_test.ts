import { assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { gunzipSync } from "node:zlib";
import { GzipCache, GzipMember } from "../../src/http/compress.ts";
import { concatBytes, FakePage, manyPieces } from "./_fake_views.ts";

function allParts(member: GzipMember): Uint8Array<ArrayBuffer> {
  const parts: Uint8Array[] = [];
  for (let index = 0;; index++) {
    const part = member.part(index);
    if (part === undefined) return concatBytes(parts);
    parts.push(part);
  }
}

async function gunzipByStream(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return await new Response(stream).bytes();
}

Deno.test("GzipMember is one member to every reader, however many segments it has", async () => {
  for (const pieces of [[], manyPieces(1, 1), manyPieces(1, 131_072), manyPieces(9, 131_072)]) {
    const plain = concatBytes(pieces);
    const member = new GzipMember(pieces);
    const packed = allParts(member);
    assertEquals(new Uint8Array(gunzipSync(packed)), plain);
    // this one throws where anything follows the first member
    assertEquals(await gunzipByStream(packed), plain);
    assertEquals(member.byteLength, packed.length);
  }
});

Deno.test("GzipMember gives back any bytes cut in any way", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 }), (pieces) => {
    assertEquals(new Uint8Array(gunzipSync(allParts(new GzipMember(pieces)))), concatBytes(pieces));
  }));
});

Deno.test("GzipMember.part() compresses no further than asked, and each piece once", () => {
  const page = new FakePage(manyPieces(4, 1000));
  const member = new GzipMember(page.chunks("text"));
  assertEquals(member.part(0)?.length, 10);
  assertEquals(page.chunksRead, 0);
  const first = member.part(1);
  assertEquals([page.chunksRead, member.byteLength], [1, undefined]);
  assertEquals(member.part(1) === first, true);
  const packed = allParts(member);
  assertEquals(page.chunksRead, 4);
  assertEquals(allParts(member), packed);
  assertEquals(page.chunksRead, 4);
});

Deno.test("GzipMember.part() gives a page that failed no valid end", () => {
  function* broken(): Generator<Uint8Array> {
    yield new Uint8Array(5);
    throw new RangeError("no such family");
  }
  const member = new GzipMember(broken());
  assertEquals(member.part(1) === undefined, false);
  assertThrows(() => member.part(2), RangeError, "no such family");
  assertThrows(() => member.part(2), RangeError, "no such family");
  assertEquals([member.hasFailed, member.byteLength], [true, undefined]);
});

Deno.test("GzipCache.member() keeps one member for each format until the page changes", () => {
  const cache = new GzipCache();
  const page = new FakePage(["up 1\n"]);
  const text = cache.member(page, "text");
  const openMetrics = cache.member(page, "openmetrics");
  assertEquals(text === openMetrics, false);
  assertEquals(cache.member(page, "text") === text, true);
  assertEquals(cache.member(page, "openmetrics") === openMetrics, true);
  page.generation = 2;
  assertEquals(cache.member(page, "text") === text, false);
  page.generation = 1;
  assertEquals(cache.member(page, "text") === text, false, "an older one is not kept");
});

Deno.test("GzipCache.member() keeps the parts of one state of the page, and 64 at most", () => {
  const cache = new GzipCache();
  const page = new FakePage(["up 1\n"]);
  const parts = Array.from({ length: 64 }, (_, at) => `${at}/64`);
  const members = parts.map((part) => cache.member(page, "text", part));
  assertEquals(new Set(members).size, 64);
  assertEquals(parts.every((part, at) => cache.member(page, "text", part) === members[at]), true);
  const whole = cache.member(page, "text");
  assertEquals(cache.member(page, "text") === whole, true);
  assertEquals(cache.member(page, "text", "63/64") === members[63], true);
  assertEquals(cache.member(page, "text", "0/64") === members[0], false, "the oldest is given up");
  page.generation = 2;
  const next = cache.member(page, "text", "63/64");
  assertEquals(next === members[63], false);
  page.generation = 1;
  assertEquals(cache.member(page, "text") === whole, false, "nothing of another state is kept");
});

Deno.test("GzipCache.member() does not keep a member that failed", () => {
  const cache = new GzipCache();
  let failures = 1;
  const page = {
    generation: 1,
    byteLength: () => 0,
    memory: () => [],
    release: () => {},
    *chunks(): Generator<Uint8Array> {
      if (failures-- > 0) throw new RangeError("no such family");
      yield new Uint8Array(3);
    },
  };
  const failed = cache.member(page, "text");
  assertThrows(() => failed.part(1), RangeError);
  assertEquals(gunzipSync(allParts(cache.member(page, "text"))).length, 3);
});

Deno.test("GzipCache compresses again only what the next page has anew", () => {
  const cache = new GzipCache();
  const [first, second, third, fourth] = manyPieces(4, 1000);
  const pieces = [first, second, third].map((piece) => piece ?? new Uint8Array());
  const before = new FakePage(pieces);
  const packed = cache.member(before, "text");
  allParts(packed);
  const after = new FakePage([pieces[0] ?? "", fourth ?? "", pieces[2] ?? ""]);
  after.generation = 2;
  const next = cache.member(after, "text");
  assertEquals(new Uint8Array(gunzipSync(allParts(next))), after.bytes());
  const isSame = [1, 2, 3].map((index) => next.part(index) === packed.part(index));
  assertEquals(isSame, [true, false, true]);
  assertEquals([...next.memory()].includes(packed.part(1)?.buffer ?? new ArrayBuffer()), true);
});

Deno.test("GzipMember.memory() is that of its page too, until it needs the page no more", () => {
  const page = new FakePage(manyPieces(2, 1000));
  const member = new GzipCache().member(page, "text");
  const keepsPage = () => page.memory().every((one) => [...member.memory()].includes(one));
  member.part(1);
  assertEquals([member.isDone, keepsPage()], [false, true]);
  allParts(member);
  assertEquals([member.isDone, keepsPage()], [true, false]);
});

Deno.test("GzipCache.leave() drops half a member when its last reader has ended", () => {
  const cache = new GzipCache();
  const page = new FakePage(manyPieces(2, 1000));
  const member = cache.member(page, "text");
  assertEquals(cache.member(page, "text") === member, true);
  cache.leave(member);
  assertEquals(cache.member(page, "text") === member, true);
  cache.leave(member);
  cache.leave(member);
  const next = cache.member(page, "text");
  assertEquals(next === member, false);
  allParts(next);
  cache.leave(next);
  assertEquals(cache.member(page, "text") === next, true);
});
