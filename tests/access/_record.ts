/**
 * Records and lines for the tests of this folder.
 *
 * @module
 */

import type { AccessRecord } from "../../src/access/record.ts";

/** Some time, in milliseconds since 1970. */
export const AT_MS: number = Date.UTC(2026, 1, 1, 12);

/** A record with these fields. */
export function makeRecord(fields: Partial<AccessRecord> = {}): AccessRecord {
  return {
    atMs: AT_MS,
    service: "shop",
    method: "GET",
    endpoint: "/a",
    path: "/a",
    query: "b=c",
    status: 200,
    bytes: 12,
    seconds: 0.005,
    address: "100.64.0.1",
    agent: "curl/8.5.0",
    visitor: { userClass: "own", user: "a@example.com", device: "laptop" },
    ...fields,
  };
}
