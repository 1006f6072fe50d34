import { assertEquals } from "@std/assert";
import { PENDING } from "../../src/facts/mod.ts";
import { leftOutJson, scrapeJson } from "../../src/facts/scrape_json.ts";

Deno.test("scrapeJson() says null for what is not known", () => {
  assertEquals(scrapeJson(PENDING), {
    state: "pending",
    reason: "Not tried yet",
    failure: null,
    url: null,
    last_success: null,
    failing_since: null,
    next_try: null,
  });
});

Deno.test("scrapeJson() writes times as RFC 3339 does", () => {
  const json = scrapeJson({
    state: "down",
    reason: "connection refused",
    failure: "refused",
    url: "http://100.64.0.1:5252/metrics",
    lastSuccessMs: 0,
    failingSinceMs: 60_000,
    nextTryMs: 90_500,
  });
  assertEquals(json, {
    state: "down",
    reason: "connection refused",
    failure: "refused",
    url: "http://100.64.0.1:5252/metrics",
    last_success: "1970-01-01T00:00:00Z",
    failing_since: "1970-01-01T00:01:00Z",
    next_try: "1970-01-01T00:01:30Z",
  });
});

Deno.test("leftOutJson() says null for whole pages", () => {
  const leftOut = [
    { family: undefined, reason: "limit", samples: 40 },
    { family: "go_threads", reason: "configured", samples: 1 },
  ];
  assertEquals(leftOutJson(leftOut), [
    { family: null, reason: "limit", samples: 40 },
    { family: "go_threads", reason: "configured", samples: 1 },
  ]);
});
