import { assertEquals } from "@std/assert";
import { escapeUnsafe, replaceUnsafe, toJson } from "../../src/text/printable.ts";

/** What a terminal would act on, and how it is written instead. */
const UNSAFE: readonly (readonly [character: string, escaped: string])[] = [
  ["\u001b", "\\u001b"],
  ["\u007f", "\\u007f"],
  ["\u0085", "\\u0085"],
  ["\u009b", "\\u009b"],
  ["\u00ad", "\\u00ad"],
  ["\u061c", "\\u061c"],
  ["\u200b", "\\u200b"],
  ["\u200e", "\\u200e"],
  ["\u2028", "\\u2028"],
  ["\u202e", "\\u202e"],
  ["\u2066", "\\u2066"],
  ["\ufeff", "\\ufeff"],
  ["\u{e0041}", "\\udb40\\udc41"],
  ["\ud800", "\\ud800"],
];

Deno.test("escapeUnsafe() escapes what a terminal would act on, and leaves the rest", () => {
  for (const [character, escaped] of UNSAFE) {
    assertEquals(escapeUnsafe(`a${character}ä`), `a${escaped}ä`);
  }
  assertEquals(escapeUnsafe("a\r\nb\u0000"), "a\\u000d\\u000ab\\u0000");
  assertEquals(escapeUnsafe('ä "日本" 🙂'), 'ä "日本" 🙂');
});

Deno.test("toJson() escapes the same, in names and values, and is the same value", () => {
  for (const [character, escaped] of UNSAFE) {
    const value = { [`n${character}`]: [`v${character}ä`] };
    const text = toJson(value);
    assertEquals(text, `{"n${escaped}":["v${escaped}ä"]}`);
    assertEquals(JSON.parse(text), value);
  }
});

Deno.test("toJson() leaves line feeds of the indentation and other scripts alone", () => {
  assertEquals(toJson({ a: ["ä日🙂"] }, 2), '{\n  "a": [\n    "ä日🙂"\n  ]\n}');
});

Deno.test("toJson() and escapeUnsafe() escape the same characters of the basic plane", () => {
  const differing: string[] = [];
  for (let code = 0x20; code < 0x10000; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const character = String.fromCharCode(code);
    const isEscaped = escapeUnsafe(character) !== character;
    if (toJson(character).includes("\\u") !== isEscaped) differing.push(code.toString(16));
  }
  assertEquals(differing, []);
});

Deno.test("replaceUnsafe() leaves one character for each that a terminal would obey or hide", () => {
  assertEquals(replaceUnsafe("a\u001b[2J\n\u202eb\ud800"), "a�[2J��b�");
});
