/**
 * The bytes that devices received and sent by path, read back from their metrics as they are passed
 * on. Reads two families of each device and keeps nothing.
 *
 * @module
 */

import type { Section } from "../page/mod.ts";
import { CLIENT_METRICS } from "./_scrape_metric.ts";

/** The families, in the order of the totals. */
const FAMILIES = ["tailscaled_inbound_bytes_total", "tailscaled_outbound_bytes_total"].map((name) =>
  CLIENT_METRICS.findIndex((family) => family.name === name)
);

/** Which total the values of the label `path` belong to. */
const COLUMN: ReadonlyMap<string, number> = new Map([
  ["direct_ipv4", 0],
  ["direct_ipv6", 0],
  ["peer_relay_ipv4", 1],
  ["peer_relay_ipv6", 1],
  ["derp", 2],
]);

/** The begin of the label; our own labels come before it. */
const LABEL = ',path="';

/** Paths that are told apart. */
const PATHS = 3;

const decoder = new TextDecoder();

/**
 * The counters of each device whose metrics are on the page, by the device's key.
 *
 * Shape: for each device 6 numbers: received by direct path, peer relay and DERP, then sent; NaN
 * where the metrics do not tell.
 */
export function* pathTotals(
  pages: Pick<Section, "keys" | "lines">,
): Generator<readonly [key: string, totals: readonly number[]]> {
  for (const key of pages.keys()) {
    const totals: number[] = Array.from({ length: 2 * PATHS }, () => NaN);
    const lines = pages.lines(key, FAMILIES);
    for (const [at, bytes] of lines.entries()) {
      if (bytes !== undefined) addLines(totals, decoder.decode(bytes), PATHS * at);
    }
    if (lines.some((bytes) => bytes !== undefined)) yield [key, totals];
  }
}

function addLines(totals: number[], text: string, first: number): void {
  for (let start = 0; start < text.length;) {
    const end = text.indexOf("\n", start);
    const column = columnOf(text, start, end);
    if (column !== undefined) {
      const value = Number.parseFloat(text.slice(text.lastIndexOf("}", end) + 2, end));
      const at = first + column;
      const before = totals[at] ?? NaN;
      totals[at] = Number.isNaN(before) ? value : before + value;
    }
    start = end + 1;
  }
}

/**
 * The column of the label `path`. What looks like it within another label's value is followed by
 * none of the paths.
 */
function columnOf(text: string, start: number, end: number): number | undefined {
  for (let at = start;;) {
    at = text.indexOf(LABEL, at) + LABEL.length;
    if (at < LABEL.length || at > end) return undefined;
    const column = COLUMN.get(text.slice(at, text.indexOf('"', at)));
    if (column !== undefined) return column;
  }
}
