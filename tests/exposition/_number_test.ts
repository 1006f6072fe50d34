import { assertEquals } from "@std/assert";
import { overflows, readNumber, scanNumber } from "../../src/exposition/_number.ts";
import { toBytes } from "../_support/relay.ts";

Deno.test("scanNumber() knows the numbers of Go without its further spellings", () => {
  const good = [
    "0",
    "-0",
    "+5",
    ".5",
    "5.",
    "1e5",
    "1E-05",
    "00",
    "inf",
    "+Inf",
    "-INFINITY",
    "nan",
  ];
  const bad = ["", "+", ".", "-.e1", "1e", "1e+", "e5", "+nan", "-NaN", "infin", "x", "ınf"];
  // What follows the number is not its business: 0x1 is 0 with something after it.
  const cut: readonly (readonly [string, number])[] = [["0x1", 1], ["1_0", 1], ["1,5", 1], [
    "1e5.",
    3,
  ]];
  for (const text of good) assertEquals(scanNumber(toBytes(`${text}\n`), 0), text.length, text);
  for (const text of bad) assertEquals(scanNumber(toBytes(`${text}\n`), 0), -1, text);
  for (const [text, end] of cut) assertEquals(scanNumber(toBytes(`${text}\n`), 0), end, text);
});

Deno.test("overflows() finds digits that no double can hold", () => {
  const is = (text: string) => overflows(toBytes(text), 0, text.length);
  const nines = (count: number) => "9".repeat(count);
  const good = [
    "1.7976931348623157e308",
    "1e-400",
    "0e999",
    "1e0099",
    nines(308),
    `${nines(190)}e99`,
  ];
  const bad = ["1.7976931348623159e308", "-1e400", "1e0400", nines(400), `${nines(290)}e99`];
  assertEquals(good.filter(is), []);
  assertEquals(bad.filter((text) => !is(text)), []);
});

Deno.test("readNumber() gives the double", () => {
  const table: readonly (readonly [string, number])[] = [
    ["NaN", NaN],
    ["inf", Infinity],
    ["+Infinity", Infinity],
    ["-Inf", -Infinity],
    ["1E3", 1000],
    ["5.", 5],
  ];
  for (const [text, value] of table) assertEquals(readNumber(text), value);
});
