import { assertEquals } from "@std/assert";
import { Page } from "../../src/page/page.ts";
import { Relabeler } from "../../src/exposition/mod.ts";
import { Section } from "../../src/page/section.ts";

Deno.test("Section.set() shows blocks that are longer than a tile, whatever is beside them", () => {
  const page = (count: number, value: number) =>
    new TextEncoder().encode(
      Array.from({ length: count }, (_, at) => `f${at % 3}{n="${100 + at}"} ${value}\n`).join(""),
    );
  // The same keys and blocks where all of them are long, and where none is.
  const texts = [64, 1e6].map((tileBytes) => {
    const section = new Section([], { tileBytes, tileKeys: 4 });
    const relabeler = new Relabeler(section.families, { reusesBlocks: true });
    const set = (key: string, count: number, value: number) => {
      relabeler.start(page(count, value), [["k", key]]);
      while (!relabeler.advance(Infinity) || !section.prepare(relabeler.byteLength));
      section.set(key, relabeler.finish().block);
      return new Page([section]).view().text("text");
    };
    return [
      set("a", 1, 1),
      set("b", 300, 2),
      set("c", 1, 3),
      set("b", 200, 4),
      set("a", 200, 5),
      set("b", 1, 6),
      section.delete("a") ? set("c", 300, 7) : "",
      set("c", 300, 8),
    ];
  });
  assertEquals(texts[0], texts[1]);
  assertEquals(texts[0]?.at(-1)?.match(/k="c"/g)?.length, 300);
});
