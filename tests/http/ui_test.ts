import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { answerAsset, answerShell } from "../../src/http/ui.ts";
import { SCRIPT } from "../../src/ui/asset.ts";
import { get } from "./_fake_views.ts";

Deno.test("answerShell() loads script and styles from this server alone", async () => {
  const response = answerShell();
  const policy = response.headers.get("content-security-policy") ?? "";
  assertStringIncludes(policy, "default-src 'none'; script-src 'self'; style-src 'self'");
  assert(!policy.includes("unsafe"));
  const html = await response.text();
  const addresses = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address]) => address);
  // Relative, for any path prefix.
  assertEquals(addresses.filter((address) => /^(?:\/|https?:)/.test(address ?? "")), []);
  assert(!/<style|<script(?![^>]* src=)|\sstyle=|\son\w+=/.test(html));
});

Deno.test("answerShell() names files that are there, which browsers may keep", async () => {
  const html = await answerShell().text();
  for (const [, path] of html.matchAll(/"(ui\/[^"]+)"/g)) {
    const response = answerAsset(get(`/${path}`));
    assertEquals(response.status, 200, path);
    // Browsers ask for an icon again with each view, if they may not keep it.
    assertEquals(response.headers.get("cache-control"), "public, max-age=31536000, immutable");
    await response.body?.cancel();
  }
});

Deno.test("answerAsset() sends gzip to those who read it, and 304 to those who have it", async () => {
  const plain = answerAsset(get("/ui/page.js"));
  assertEquals(await plain.text(), SCRIPT);
  const packed = answerAsset(get("/ui/page.js", { "accept-encoding": "gzip" }));
  const stream = packed.body?.pipeThrough(new DecompressionStream("gzip"));
  assertEquals(await new Response(stream).text(), SCRIPT);
  const etag = packed.headers.get("etag") ?? "";
  const again = answerAsset(
    get("/ui/page.js", { "accept-encoding": "gzip", "if-none-match": etag }),
  );
  assertEquals([again.status, again.body], [304, null]);
});

Deno.test("answerAsset() has no other file", async () => {
  for (const path of ["/ui/", "/ui/page.ts", "/ui/constructor"]) {
    const response = answerAsset(get(path));
    assertEquals([response.status, await response.text()], [404, "Not Found\n"]);
  }
});
