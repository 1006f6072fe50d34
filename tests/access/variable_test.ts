import { assertEquals } from "@std/assert";
import { mayHold, variableOf } from "../../src/access/variable.ts";

Deno.test("variableOf() takes an unknown variable for any text", () => {
  assertEquals(variableOf("upstream_cache_status"), { alphabet: "text" });
  assertEquals(variableOf("status"), { alphabet: "number", length: 3, role: "status" });
});

Deno.test("mayHold() knows what each alphabet and escape leave", () => {
  for (
    const [alphabet, escape, held, not] of [
      ["number", "default", "09.-", ' a"\\+é'],
      ["token", "default", "aZ0.:/-_%", ' "\\|[é\n'],
      ["word", "default", "aZ0.:/[é\\|", ' "\t\n'],
      ["text", "default", " a[\\~", '"\té\n'],
      ["text", "json", " a[\\~é", '"\t\n'],
      ["text", "none", ' a"\\\té', ""],
      ["word", "none", "a[", ' "\t'],
    ] as const
  ) {
    for (const character of held) assertEquals(mayHold({ alphabet }, character, escape), true);
    for (const character of not) assertEquals(mayHold({ alphabet }, character, escape), false);
  }
});
