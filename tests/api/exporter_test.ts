import { assertEquals } from "@std/assert";
import { EXPORTER, exporterJson } from "../../src/api/exporter.ts";
import { healthJson } from "../../src/http/health.ts";
import { healthReport } from "../http/_fake_views.ts";
import { makeKnownFacts } from "./_fake_known.ts";
import { assertValid } from "./_schema_check.ts";

Deno.test("exporterJson() tells health, settings and page", () => {
  const value = exporterJson(makeKnownFacts([]));
  assertValid(EXPORTER, value);
  assertEquals(value.page, {
    samples: 36,
    scrape_errors: 0,
    relayed_series: 36,
    left_out_pages: 0,
    kept_labels: [],
    idle_patterns: [],
  });
  assertEquals(value.runtime, { memory_bytes: 45_210_000, deno_version: "2.9.6" });
});

Deno.test("exporterJson() tells of the embedded node, or null", () => {
  const embedded = { state: "running", restarts: 2 };
  for (const tsnet of [embedded, undefined]) {
    const report = healthReport({ embedded: tsnet });
    const health = () => ({ ...healthJson(report) });
    const value = exporterJson(makeKnownFacts([], { health }));
    assertValid(EXPORTER, value);
    assertEquals((value.health as Record<string, unknown>).tsnet, tsnet ?? null);
  }
});
