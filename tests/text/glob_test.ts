import { assertEquals } from "@std/assert";
import { matchGlob } from "../../src/text/glob.ts";

Deno.test("matchGlob() covers the whole text", () => {
  const cases: readonly (readonly [glob: string, text: string, expected: boolean])[] = [
    ["gateway-1", "gateway-1", true],
    ["gateway-1", "gateway-12", false],
    ["gateway-1", "my-gateway-1", false],
    ["gateway-*", "gateway-", true],
    ["gateway-*", "gateway-1.tail0001.ts.net", true],
    ["*-gateway", "berlin-gateway", true],
    ["*", "", true],
    ["*", "anything", true],
    ["", "", true],
    ["", "a", false],
    ["a", "", false],
    ["?", "", false],
    ["gateway-?", "gateway-7", true],
    ["gateway-?", "gateway-77", false],
    ["a*b*c", "a-b-b-c", true],
    ["a*b*c", "a-c-b", false],
    ["*ab", "aab", true],
    ["**a**", "bab", true],
    ["a.c", "abc", false],
    ["[ab]", "a", false],
    ["(a+)+$", "(a+)+$", true],
    ["nöde-*", "nöde-1", true],
    ["?", "😀", true],
    ["??", "😀", false],
    ["*??x", "😀x", false],
    ["*??ab", "😀ab", false],
    ["a?*b", "a😀b", true],
    ["😀?", "😀😁", true],
    ["😀", "😁", false],
    ["?", "\ud83d", true],
  ];
  for (const [glob, text, expected] of cases) {
    assertEquals(matchGlob(glob, text), expected, `${glob} ${text}`);
  }
});

Deno.test("matchGlob() answers a glob made to be slow", () => {
  assertEquals(matchGlob("*a".repeat(200), "a".repeat(5000) + "b"), false);
});
