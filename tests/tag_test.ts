import { assertEquals } from "@std/assert";
import {
  hasExporterTag,
  joinTags,
  parseTag,
  parseTagAndPort,
  parseTagPattern,
  tagKey,
  withTagPrefix,
} from "../src/tag.ts";

const TAGS = [
  "exporter",
  "k8s.node",
  "prod_db",
  "location:sgp1",
  "1",
  "_internal",
  "a/b",
  "ä",
  "日本",
];
TAGS.push("team@corp", "v1+2", "env:2024", "a".repeat(100));

Deno.test("parseTag() takes what control planes take, with or without its prefix", () => {
  for (const tag of TAGS) {
    assertEquals([parseTag(tag), parseTag(`tag:${tag}`), parseTag(`TAG:${tag}`)], [tag, tag, tag]);
  }
});

const NO_TAGS = [
  "",
  "tag:",
  "tag:tag:a",
  "a,b",
  "a b",
  " a",
  "a:",
  "tag:a:",
  "-a",
  ".a",
  ":a",
  '"a"',
  "'a'",
];
NO_TAGS.push("`a`", "${TAG}", "a{b}", "a\\b", "a\n", "a\u0085", "a\u202e", "a\u00a0b", "a\ud800");
NO_TAGS.push("a".repeat(101));

Deno.test("parseTag() refuses what may be two tags, a pattern, quotes or a template", () => {
  for (const text of [...NO_TAGS, "*", "a*", "a?"]) {
    assertEquals([text, parseTag(text)], [text, undefined]);
  }
});

Deno.test("parseTagPattern() takes every tag, and wildcards", () => {
  const patterns = [...TAGS, "*", "?", "location:*", "*.node", "a?c"];
  assertEquals(patterns.map(parseTagPattern), patterns);
  assertEquals(parseTagPattern("tag:location:*"), "location:*");
  for (const text of NO_TAGS) assertEquals([text, parseTagPattern(text)], [text, undefined]);
});

const WITH_PORTS: readonly (readonly [text: string, tag: string, port: number | undefined])[] = [
  ["server", "server", undefined],
  ["server:9100", "server", 9100],
  ["tag:server:65535", "server", 65_535],
  ["tag:9100", "tag", 9100],
  ["location:sgp1", "location:sgp1", undefined],
  ["location:sgp1:9100", "location:sgp1", 9100],
  ["rack:0", "rack:0", undefined],
  ["rack:01", "rack:01", undefined],
  ["asn:65536", "asn:65536", undefined],
  ["a:1:2", "a:1", 2],
];
for (const [text, tag, port] of WITH_PORTS) {
  Deno.test(`parseTagAndPort() reads "${text}"`, () => {
    assertEquals(parseTagAndPort(text), { tag, port });
  });
}

Deno.test("parseTagAndPort() refuses what is no tag, with a port or without", () => {
  for (const text of [...NO_TAGS, "a*", ":9100", "a,b:9100", "a::9100"]) {
    assertEquals([text, parseTagAndPort(text)], [text, undefined]);
  }
});

Deno.test("tagKey() is the same for all spellings of a tag", () => {
  assertEquals(["Web", "tag:web", "TAG:WEB"].map(tagKey), ["tag:web", "tag:web", "tag:web"]);
  assertEquals(["web", "tag:Web"].map(withTagPrefix), ["tag:web", "tag:Web"]);
});

Deno.test("joinTags() sorts, and has commas at both ends", () => {
  assertEquals(joinTags([]), "");
  assertEquals(joinTags(["tag:server", "tag:location:sgp1", "db"]), ",db,location:sgp1,server,");
});

Deno.test("joinTags() lets no tag read as two", () => {
  assertEquals(joinTags(["tag:a,exporter"]), ",a_exporter,");
});

Deno.test("hasExporterTag() takes the tag with and without its prefix, in any case", () => {
  for (const tag of ["tag:exporter", "exporter", "TAG:Exporter"]) {
    assertEquals(hasExporterTag(["tag:db", tag]), true, tag);
  }
  assertEquals([hasExporterTag([]), hasExporterTag(["tag:exporter2", "tag:x"])], [false, false]);
});
