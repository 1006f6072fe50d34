import { assert, assertEquals } from "@std/assert";
import { intern, internText, internTexts } from "../../src/json/intern.ts";

Deno.test("internTexts() gives the same object for equal lists, and no other texts", () => {
  const lists = [[], ["a"], ["a", "b"], ["a,b"], ['a","b'], ["b", "a"], ["ä\ud83d\ude00"]];
  const shared = lists.map((list) => internTexts(list));
  assertEquals(shared, lists);
  for (const [at, list] of lists.entries()) assert(internTexts([...list]) === shared[at]);
});

Deno.test("internTexts() leaves a long list what it is", () => {
  const long = Array.from({ length: 65 }, (_, index) => `${index}`);
  assert(internTexts(long) === long);
  assert(internTexts([...long]) !== long);
  const short = long.slice(1);
  assert(internTexts(short) === internTexts([...short]));
});

Deno.test("internText() gives the same text", () => {
  for (const text of ["", "linux", "x".repeat(10_000)]) assertEquals(internText(text), text);
});

Deno.test("intern() caches a bounded number of values, under short keys only", () => {
  const values = new Map<string, object>();
  const first = {};
  assert(intern(values, "k".repeat(1024), first) === first);
  assert(intern(values, "k".repeat(1024), {}) === first);
  assert(intern(values, "k".repeat(1025), {}) !== intern(values, "k".repeat(1025), {}));
  for (let count = 1; count < 10_000; count++) intern(values, `${count}`, {});
  assert(intern(values, "k".repeat(1024), {}) === first);
  assertEquals(values.size, 10_000);
  intern(values, "one more", {});
  assertEquals(values.size, 1);
});
