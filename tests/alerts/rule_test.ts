import { assertEquals } from "@std/assert";
import { ALERT_RULES } from "../../src/alerts/alert.ts";
import { RULES } from "../../src/alerts/rule.ts";
import { DEVICE_PROBLEMS, type ProblemDefinition } from "../../src/facts/mod.ts";

Deno.test("RULES has every rule, in the order of the words, each with a sentence", () => {
  assertEquals(Object.keys(RULES), [...ALERT_RULES]);
  assertEquals(Object.values(RULES).filter(({ help }) => !/^[A-Z].*\.$/.test(help)), []);
});

Deno.test("RULES says of a problem of a device how bad it is, and what mends it, as the table of problems does", () => {
  const problems: Readonly<Record<string, ProblemDefinition>> = DEVICE_PROBLEMS;
  const shared = Object.entries(RULES).filter(([rule]) => problems[rule] !== undefined);
  assertEquals(shared.length, 7);
  for (const [rule, { advice, severity }] of shared) {
    assertEquals([advice, severity], [problems[rule]?.advice, problems[rule]?.severity], rule);
  }
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
