import { assertEquals } from "@std/assert";
import type { Label } from "../../src/exposition/family.ts";
import { Section } from "../../src/page/mod.ts";
import { Relabeler } from "../../src/exposition/relabel.ts";
import { toBytes } from "../_support/relay.ts";

Deno.test("LineBuffer.addSeries() finds a series twice whatever the page before left behind", () => {
  for (let length = 1; length <= 16; length++) {
    const own: readonly Label[] = [["id", "7".repeat(length)]];
    const relabeler = new Relabeler(new Section([]).families, { reusesBlocks: true });
    relabeler.relabel(toBytes(`a{x="${"}".repeat(200)}"} 1\n`), own);
    const { dropped } = relabeler.relabel(toBytes('b 1\n{"b"} 2\n'), own);
    assertEquals(dropped, [{ family: "b", reason: "duplicate", samples: 1 }]);
  }
});
