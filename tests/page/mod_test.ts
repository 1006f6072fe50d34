import { assertEquals } from "@std/assert";

Deno.test("the page offers these names", async () => {
  const library = await import("../../src/page/mod.ts");
  assertEquals(Object.keys(library).toSorted(), ["Page", "PageView", "Registry", "Section"]);
});
