import { assertEquals } from "@std/assert";
import { editDistance, nearestText } from "../../src/config/_edit_distance.ts";

Deno.test("editDistance() counts edits", () => {
  const cases: readonly (readonly [a: string, b: string, distance: number])[] = [
    ["kitten", "sitting", 3],
    ["", "ab", 2],
    ["ab", "", 2],
    ["ab", "ab", 0],
    ["ab", "ba", 2],
    ["flaw", "lawn", 2],
    ["a🙂c", "abc", 1],
    ["", "", 0],
    ["x".repeat(60), "y".repeat(40), 60],
  ];
  for (const [a, b, distance] of cases) {
    assertEquals([editDistance(a, b), editDistance(b, a)], [distance, distance], `${a}, ${b}`);
  }
});

Deno.test("nearestText() gives the word with the fewest edits, the first of several", () => {
  assertEquals(nearestText("hep", ["serve", "help", "once"]), "help");
  assertEquals(nearestText("HEP", ["serve", "help", "heap"]), "help");
  assertEquals(nearestText("x", ["a", "b"]), "a");
  assertEquals(nearestText("x", []), undefined);
});
