import { assertEquals } from "@std/assert";
import { shortName } from "../../src/text/short_name.ts";

Deno.test("shortName() gives the first label, or the whole name where that is empty", () => {
  const cases = [
    ["web-1.tail.ts.net", "web-1"],
    ["web-1", "web-1"],
    ["web-1.", "web-1"],
    [".tail.ts.net", ".tail.ts.net"],
    ["", ""],
  ] as const;
  for (const [name, expected] of cases) assertEquals(shortName(name), expected, name);
});
