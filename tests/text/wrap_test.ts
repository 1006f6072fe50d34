import { assertEquals } from "@std/assert";
import { wrapText } from "../../src/text/wrap.ts";

Deno.test("wrapText() breaks at blanks and leaves a long word whole", () => {
  assertEquals(wrapText("aa bb cc", 5), ["aa bb", "cc"]);
  assertEquals(wrapText("aaaaaaaa bb", 5), ["aaaaaaaa", "bb"]);
  assertEquals(wrapText("", 5), [""]);
});
