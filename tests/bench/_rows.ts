/**
 * The fleets that `fleet.ts` measures, and which of them are meant by names on the command line.
 *
 * @module
 */

import type { Row } from "./_process.ts";

/** What runs unless some are named. */
export const ROWS: readonly Row[] = [
  { name: "100", devices: 100, intervalS: 3 },
  { name: "1000", devices: 1000, intervalS: 5 },
  { name: "chunked", devices: 1000, isChunked: true, intervalS: 5 },
  { name: "10000", devices: 10_000, concurrency: 100, intervalS: 15 },
  { name: "slow", devices: 2000, latencyMs: 100, concurrency: 50, intervalS: 10 },
  { name: "hanging", devices: 1000, latencyMs: 100, hangingPercent: 5, intervalS: 30 },
];

/** A fleet of which a thousand devices answer, and many are soon gone for good. */
export const CHURN: Row = { name: "churn", devices: 1344, churnPercent: 5, intervalS: 1 };

/**
 * The rows of these names in their own order; all but {@linkcode CHURN} for no name.
 *
 * @throws {RangeError} If there is no row of a name.
 */
export function chooseRows(names: readonly string[]): readonly Row[] {
  if (names.length === 0) return ROWS;
  const rows = [...ROWS, CHURN];
  const unknown = names.filter((wanted) => !rows.some(({ name }) => name === wanted));
  if (unknown.length > 0) {
    const given = unknown.map((name) => `"${name}"`).join(", ");
    const known = rows.map(({ name }) => name).join(", ");
    throw new RangeError(`Cannot measure ${given}: no such row; wanted any of ${known}`);
  }
  return rows.filter(({ name }) => names.includes(name));
}
