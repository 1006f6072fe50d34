import { assert, assertEquals } from "@std/assert";
import { share, shareText, shareTexts } from "../../src/json/pool.ts";

Deno.test("shareTexts() gives the same object for equal lists, and no other texts", () => {
  const lists = [[], ["a"], ["a", "b"], ["a,b"], ['a","b'], ["b", "a"], ["ä\ud83d\ude00"]];
  const shared = lists.map((list) => shareTexts(list));
  assertEquals(shared, lists);
  for (const [at, list] of lists.entries()) assert(shareTexts([...list]) === shared[at]);
});

Deno.test("shareTexts() leaves a long list what it is", () => {
  const long = Array.from({ length: 65 }, (_, index) => `${index}`);
  assert(shareTexts(long) === long);
  assert(shareTexts([...long]) !== long);
  const short = long.slice(1);
  assert(shareTexts(short) === shareTexts([...short]));
});

Deno.test("shareText() gives the same text", () => {
  for (const text of ["", "linux", "x".repeat(10_000)]) assertEquals(shareText(text), text);
});

Deno.test("share() caches a bounded number of values, under short keys only", () => {
  const values = new Map<string, object>();
  const first = {};
  assert(share(values, "k".repeat(1024), first) === first);
  assert(share(values, "k".repeat(1024), {}) === first);
  assert(share(values, "k".repeat(1025), {}) !== share(values, "k".repeat(1025), {}));
  for (let count = 1; count < 10_000; count++) share(values, `${count}`, {});
  assert(share(values, "k".repeat(1024), {}) === first);
  assertEquals(values.size, 10_000);
  share(values, "one more", {});
  assertEquals(values.size, 1);
});
