/**
 * Names and labels that dashboards out there use, from the documents and not from our tables.
 *
 * @module
 */

import { fixtureText } from "../_support/fixture.ts";

/** A documented metric. */
export interface Documented {
  /** The name to the letter. */
  readonly name: string;
  /** All its labels, sorted: the documented ones and those of {@linkcode ADDED_LABELS}. */
  readonly labels: readonly string[];
}

/** Labels that the documents leave out and the sources have: tailscaled's own, and a status. */
const ADDED_LABELS: Readonly<Record<string, readonly string[]>> = {
  tailscaled_inbound_dropped_packets_total: ["reason"],
  tsmetrics_api_requests_total: ["code"],
};

/** All documented metrics. */
export const DOCUMENTED: readonly Documented[] = fixtureText("reference/metrics.txt")
  .trimEnd().split("\n").map(parseLine);

function parseLine(line: string): Documented {
  const [, name = "", labels = ""] = /^(\w+)(?:\{(.*)\})?$/.exec(line) ?? [];
  if (name === "") throw new SyntaxError(`Cannot read "${line}"`);
  const documented = labels.split(",").map((label) => label.trim()).filter((label) => label !== "");
  return { name, labels: [...documented, ...ADDED_LABELS[name] ?? []].sort() };
}
