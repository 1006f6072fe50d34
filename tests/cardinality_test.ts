import { assertEquals } from "@std/assert";
import {
  DEVICE_FACTS,
  formatDropPattern,
  formatLabelChoice,
  parseDropPattern,
  parseLabelChoice,
} from "../src/cardinality.ts";

Deno.test("parseDropPattern() reads families, a label of families, and a label of all", () => {
  assertEquals(parseDropPattern("tailscaled_serve_*"), {
    family: "tailscaled_serve_*",
    label: undefined,
  });
  assertEquals(parseDropPattern("a:b_?{pa*}"), { family: "a:b_?", label: "pa*" });
  assertEquals(parseDropPattern("{path}"), { family: "*", label: "path" });
  assertEquals(parseDropPattern("*"), { family: "*", label: undefined });
});

Deno.test("parseDropPattern() refuses what is no pattern", () => {
  const texts = [
    "",
    "{}",
    "a{}",
    "{a",
    "a}",
    "a{b}c",
    "{a}{b}",
    "a b",
    "a-b",
    "{a:b}",
    "ä",
    "{a,b}",
  ];
  assertEquals(texts.filter((text) => parseDropPattern(text) !== undefined), []);
  const longest = `${"a".repeat(200)}{${"b".repeat(100)}}`;
  assertEquals(parseDropPattern(longest)?.label?.length, 100);
  assertEquals(parseDropPattern(`a${longest}`), undefined);
  assertEquals(parseDropPattern(longest.replace("}", "b}")), undefined);
});

Deno.test("formatDropPattern() writes what parseDropPattern() reads", () => {
  for (const text of ["tailscaled_*", "{path}", "a{b}", "*"]) {
    const pattern = parseDropPattern(text);
    assertEquals(pattern && formatDropPattern(pattern), text);
  }
  assertEquals(formatDropPattern({ family: "*", label: "x" }), "{x}");
});

Deno.test("parseLabelChoice() reads each fact, for one family or for all", () => {
  for (const fact of DEVICE_FACTS) {
    assertEquals(parseLabelChoice(fact), { fact, isEverywhere: false });
    assertEquals(parseLabelChoice(`*:${fact}`), { fact, isEverywhere: true });
  }
  assertEquals(parseLabelChoice("*:TAGS"), { fact: "tags", isEverywhere: true });
  const texts = ["", "*", "*:", "id", "device_name", "tags:*", "*:*:os", "os tags"];
  assertEquals(texts.filter((text) => parseLabelChoice(text) !== undefined), []);
});

Deno.test("formatLabelChoice() writes what parseLabelChoice() reads", () => {
  for (const text of ["name", "*:name", "*:tags", "os"]) {
    const choice = parseLabelChoice(text);
    assertEquals(choice && formatLabelChoice(choice), text);
  }
});
