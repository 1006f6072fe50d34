import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ListOrder } from "../../src/api/list_order.ts";
import { Query } from "../../src/api/parameter.ts";

interface Element {
  readonly id: string;
  readonly name: string;
  readonly size: number | null;
}

const ORDER = new ListOrder<Element, number>({
  elements: "boxes",
  keys: {
    name: ({ name }) => name,
    size: ({ size }) => size,
    age: (_box, nowMs) => nowMs === 7 ? Infinity : null,
  },
});

const BOXES: readonly Element[] = [
  { id: "1", name: "b", size: null },
  { id: "2", name: "a", size: 9 },
  { id: "3", name: "c", size: 5 },
];

Deno.test("ListOrder.parameters name the orders, the elements and the limit", () => {
  const shown = ORDER.parameters.map(({ allowed, description, name }) =>
    `${name}: ${description} ${allowed}`
  );
  assertEquals(shown, [
    "sort: The order of boxes; a leading minus turns it round. Default: name. " +
    "one of name, -name, size, -size, age, -age",
    "limit: Maximum number of boxes. a whole number from 1 to 1000",
    "cursor: Where to go on: `next` of the page before, with the same order. " +
    "the value of `next` of a page in the same order",
  ]);
  const [, limit] = new ListOrder({ elements: "boxes", keys: {}, minLimit: 0 }).parameters;
  assertEquals(limit?.allowed, "a whole number from 0 to 1000");
});

Deno.test("ListOrder.begin() sorts by name, or as the query says, null last", () => {
  assertEquals(idsOf({}), ["2", "1", "3"]);
  assertEquals(idsOf({ sort: "-name" }), ["3", "1", "2"]);
  assertEquals(idsOf({ sort: "size" }), ["3", "2", "1"]);
  assertEquals(idsOf({ sort: "-size" }), ["2", "3", "1"]);
});

Deno.test("ListOrder.check() refuses a cursor of another order", () => {
  const { next } = pageOf(BOXES, { limit: "1" });
  const cursor = next ?? "";
  assertEquals(ORDER.check(queryOf({})), undefined);
  assertEquals(ORDER.check(queryOf({ cursor })), undefined);
  assertEquals(ORDER.check(queryOf({ cursor, sort: "size" })), {
    parameter: "cursor",
    value: cursor,
    allowed: "the value of `next` of a page in the same order",
  });
});

Deno.test("PageBuilder.end() goes on after a key that JSON cannot hold", () => {
  const first = pageOf(BOXES, { limit: "2", sort: "age" });
  const second = pageOf(BOXES, { limit: "2", sort: "age", cursor: first.next ?? "" });
  assertEquals([...first.elements, ...second.elements].map(({ id }) => id), ["1", "2", "3"]);
  assertEquals(second.next, null);
});

Deno.test("PageBuilder.end() gives each element once, page by page, in the order of one long page", () => {
  const boxes = fc.uniqueArray(
    fc.record({
      id: fc.nat(999).map(String),
      name: fc.constantFrom("a", "b", "c"),
      size: fc.option(fc.nat(3)),
    }),
    { selector: ({ id }) => id, maxLength: 40 },
  );
  const sorts = fc.constantFrom("name", "-name", "size", "-size");
  fc.assert(
    fc.property(boxes, sorts, fc.integer({ min: 1, max: 9 }), (all, sort, limit) => {
      const whole = pageOf(all, { sort, limit: "1000" });
      const paged: Element[] = [];
      let cursor: string | null = null;
      do {
        const query: Record<string, string> = { sort, limit: String(limit) };
        const page = pageOf(all, cursor === null ? query : { ...query, cursor });
        paged.push(...page.elements);
        cursor = page.next;
      } while (cursor !== null);
      assertEquals(paged, whole.elements);
      assertEquals(paged.length, all.length);
    }),
  );
});

function queryOf(params: Readonly<Record<string, string>>): Query {
  return new Query(new Map(Object.entries(params).map(([name, value]) => [name, [value]])));
}

function pageOf(elements: readonly Element[], params: Readonly<Record<string, string>>) {
  const page = ORDER.begin(queryOf(params), 7);
  for (const element of elements) page.add(element.id, element);
  return page.end();
}

function idsOf(params: Readonly<Record<string, string>>): readonly string[] {
  const { elements } = pageOf(BOXES, params);
  return elements.map(({ id }) => id);
}
