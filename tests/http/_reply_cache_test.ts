import { assertEquals, assertRejects, assertStrictEquals } from "@std/assert";
import { ReplyCache, type ReplyCacheOptions } from "../../src/http/_reply_cache.ts";
import { settle } from "../_support/fake_clock.ts";

/** A cache, the keys for which replies were made, and a reply of a given length. */
function setUp(options: ReplyCacheOptions = {}) {
  const cache = new ReplyCache(options);
  const made: string[] = [];
  const get = (version: number, key: string, length = 1) =>
    cache.get(version, key, () => {
      made.push(key);
      return Promise.resolve(new Uint8Array(length));
    });
  return { cache, made, get };
}

Deno.test("ReplyCache.get() makes a reply once, and keeps the very same bytes", async () => {
  const { made, get } = setUp();
  assertStrictEquals(await get(1, "a"), await get(1, "a"));
  await get(1, "b");
  assertEquals(made, ["a", "b"]);
});

Deno.test("ReplyCache.get() drops everything when the version changes", async () => {
  const { cache, made, get } = setUp();
  await get(1, "a");
  await get(1, "b");
  await get(2, "a");
  assertEquals([made, cache.byteCount], [["a", "b", "a"], 1]);
});

Deno.test("ReplyCache.get() evicts what was not asked for the longest, by number", async () => {
  const { made, get } = setUp({ maxReplies: 2 });
  for (const key of ["a", "b", "a", "c", "a", "b"]) await get(1, key);
  assertEquals(made, ["a", "b", "c", "b"]);
});

Deno.test("ReplyCache.get() evicts by bytes, and keeps one that is larger alone", async () => {
  const { cache, made, get } = setUp({ maxBytes: 10 });
  await get(1, "a", 6);
  await get(1, "b", 6);
  assertEquals(cache.byteCount, 6);
  await get(1, "large", 11);
  await get(1, "large", 11);
  assertEquals([cache.byteCount, made], [11, ["a", "b", "large"]]);
  await get(1, "a", 6);
  assertEquals(cache.byteCount, 6);
});

Deno.test("ReplyCache.clear() lets go of all bytes", async () => {
  const { cache, get } = setUp();
  await get(1, "a", 6);
  cache.clear();
  assertEquals(cache.byteCount, 0);
});

/** A cache whose replies a test makes when it likes. */
function setUpSlow() {
  const cache = new ReplyCache();
  const begun: string[] = [];
  const ends = new Map<string, PromiseWithResolvers<Uint8Array<ArrayBuffer>>>();
  const get = (version: number, key: string) =>
    cache.get(version, key, () => {
      const end = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
      begun.push(key);
      ends.set(key, end);
      return end.promise;
    });
  const end = (key: string) => ends.get(key)?.resolve(new Uint8Array(1));
  return { cache, begun, ends, get, end };
}

Deno.test("ReplyCache.get() makes a reply once for concurrent requests, one reply at a time", async () => {
  const { begun, get, end } = setUpSlow();
  const asked = [get(1, "a"), get(1, "b"), get(1, "a")];
  await settle();
  assertEquals(begun, ["a"]);
  end("a");
  const [one, , other] = [await asked[0], undefined, await asked[2]];
  assertStrictEquals(one, other);
  await settle();
  assertEquals(begun, ["a", "b"]);
  end("b");
  await asked[1];
});

Deno.test("ReplyCache.get() does not keep a reply that was replaced while it was made", async () => {
  const { cache, begun, get, end } = setUpSlow();
  const old = get(1, "a");
  await settle();
  const fresh = get(2, "a");
  await settle();
  assertEquals([begun, cache.byteCount], [["a"], 0]);
  end("a");
  await old;
  await settle();
  assertEquals([begun, cache.byteCount], [["a", "a"], 0]);
  end("a");
  await fresh;
  assertEquals([await get(2, "a"), cache.byteCount], [await fresh, 1]);
  assertEquals(begun.length, 2);
});

Deno.test("ReplyCache.get() makes a reply again that could not be made", async () => {
  const { begun, ends, get, end } = setUpSlow();
  const asked = [get(1, "a"), get(1, "a")];
  await settle();
  ends.get("a")?.reject(new Error("broken"));
  for (const one of asked) await assertRejects(() => one, Error, "broken");
  const again = get(1, "a");
  await settle();
  end("a");
  assertEquals([(await again).length, begun], [1, ["a", "a"]]);
});
