import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  isJsonObject,
  MAX_VALUES,
  parseEntryJson,
  parseJson,
  parseJsonExactly,
} from "../../src/json/json.ts";

Deno.test("isJsonObject() is true for objects only", () => {
  const values = ["{}", '{"a":1}', "[]", "null", "1", '"{}"', "true"];
  assertEquals(values.filter((text) => isJsonObject(JSON.parse(text))), ["{}", '{"a":1}']);
});

Deno.test("parseJson() fails with the position and nothing of the text", () => {
  const canary = "c4nary";
  const cases: readonly (readonly [text: string, message: string])[] = [
    ["", "Unexpected end of JSON input"],
    ["<html>", "Unexpected token '<'"],
    [canary, "Unexpected token 'c'"],
    [`{"a":${canary}}`, "Unexpected token 'c'"],
    [`{"a":1, ${canary} and much more text behind it, so that it is cut}`, "Expected"],
    [`{"a":"${canary}`, "Unterminated string in JSON at position 12 (line 1 column 13)"],
  ];
  for (const [text, message] of cases) {
    const error = assertThrows(() => parseJson(text), SyntaxError, message);
    assert(!error.message.includes("c4"), error.message);
  }
});

Deno.test("parseJsonExactly() keeps integers that a number cannot hold", () => {
  const text = '{"a":[9007199254740993,-9007199254740993,9007199254740991,1.5,1e300,"x",null]}';
  assertEquals(parseJsonExactly(text), {
    a: ["9007199254740993", "-9007199254740993", 9007199254740991, 1.5, 1e300, "x", null],
  });
});

Deno.test("parseJsonExactly() takes no number for a name, and none that is not JSON", () => {
  const id = "9007199254740993";
  const wrong = [
    `{${id}:1}`,
    `{${id}${" ".repeat(200)}:1}`,
    `[0${id}]`,
    `[+${id}]`,
    `[--${id}]`,
    `[${id} 1]`,
    `[${id}"a"]`,
    `[.${id}]`,
    `[${id}.]`,
  ];
  for (const text of wrong) assertThrows(() => parseJsonExactly(text), SyntaxError);
  const right = `{"${id}": "${id}", "\\"${id}": ${id} , "a":[\n-${id}\n,0.${id},${id}.5,${id}e2]}`;
  assertEquals(parseJsonExactly(right), {
    [id]: id,
    [`"${id}`]: id,
    a: [`-${id}`, 0.9007199254740993, 9007199254740993.5, 900719925474099300],
  });
});

Deno.test("parseJsonExactly() reads as a parser with a reviver does, or fails as it does", () => {
  const digits = fc.stringMatching(/^-?\d{1,20}(?:\.\d)?(?:e\d)?$/);
  const piece = fc.oneof(
    fc.constantFrom("[", "]", "{", "}", ",", ":", '"', "\\", " ", "true", '"a":', '["', '"]'),
    digits,
    digits.map((number) => `[${number}]`),
    digits.map((number) => `{"a\\"":${number} , "${number}":"${number}"}`),
  );
  let count = 0;
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join("")), (text) => {
      let wanted: unknown;
      try {
        wanted = JSON.parse(text, reviveLong);
        count++;
      } catch {
        assertThrows(() => parseJsonExactly(text), SyntaxError);
        return;
      }
      assertEquals(parseJsonExactly(text), wanted, text);
    }),
    { numRuns: 3000 },
  );
  assert(count > 300, `Only ${count} texts were JSON`);
});

/** An integer that a number cannot hold is its digits. */
function reviveLong(_key: string, value: unknown, context?: { readonly source?: string }): unknown {
  const source = context?.source ?? "";
  const isLong = typeof value === "number" && !Number.isSafeInteger(value);
  return isLong && /^-?\d+$/.test(source) ? source : value;
}

Deno.test("parseJson() bounds depth and number of values", () => {
  const nested = (depth: number) => '{"[":['.repeat(depth / 2) + "]}".repeat(depth / 2);
  assert(isJsonObject(parseJson(nested(256))));
  for (const parse of [parseJson, parseJsonExactly]) {
    assertThrows(() => parse(`[${nested(256)}]`), RangeError, "Nested deeper than 256 levels");
    assertThrows(() => parse("[".repeat(1_000_000)), RangeError, "Nested deeper");
  }
  const cases: readonly (readonly [unit: string, count: number])[] = [
    ["{},", 25_000],
    ["1,", 50_000],
    ['"a,[{",', 50_000],
    ['{"a":1},', 25_000],
  ];
  for (const [unit, count] of cases) {
    // One bracket more around all of them, and one comma less.
    const list = (length: number) => `[${unit.repeat(length).slice(0, -1)}]`;
    for (const parse of [parseJson, parseJsonExactly]) {
      const widest = parse(list(count));
      assertEquals(Array.isArray(widest) && widest.length, count);
      assertThrows(() => parse(list(count + 1)), RangeError, "values, wanted at most 50000");
    }
  }
});

Deno.test("parseJson() counts no bracket inside of a string", () => {
  const brackets = "[{".repeat(300);
  const value = [`${brackets}"${brackets}`, "\\", brackets, '\\"', `\\\\${brackets}`, brackets];
  assertEquals(parseJson(JSON.stringify(value)), value);
});

Deno.test("parseJsonExactly() fails on what is not JSON", () => {
  for (const text of ["", "[", '"', '"\\', "]]]", "[1,]"]) {
    assertThrows(() => parseJsonExactly(text), SyntaxError);
    assertThrows(() => parseJson(text), SyntaxError);
  }
});

Deno.test("parseEntryJson() counts the values of a text over 64 KiB only", () => {
  const units = 65_536 / 2 - 1;
  // Two brackets; all values of a short text are fewer than may be, whatever they are.
  assert(units < MAX_VALUES);
  assertEquals(parseEntryJson(`[${"1,".repeat(units - 1)}10]`), [...Array(units - 1).fill(1), 10]);
  const long = `[${"1,".repeat(MAX_VALUES)}1]`;
  assertThrows(() => parseEntryJson(long), RangeError, "Holds 50001 values");
  assertEquals(parseEntryJson(`["${"x".repeat(100_000)}"]`), ["x".repeat(100_000)]);
  for (const text of ["[", `[${" ".repeat(100_000)}`]) {
    assertThrows(() => parseEntryJson(text), SyntaxError);
  }
});
