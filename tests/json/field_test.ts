import { assert, assertEquals } from "@std/assert";
import {
  isMs,
  isOptionalMs,
  isShortText,
  MAX_TEXT,
  readBoolean,
  readSeconds,
  readText,
  readTexts,
} from "../../src/json/field.ts";

const OTHERS: readonly unknown[] = [undefined, null, 0, 1, NaN, true, [], ["a"], {}, { a: 1 }];

Deno.test("readText() takes text that is not empty, and makes it well formed", () => {
  assertEquals(readText("häuschen\n"), "häuschen\n");
  assertEquals(readText("a\ud800b"), "a\ufffdb");
  for (const value of ["", ...OTHERS]) assertEquals(readText(value), undefined);
});

Deno.test("readText() cuts a long text, never through a character", () => {
  assertEquals(readText("x".repeat(MAX_TEXT)), "x".repeat(MAX_TEXT));
  assertEquals(readText("x".repeat(MAX_TEXT + 1)), "x".repeat(MAX_TEXT));
  const split = "x".repeat(MAX_TEXT - 1) + "𝄞" + "y";
  assertEquals(readText(split), "x".repeat(MAX_TEXT - 1));
  assertEquals(readText("\ud800".repeat(MAX_TEXT + 9)), "\ufffd".repeat(MAX_TEXT - 1));
});

Deno.test("readBoolean() takes true and false only", () => {
  assertEquals([readBoolean(true), readBoolean(false)], [true, false]);
  for (const value of [undefined, null, 0, 1, "true", "", [], {}]) {
    assertEquals(readBoolean(value), undefined);
  }
});

Deno.test("readSeconds() reads RFC 3339 and takes year 1 for never", () => {
  const cases: readonly (readonly [value: unknown, seconds: number | undefined])[] = [
    ["2026-02-01T00:00:00Z", 1769904000],
    ["2026-02-01t00:00:00z", 1769904000],
    ["2026-02-01T00:00:00.999999999Z", 1769904000],
    ["2026-02-01T01:30:00+01:30", 1769904000],
    ["1970-01-01T00:00:01Z", 1],
    ["1970-01-01T00:00:00Z", undefined],
    ["0001-01-01T00:00:00Z", undefined],
    ["2026-02-01", undefined],
    ["2026-02-01T00:00:00", undefined],
    ["2026-13-01T00:00:00Z", undefined],
    ["2026-02-31T00:00:00Z", undefined],
    ["2026-02-29T00:00:00Z", undefined],
    ["2028-02-29T00:00:00Z", 1835395200],
    ["2026-04-31T00:00:00Z", undefined],
    ["2026-12-31T23:59:59Z", 1798761599],
    ["2026-02-01T24:00:00Z", undefined],
    ["2026-02-01T25:00:00Z", undefined],
    ["Sun, 01 Feb 2026 00:00:00 GMT", undefined],
    [`2026-02-01T00:00:00.${"9".repeat(99)}Z`, undefined],
    ["", undefined],
    [1769904000, undefined],
  ];
  for (const [value, seconds] of cases) assertEquals(readSeconds(value), seconds, String(value));
  for (const value of OTHERS) assertEquals(readSeconds(value), undefined);
});

Deno.test("readTexts() keeps each short text once, in order, up to its limit", () => {
  assertEquals(readTexts([], 3), []);
  assertEquals(readTexts(["b", "a", "b", "", null, 1, ["c"], "c", "d"], 3), ["b", "a", "c"]);
  assertEquals(readTexts(["x".repeat(MAX_TEXT + 1), "y".repeat(MAX_TEXT)], 3), [
    "y".repeat(MAX_TEXT),
  ]);
  const many = Array.from({ length: 40 }, (_, index) => `${index % 20}`);
  assertEquals(readTexts(many, 100), many.slice(0, 20));
  assertEquals(readTexts(many, 10), many.slice(0, 10));
  assertEquals(readTexts(["\ud800", "\udc00", "\ufffd"], 3), ["\ufffd"]);
  for (const value of [undefined, null, 1, "a", true, {}, { length: 1, 0: "a" }]) {
    assertEquals(readTexts(value, 3), undefined);
  }
});

Deno.test("isShortText() is false for what would have to be cut", () => {
  assert(isShortText("a") && isShortText("x".repeat(MAX_TEXT)));
  for (const value of ["", "x".repeat(MAX_TEXT + 1), ...OTHERS]) assert(!isShortText(value));
});

Deno.test("isMs() takes finite numbers from 0 on, isOptionalMs() also undefined", () => {
  const values = [0, 0.5, 1e15, -1, NaN, Infinity, "0", null, undefined];
  assertEquals(values.filter(isMs), [0, 0.5, 1e15]);
  assertEquals(values.filter(isOptionalMs), [0, 0.5, 1e15, undefined]);
});
