import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { createHash } from "node:crypto";
import { answerLanding, escapeHtml, landingHtml } from "../../src/http/landing.ts";
import { healthReport } from "./_fake_views.ts";

Deno.test("landingHtml() shows version, status, counts and the way to the rest", () => {
  const html = landingHtml(healthReport({ devicesDiscovered: 12_345 }));
  for (
    const part of [
      "<title>tsmetrics</title>",
      "<small>v1.0.0</small>",
      '<dd class="good">healthy</dd>',
      "<dd>12,345</dd>",
      "<dd>12</dd>",
      "<dd>15s old</dd>",
      "<footer>2025-01-07T21:30:00Z, up for 2h15m30s</footer>",
      '<a href="/metrics">/metrics</a>',
      '<a href="/health">/health</a>',
      '<a href="/debug">/debug</a>',
      '<a href="/livez">/livez</a>',
    ]
  ) assertStringIncludes(html, part);
});

Deno.test("landingHtml() says unknown where nothing is known, and that the demo is one", () => {
  const html = landingHtml(healthReport({
    status: "starting",
    devicesDiscovered: undefined,
    devicesScraped: undefined,
    lastScrapeMs: undefined,
    isDemo: true,
  }));
  assertStringIncludes(html, '<dd class="fair">starting</dd>');
  assertEquals(html.split("<dd>unknown</dd>").length - 1, 2);
  assertStringIncludes(html, "<dd>none yet</dd>");
  assertStringIncludes(html, "<b>embedded demo</b>");
});

Deno.test("landingHtml() shows tailnet and host, each where it is configured", () => {
  const names = (report: Parameters<typeof healthReport>[0]) =>
    [...landingHtml(healthReport(report)).matchAll(/<dt>(.*?)<\/dt><dd.*?>(.*?)<\/dd>/g)]
      .map(([, name, value]) => `${name}: ${value}`);
  const tailscaled = { isUp: true, peers: 1_234 };
  assertEquals(names({ hasTailnet: false, tailscaled }), [
    "Status: healthy",
    "tailscaled: up",
    "Peers: 1,234",
  ]);
  assertEquals(names({ tailscaled: { isUp: false, peers: undefined } }).slice(-2), [
    "tailscaled: down",
    "Peers: unknown",
  ]);
  assertEquals(names({}).length, 4);
});

Deno.test("landingHtml() points at the list of devices where there is a tailnet", () => {
  const isLinked = (hasTailnet: boolean) =>
    landingHtml(healthReport({ hasTailnet })).includes('<a href="/sd/devices">');
  assertEquals([isLinked(true), isLinked(false)], [true, false]);
});

Deno.test("landingHtml() colours each status, so that degraded does not look like healthy", () => {
  const tones = { starting: "fair", healthy: "good", degraded: "fair", unhealthy: "bad" } as const;
  for (const status of ["starting", "healthy", "degraded", "unhealthy"] as const) {
    const wanted = `<dd class="${tones[status]}">${status}</dd>`;
    assertStringIncludes(landingHtml(healthReport({ status })), wanted);
  }
});

Deno.test("landingHtml() says why the status is not healthy", () => {
  const html = landingHtml(healthReport({ status: "unhealthy", reason: "It says <b>no</b>." }));
  assertStringIncludes(html, '<p class="why">It says &lt;b&gt;no&lt;/b&gt;.</p>');
  assert(!landingHtml(healthReport()).includes('class="why"'));
});

Deno.test("landingHtml() escapes the version, which the environment may set", () => {
  const html = landingHtml(healthReport({ version: `<script>alert("1")</script>` }));
  assert(!html.includes("<script"));
  assertStringIncludes(html, "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;");
});

Deno.test("answerLanding() allows its own style by hash, and nothing from outside", async () => {
  const response = answerLanding(healthReport());
  const html = await response.text();
  const style = /<style>([\s\S]*)<\/style>/.exec(html)?.[1] ?? "";
  const hash = createHash("sha256").update(style).digest("base64");
  assertEquals(
    response.headers.get("content-security-policy"),
    `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; ` +
      `frame-ancestors 'none'`,
  );
  assert(!/https?:|\bsrc=|\bstyle=|\bon\w+=|url\(/.test(html));
});

Deno.test("escapeHtml() escapes what means something in an element or an attribute", () => {
  assertEquals(escapeHtml(`a&b<c>"d"'e'`), "a&amp;b&lt;c&gt;&quot;d&quot;&#39;e&#39;");
  assertEquals(escapeHtml("plain – ünïcode"), "plain – ünïcode");
});
