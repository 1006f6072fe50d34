import { assert, assertEquals } from "@std/assert";
import { selectRow, visibleRows } from "../../src/ui/rows.ts";

Deno.test("visibleRows() covers what is on the screen, and hardly more", () => {
  for (let scrollTop = 0; scrollTop <= 440_000; scrollTop += 997) {
    const { end, first } = visibleRows({ count: 10_000, height: 600, rowHeight: 44, scrollTop });
    assert(first <= Math.min(10_000, Math.floor(scrollTop / 44)));
    assert(end >= Math.min(10_000, Math.ceil((scrollTop + 600) / 44)));
    assert(end - first <= 40);
  }
});

Deno.test("visibleRows() stays within the rows", () => {
  const at = (count: number, scrollTop: number) =>
    visibleRows({ count, height: 600, rowHeight: 44, scrollTop });
  assertEquals(at(0, 0), { first: 0, end: 0 });
  assertEquals(at(3, 0), { first: 0, end: 3 });
  assertEquals(at(3, 99_999), { first: 3, end: 3 });
  assertEquals(at(3, -100), { first: 0, end: 3 });
});

Deno.test("selectRow() moves by key, within the rows", () => {
  const move = (key: string, selected: number) => selectRow(key, { count: 30, page: 10, selected });
  assertEquals(
    ["ArrowDown", "ArrowUp", "PageDown", "PageUp", "Home", "End"].map((key) => move(key, 5)),
    [6, 4, 15, 0, 0, 29],
  );
  assertEquals([move("ArrowUp", 0), move("ArrowDown", 29), move("a", 5)], [0, 29, undefined]);
  assertEquals(selectRow("End", { count: 0, page: 10, selected: 0 }), undefined);
});
