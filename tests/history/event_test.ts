import { assertEquals } from "@std/assert";
import { EVENT_TYPES, SEVERITIES } from "../../src/history/event.ts";

Deno.test("EVENT_TYPES and SEVERITIES hold each word once", () => {
  assertEquals(new Set(EVENT_TYPES).size, EVENT_TYPES.length);
  assertEquals(SEVERITIES, ["ok", "warning", "critical"]);
  assertEquals(EVENT_TYPES.slice(0, 4), ["health_check", "node_online", "node_offline", "alert"]);
});
