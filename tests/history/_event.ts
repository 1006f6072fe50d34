/**
 * Events for the tests of this folder.
 *
 * @module
 */

import type { EventDraft } from "../../src/history/event.ts";

/** Noon of some day, in milliseconds since 1970. */
export const NOON_MS = 1_769_904_000_000;

/** An event: a node that went offline, and what the test says besides. */
export function makeDraft(fields: Partial<EventDraft> = {}): EventDraft {
  return {
    atMs: NOON_MS,
    type: "node_offline",
    severity: "warning",
    node: { key: "example.com/1", name: "web-1.example.com" },
    message: "web-1 is offline",
    ...fields,
  };
}
