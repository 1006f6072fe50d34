/**
 * Conditions for the tests of this folder.
 *
 * @module
 */

import type { Condition } from "../../src/alerts/condition.ts";

/** Noon of some day, in milliseconds since 1970. */
export const NOON_MS = 1_769_904_000_000;

/** A condition: a node is offline, and what the test says besides. */
export function makeCondition(fields: Partial<Condition> = {}): Condition {
  return {
    rule: "node_offline",
    key: "example.com/1",
    node: { key: "example.com/1", name: "web-1.example.com" },
    labels: { device_id: "1" },
    summary: "web-1 is offline",
    ...fields,
  };
}
