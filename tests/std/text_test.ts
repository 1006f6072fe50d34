import { assertEquals } from "@std/assert";
import { closestString, levenshteinDistance } from "@std/text";

Deno.test("closestString() gives the word with the fewest edits", () => {
  assertEquals(closestString("hep", ["serve", "help", "once"]), "help");
});

Deno.test("levenshteinDistance() counts edits", () => {
  assertEquals(levenshteinDistance("kitten", "sitting"), 3);
  assertEquals(levenshteinDistance("", "ab"), 2);
  assertEquals(levenshteinDistance("ab", "ab"), 0);
});
