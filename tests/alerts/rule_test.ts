import { assertEquals } from "@std/assert";
import { ALERT_RULES } from "../../src/alerts/alert.ts";
import { RULES } from "../../src/alerts/rule.ts";

Deno.test("RULES has every rule, in the order of the words, each with a sentence", () => {
  assertEquals(Object.keys(RULES), [...ALERT_RULES]);
  assertEquals(Object.values(RULES).filter(({ help }) => !/^[A-Z].*\.$/.test(help)), []);
});

Deno.test("RULES waits with what may be a restart, and not with what lasts anyway", () => {
  const waits = Object.entries(RULES).filter(([, { forMs }]) => forMs > 0).map(([rule]) => rule);
  assertEquals(waits, [
    "critical_node_offline",
    "node_offline",
    "lock_error",
    "routes_unapproved",
    "on_relay",
    "unreadable",
  ]);
});
