import { assertEquals } from "@std/assert";
import { comparePlaces, decodeCursor, encodeCursor, type Place } from "../../src/api/cursor.ts";

Deno.test("decodeCursor() reads what encodeCursor() wrote", () => {
  for (const key of ["", "ünï/code", 0, 1.5, null]) {
    const cursor = encodeCursor("-name", { key, id: "t/1" });
    assertEquals(/^[\w-]+$/.test(cursor), true);
    assertEquals(decodeCursor("-name", cursor), { key, id: "t/1" });
  }
});

Deno.test("decodeCursor() refuses a cursor of another order, and what is none", () => {
  const cursor = encodeCursor("name", { key: "a", id: "1" });
  assertEquals(decodeCursor("-name", cursor), undefined);
  const texts = ["", "x", "bnVsbA", cursor.slice(0, -3)].concat(
    [["name", "a"], ["name", true, "1"], ["name", "a", 1], { sort: "name" }]
      .map((value) => btoa(JSON.stringify(value))),
  );
  for (const text of texts) assertEquals(decodeCursor("name", text), undefined, text);
});

Deno.test("comparePlaces() sorts null last and ids upwards, in both directions", () => {
  const places: Place[] = [
    { key: null, id: "b" },
    { key: "z", id: "a" },
    { key: null, id: "a" },
    { key: "a", id: "b" },
    { key: "a", id: "a" },
  ];
  const sorted = (isDescending: boolean) =>
    places.toSorted((a, b) => comparePlaces(a, b, isDescending)).map(({ id, key }) =>
      `${key}${id}`
    );
  assertEquals(sorted(false), ["aa", "ab", "za", "nulla", "nullb"]);
  assertEquals(sorted(true), ["za", "aa", "ab", "nulla", "nullb"]);
});
