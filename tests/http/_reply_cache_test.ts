import { assertEquals, assertStrictEquals } from "@std/assert";
import { ReplyCache, type ReplyCacheOptions } from "../../src/http/_reply_cache.ts";

/** A cache, the keys for which replies were made, and a reply of a given length. */
function setUp(options: ReplyCacheOptions = {}) {
  const cache = new ReplyCache(options);
  const made: string[] = [];
  const get = (version: number, key: string, length = 1) =>
    cache.get(version, key, () => {
      made.push(key);
      return new Uint8Array(length);
    });
  return { cache, made, get };
}

Deno.test("ReplyCache.get() makes a reply once, and keeps the very same bytes", () => {
  const { made, get } = setUp();
  assertStrictEquals(get(1, "a"), get(1, "a"));
  get(1, "b");
  assertEquals(made, ["a", "b"]);
});

Deno.test("ReplyCache.get() drops everything when the version changes", () => {
  const { cache, made, get } = setUp();
  get(1, "a");
  get(1, "b");
  get(2, "a");
  assertEquals([made, cache.byteCount], [["a", "b", "a"], 1]);
});

Deno.test("ReplyCache.get() evicts what was not asked for the longest, by number", () => {
  const { made, get } = setUp({ maxReplies: 2 });
  for (const key of ["a", "b", "a", "c", "a", "b"]) get(1, key);
  assertEquals(made, ["a", "b", "c", "b"]);
});

Deno.test("ReplyCache.get() evicts by bytes, and keeps one that is larger alone", () => {
  const { cache, made, get } = setUp({ maxBytes: 10 });
  get(1, "a", 6);
  get(1, "b", 6);
  assertEquals(cache.byteCount, 6);
  get(1, "large", 11);
  get(1, "large", 11);
  assertEquals([cache.byteCount, made], [11, ["a", "b", "large"]]);
  get(1, "a", 6);
  assertEquals(cache.byteCount, 6);
});

Deno.test("ReplyCache.clear() lets go of all bytes", () => {
  const { cache, get } = setUp();
  get(1, "a", 6);
  cache.clear();
  assertEquals(cache.byteCount, 0);
});
