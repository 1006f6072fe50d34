import { assertEquals } from "@std/assert";
import { secret, text } from "../../src/config/kind.ts";
import { dashed, flagOf } from "../../src/config/setting.ts";

Deno.test("flagOf() spells a variable as a flag, unless it is a secret or has none", () => {
  const open = { variable: "SCRAPE_TAG", kind: text("text", /./), help: "" };
  assertEquals(flagOf(open), "--scrape-tag");
  assertEquals(flagOf({ ...open, hasNoFlag: true }), undefined);
  assertEquals(flagOf({ ...open, kind: secret() }), undefined);
});

Deno.test("dashed() writes lower case and dashes", () => {
  assertEquals(dashed("A_B_C"), "a-b-c");
});
