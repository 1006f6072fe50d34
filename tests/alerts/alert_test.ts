import { assertEquals } from "@std/assert";
import { ALERT_RULES } from "../../src/alerts/alert.ts";

Deno.test("ALERT_RULES holds each rule once", () => {
  assertEquals(new Set(ALERT_RULES).size, ALERT_RULES.length);
});
