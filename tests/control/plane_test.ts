import { assertEquals } from "@std/assert";
import { failureReasons } from "../../src/control/plane.ts";
import { HEADSCALE_PROFILE } from "../../src/headscale/profile.ts";
import { TAILSCALE_PROFILE } from "../../src/tailscale/profile.ts";

const OWN = { forbidden: "a", malformed: "b", not_found: "c" };

Deno.test("failureReasons() words what all APIs have in common, and takes the rest", () => {
  const { malformed, network } = failureReasons("other API", OWN);
  assertEquals([malformed, network], ["b", "The other API cannot be reached."]);
});

for (const profile of [TAILSCALE_PROFILE, HEADSCALE_PROFILE]) {
  Deno.test(`the profile of the ${profile.apiName} has a sentence for each failure`, () => {
    const sentences = Object.values(profile.reasons);
    assertEquals(sentences.length, Object.keys(failureReasons("", OWN)).length);
    assertEquals(new Set(sentences).size, sentences.length);
    // Readers without a token must not learn where the API is.
    assertEquals(sentences.filter((text) => !/^[A-Z].*\.$/.test(text) || text.includes("//")), []);
  });
}
