/**
 * Alerts for the tests of this folder.
 *
 * @module
 */

import type { Alert } from "../../src/alerts/mod.ts";

/** Noon of some day, in milliseconds since 1970. */
export const NOON_MS = Date.UTC(2026, 1, 1, 12);

/** An alert that fires, and what the test says besides. */
export function makeAlert(fields: Partial<Alert> = {}): Alert {
  return {
    id: "node_offline example.com/1",
    rule: "node_offline",
    severity: "warning",
    state: "firing",
    node: { key: "example.com/1", name: "web-1.example.com" },
    labels: { device_id: "1", device_name: "web-1.example.com" },
    summary: "web-1 is offline",
    sinceMs: NOON_MS - 120_000,
    firedMs: NOON_MS,
    resolvedMs: undefined,
    silencedSinceMs: undefined,
    silencedUntilMs: undefined,
    ...fields,
  };
}
