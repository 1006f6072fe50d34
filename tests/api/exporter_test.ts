import { assertEquals } from "@std/assert";
import { EXPORTER, exporterJson } from "../../src/api/exporter.ts";
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
