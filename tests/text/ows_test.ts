import { assertEquals } from "@std/assert";
import { trimOws } from "../../src/text/ows.ts";

Deno.test("trimOws() takes blanks and tabs away, at both ends only", () => {
  assertEquals(trimOws(" \t a \t b\t "), "a \t b");
  assertEquals([trimOws(""), trimOws(" \t"), trimOws("a")], ["", "", "a"]);
});

Deno.test("trimOws() leaves all that trim() takes besides", () => {
  for (const blank of ["\v", "\f", "\r", "\n", "\u00a0", "\u1680", "\u2003", "\u2028", "\ufeff"]) {
    assertEquals([`${blank}7${blank}`.trim(), trimOws(`${blank}7${blank}`)], [
      "7",
      `${blank}7${blank}`,
    ]);
  }
});
