import { assert, assertEquals } from "@std/assert";
import { gzipSync } from "node:zlib";
import { SCRIPT, SOURCE_DIGEST, STYLES } from "../../src/ui/asset.ts";
import { sourceDigest } from "../../tools/ui.ts";

Deno.test("asset.ts is made of the present sources", async () => {
  assertEquals(SOURCE_DIGEST, await sourceDigest(), "run deno task ui");
});

Deno.test("asset.ts has at most 120 KB when compressed", () => {
  const bytes = gzipSync(SCRIPT).length + gzipSync(STYLES).length;
  assert(bytes <= 120_000, `${bytes}`);
});

Deno.test("asset.ts names no other origin and needs no inline script or style", () => {
  const origins = [...`${SCRIPT}${STYLES}`.matchAll(/https?:\/\/[\w.-]+/g)].map(([url]) => url);
  // Namespaces of XML, which are not fetched.
  assertEquals([...new Set(origins)].filter((url) => url !== "http://www.w3.org"), []);
  assert(!/\beval\(|new Function\(|@import|url\(/.test(`${SCRIPT}${STYLES}`));
});
