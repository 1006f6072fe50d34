import { assertEquals, assertThrows } from "@std/assert";
import type { Family, MetricType } from "../../src/exposition/family.ts";
import { type FamilyHeader, FamilyTable } from "../../src/exposition/family_table.ts";

function family(name: string, type: MetricType = "gauge", help = ""): Family {
  return { name, type, help };
}

function text(header: FamilyHeader | undefined): readonly [string, string] {
  const decoder = new TextDecoder();
  return [decoder.decode(header?.text), decoder.decode(header?.openmetrics)];
}

Deno.test("FamilyTable() keeps its first families in their order", () => {
  const table = new FamilyTable([family("b"), family("a")]);
  assertEquals(table.size, 2);
  assertEquals(table.at(0), family("b"));
  assertEquals(table.indexOf("a"), 1);
  assertEquals(table.indexOf("c"), undefined);
});

Deno.test("FamilyTable() refuses families that cannot stand on one page", () => {
  const wrong: readonly (readonly [readonly Family[], string])[] = [
    [[family("a"), family("a")], 'Cannot make a table with family "a": name_conflict'],
    [[family("a"), family("a_total", "counter")], '"a_total": name_conflict'],
  ];
  for (const [families, message] of wrong) {
    assertThrows(() => new FamilyTable(families), RangeError, message);
  }
  assertThrows(
    () => new FamilyTable([family("a"), family("b")], { maxFamilies: 1 }),
    RangeError,
    'Cannot make a table with family "b": family_limit',
  );
});

Deno.test("FamilyTable.headers() are written in both formats", () => {
  const table = new FamilyTable([family("a_total", "counter", 'say "a"\\')]);
  assertEquals(text(table.headers()[0]), [
    '# HELP a_total say "a"\\\\\n# TYPE a_total counter\n',
    '# TYPE a counter\n# HELP a say \\"a\\"\\\\\n',
  ]);
});

Deno.test("FamilyTable.claim() gives the same family the same place", () => {
  const table = new FamilyTable([family("a")]);
  assertEquals(table.claim(family("b")), 1);
  const { epoch } = table;
  assertEquals(table.claim(family("b")), 1);
  assertEquals(table.claim(family("a")), 0);
  assertEquals(table.epoch, epoch);
});

Deno.test("FamilyTable.claim() refuses another type while the family is in use", () => {
  const table = new FamilyTable([]);
  table.retain(Number(table.claim(family("a"))));
  assertEquals(table.claim(family("a", "counter")), "type_conflict");
  table.release(0);
  assertEquals(table.claim(family("a", "counter")), 0);
  assertEquals(table.at(0).type, "counter");
});

Deno.test("FamilyTable.claim() refuses names that clash in either format", () => {
  const clashes: readonly (readonly [Family, Family])[] = [
    [family("a"), family("a_total", "counter")],
    [family("a_total"), family("a_total", "counter")],
    [family("a_created"), family("a_total", "counter")],
    [family("a", "counter"), family("a_total", "counter")],
    [family("a"), family("a", "histogram")],
    [family("a_bucket"), family("a", "histogram")],
    [family("a_count"), family("a", "histogram")],
    [family("a_sum"), family("a", "summary")],
    [family("a_count"), family("a", "summary")],
    [family("a_created"), family("a", "summary")],
    [family("a", "histogram"), family("a_total", "counter")],
    [family("a_count_total", "counter"), family("a", "summary")],
  ];
  for (const [one, other] of clashes) {
    for (const [first, second] of [[one, other], [other, one]] as const) {
      const expected = first.name === second.name ? "type_conflict" : "name_conflict";
      const table = new FamilyTable([first]);
      assertEquals(table.claim(second), expected, `${second.name} after ${first.name}`);
    }
  }
});

Deno.test("FamilyTable.claim() lets names stand together that only look alike", () => {
  const pairs: readonly (readonly [Family, Family])[] = [
    [family("a_count"), family("a")],
    [family("a_bucket"), family("a", "summary")],
    [family("a_info"), family("a")],
    [family("a_total"), family("a")],
    [family("a_total", "untyped"), family("a")],
    [family("a_total_total", "counter"), family("a_bucket")],
  ];
  for (const [one, other] of pairs) {
    assertEquals(new FamilyTable([one]).claim(other), 1, `${other.name} after ${one.name}`);
  }
});

Deno.test("FamilyTable.claim() keeps to the limit, and fills free places first", () => {
  const table = new FamilyTable([family("a")], { maxFamilies: 2 });
  assertEquals(table.claim(family("b")), 1);
  table.retain(1);
  assertEquals(table.claim(family("c")), "family_limit");
  table.release(1);
  assertEquals(table.claim(family("c")), 1);
  assertEquals(table.indexOf("b"), undefined);
  assertEquals(table.size, 2);
});

Deno.test("FamilyTable.claim() takes the first HELP that says something", () => {
  const table = new FamilyTable([]);
  table.claim(family("a"));
  table.claim(family("a", "gauge", "one"));
  table.claim(family("a", "gauge", "two"));
  assertEquals(table.at(0).help, "one");
  assertEquals(text(table.headers()[0])[0], "# HELP a one\n# TYPE a gauge\n");
});

Deno.test("FamilyTable.since() tells that a place was given to another family", () => {
  const table = new FamilyTable([]);
  table.claim(family("a"));
  const before = table.epoch;
  assertEquals(table.since(0) <= before, true);
  assertEquals(table.claim(family("b")), 0);
  assertEquals(table.since(0) > before, true);
});

Deno.test("FamilyTable.since() tells that a family was put out and its place is empty", () => {
  const table = new FamilyTable([]);
  table.retain(Number(table.claim(family("a"))));
  table.retain(Number(table.claim(family("a_created"))));
  const before = table.epoch;
  table.release(0);
  table.release(1);
  // Both are in its way and unused: one place is taken, the other stays empty.
  assertEquals(table.claim(family("a_total", "counter")), 0);
  assertEquals([table.since(0) > before, table.since(1) > before], [true, true]);
  assertEquals(table.indexOf("a_created"), undefined);
});

Deno.test("FamilyTable.headers() given before stay as they were", () => {
  const table = new FamilyTable([]);
  table.claim(family("a"));
  const before = table.headers();
  table.claim(family("b"));
  assertEquals(text(before[0])[0], "# TYPE a gauge\n");
  assertEquals(text(table.headers()[0])[0], "# TYPE b gauge\n");
});

Deno.test("FamilyTable.release() refuses a family without references", () => {
  const table = new FamilyTable([family("a")]);
  table.release(0);
  assertThrows(() => table.release(0), RangeError, "Cannot release family 0: it is not retained");
});

Deno.test("FamilyTable.at() and its like refuse a place that is not there", () => {
  const table = new FamilyTable([family("a")]);
  const message = "Cannot find family 1: the table has places 0 to 0";
  assertThrows(() => table.at(1), RangeError, message);
  assertThrows(() => table.since(1), RangeError, message);
  assertThrows(() => table.retain(1), RangeError, message);
  assertThrows(() => table.release(-1), RangeError, "Cannot find family -1");
});
