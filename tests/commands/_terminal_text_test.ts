import { assertEquals } from "@std/assert";
import {
  formatAge,
  PLAIN,
  plural,
  renderTable,
  shorten,
  styleOf,
  wrap,
} from "../../src/commands/_terminal_text.ts";

const COLOURED = styleOf({ columns: 50, hasColors: true });

Deno.test("styleOf() paints only where colours are shown", () => {
  assertEquals(COLOURED.paint("up", "good"), "\u001b[32mup\u001b[0m");
  assertEquals(COLOURED.paint("up", "plain"), "up");
  assertEquals(COLOURED.paint("", "bad"), "");
  assertEquals(styleOf({ columns: 50, hasColors: false }).paint("up", "good"), "up");
});

Deno.test("renderTable() aligns its columns, and colours count for no width", () => {
  const rows = [[{ text: "a" }, { text: "down", tone: "bad" as const }, { text: "why" }], [
    { text: "long name" },
    { text: "up" },
    { text: "" },
  ]];
  assertEquals(renderTable(["N", "S", "WHY"], rows, PLAIN), [
    "N          S     WHY",
    "a          down  why",
    "long name  up",
  ]);
  const plain = renderTable(["N", "S", "WHY"], rows, COLOURED)
    // deno-lint-ignore no-control-regex -- the colours are looked for
    .map((line) => line.replaceAll(/\u001b\[\d+m/g, ""));
  assertEquals(plain, renderTable(["N", "S", "WHY"], rows, PLAIN));
});

Deno.test("renderTable() takes as many rows as a tailnet may have devices", () => {
  const rows = Array.from({ length: 200_000 }, () => [{ text: "a" }, { text: "up" }]);
  assertEquals(renderTable(["N", "S"], rows, PLAIN).length, 200_001);
});

Deno.test("wrap() breaks at blanks, indents, and never inside of a word", () => {
  const text = `one two ${"x".repeat(60)} three`;
  assertEquals(wrap("(1) ", text, COLOURED), [
    "(1) one two",
    `    ${"x".repeat(60)}`,
    "    three",
  ]);
  assertEquals(wrap("(1) ", "word ".repeat(12).trim(), COLOURED), [
    `(1) ${"word ".repeat(9).trim()}`,
    "    word word word",
  ]);
  assertEquals(wrap("(1) ", text, PLAIN), [`(1) ${text}`]);
  assertEquals(wrap("(1) ", text, { ...COLOURED, columns: 20 }), [`(1) ${text}`]);
});

Deno.test("shorten() keeps a text within a length", () => {
  assertEquals(shorten("abcdef", 6), "abcdef");
  assertEquals(shorten("abcdefg", 6), "abcde…");
});

Deno.test("plural() and formatAge() say numbers with their nouns and units", () => {
  assertEquals([plural(1, "device"), plural(0, "device")], ["1 device", "0 devices"]);
  assertEquals(plural(2, "family", "families"), "2 families");
  const ages = [-3, 0, 59.9, 60, 3_599, 3_600, 86_399, 86_400, 8_640_000].map(formatAge);
  assertEquals(ages, [
    "0 s",
    "0 s",
    "59 s",
    "1 min",
    "59 min",
    "1 h",
    "23 h",
    "1 d",
    "100 d",
  ]);
});
