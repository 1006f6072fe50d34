import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { cleanTag, cleanText, type Point, renderLine } from "../../src/push/line_protocol.ts";
import { readLine } from "./_line_reader.ts";

const POINT: Point = {
  measurement: "tailscale_health",
  tags: { hostname: "git", node_type: "git", os: "linux" },
  fields: { online: 1n, ip: "100.64.0.1", latency_ms: 1.5 },
  atMs: 1_769_904_000_000,
};

const CASES: readonly (readonly [what: string, Partial<Point>, line: string | undefined])[] = [
  [
    "a node",
    {},
    'tailscale_health,hostname=git,node_type=git,os=linux online=1i,ip="100.64.0.1",latency_ms=1.5 1769904000000000000',
  ],
  [
    "nanoseconds",
    { tags: {}, fields: { a: true }, extraNs: 7 },
    "tailscale_health a=true 1769904000000000007",
  ],
  [
    "tags without a value",
    { tags: { a: undefined, b: "" }, fields: { x: 0 } },
    "tailscale_health x=0 1769904000000000000",
  ],
  [
    "delimiters",
    { measurement: "a b,c=d", tags: { "k =": 'v, ="' }, fields: { "f g": '"\\' } },
    'a\\ b\\,c=d,k\\ \\==v\\,\\ \\=" f\\ g="\\"\\\\" 1769904000000000000',
  ],
  [
    "line feeds and a backslash at the end",
    { tags: { a: "x\ny\\" }, fields: { b: "1\r\n2" } },
    'tailscale_health,a=x\\ y/ b="1  2" 1769904000000000000',
  ],
  ["no field", { fields: { a: undefined, b: NaN, c: Infinity } }, undefined],
  ["the first moment", { tags: {}, fields: { a: -0.5 }, atMs: 0 }, "tailscale_health a=-0.5 0"],
  ["a time before 1970", { atMs: -1 }, undefined],
  ["a time after 2262", { atMs: 9_223_372_036_855 }, undefined],
  ["a broken time", { atMs: 1.5 }, undefined],
];

for (const [what, change, line] of CASES) {
  Deno.test(`renderLine() renders ${what}`, () => {
    assertEquals(renderLine({ ...POINT, ...change }), line);
  });
}

/** Texts with much that means something in the protocol. */
const TEXT = fc.string({
  unit: fc.oneof(
    fc.constantFrom(..." ,=\"\\\n\r\t#{}'\u2028äλ💥"),
    fc.string({ minLength: 1, maxLength: 1 }),
  ),
  maxLength: 20,
});
const NAME = TEXT.map((text) => `n${cleanTag(text)}n`);

Deno.test("renderLine() gives what a parser reads as the same texts, but for what no line can carry", () => {
  fc.assert(fc.property(
    fc.record({
      measurement: NAME,
      tags: fc.dictionary(NAME, TEXT, { maxKeys: 4 }),
      text: TEXT,
      name: NAME,
      atMs: fc.integer({ min: 1, max: 2 ** 42 }),
      extraNs: fc.integer({ min: 0, max: 999_999 }),
    }),
    ({ atMs, extraNs, measurement, name, tags, text }) => {
      const line = renderLine({
        measurement,
        tags,
        fields: { [name]: text, n: 5n },
        atMs,
        extraNs,
      });
      const read = readLine(line ?? "");
      const kept = Object.entries(tags).flatMap(([key, value]) =>
        cleanTag(value) === "" ? [] : [[key, cleanTag(value)]]
      );
      assertEquals(read, {
        measurement,
        tags: Object.fromEntries(kept),
        fields: { n: "5i", [name]: cleanText(text) },
        time: String(BigInt(atMs) * 1_000_000n + BigInt(extraNs)),
      });
    },
  ));
});

Deno.test("cleanTag() leaves texts that a tag can carry as they are", () => {
  for (const text of ["git", 'a b,c="d"', "C:\\x", "äλ💥", "#"]) {
    assertEquals(cleanTag(text), text);
  }
  assertEquals(cleanTag("\ud800"), "\ufffd");
  assertEquals(cleanTag("x".repeat(2_000)).length, 1_000);
  assertEquals([cleanTag("a\\\\ \\"), cleanText("a\\")], ["a// /", "a\\"]);
});
