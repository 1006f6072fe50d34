import { assertEquals } from "@std/assert";
import { isSameList } from "../../src/facts/same.ts";

Deno.test("isSameList() compares elements and their order", () => {
  assertEquals(isSameList(["a", "b"], ["a", "b"]), true);
  assertEquals(isSameList(["a", "b"], ["b", "a"]), false);
  assertEquals(isSameList(["a"], ["a", "b"]), false);
  assertEquals(isSameList(undefined, []), false);
  assertEquals(isSameList([], undefined), false);
  assertEquals(isSameList(undefined, undefined), true);
});
