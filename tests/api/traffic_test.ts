import { assertEquals } from "@std/assert";
import { TRAFFIC, trafficJson } from "../../src/api/traffic.ts";
import { NOW_MS } from "./_fake_source.ts";
import { assertValid } from "./_schema_check.ts";

Deno.test("trafficJson() tells rates by path, null where unknown", () => {
  const rates = { direct: [1.5, null], peer_relay: [null, null], derp: [0, 2] };
  const value = trafficJson({ startMs: NOW_MS, received: rates, sent: rates });
  assertValid(TRAFFIC, value);
  assertEquals(value, {
    start: "2026-01-31T12:00:00Z",
    step_seconds: 60,
    received: rates,
    sent: rates,
  });
  assertEquals(trafficJson(undefined), null);
});
