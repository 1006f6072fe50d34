import { assertEquals } from "@std/assert";
import { findJson, JSON_FIELDS, jsonFields } from "../../src/access/json_field.ts";

Deno.test("jsonFields() has places for every field, own names first", () => {
  const fields = jsonFields(new Map([["status", "res.code"]]));
  assertEquals([...fields.keys()], [...JSON_FIELDS]);
  assertEquals(fields.get("status"), [["res.code"], ["res", "code"], ["status"], [
    "DownstreamStatus",
  ]]);
});

Deno.test("findJson() takes the first text or number, of a list its first", () => {
  const paths = [["a", "b"], ["c"]];
  for (
    const [line, expected] of [
      [{ a: { b: 1 }, c: "2" }, { name: "b", value: 1 }],
      [{ a: null, c: "2" }, { name: "c", value: "2" }],
      [{ a: { b: {} }, c: ["3", "4"] }, { name: "c", value: "3" }],
      [{ a: "b", c: [] }, undefined],
      [{ c: true }, undefined],
    ] as const
  ) assertEquals(findJson(line, paths), expected);
  assertEquals(findJson({}, [["toString"], ["constructor", "name"]]), undefined);
  assertEquals(findJson({}), undefined);
});
