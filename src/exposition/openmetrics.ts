/**
 * What OpenMetrics 1.0 writes differently from the text format: the header lines of a family and
 * the end of the page. No UNIT lines: a unit would have to be a suffix of each relayed name, and
 * no server needs it. Sample lines are the same bytes in both formats.
 *
 * @module
 */

import type { Family } from "./family.ts";
import { escapeHelp } from "./text.ts";

/** The last line of every OpenMetrics page; nothing may follow it. */
export const EOF = "# EOF\n";

const TOTAL = "_total";

function isStrictCounter(family: Family): boolean {
  return family.type === "counter" && family.name.endsWith(TOTAL) &&
    family.name.length > TOTAL.length;
}

/**
 * The name that OpenMetrics gives a family: a counter's without its `_total`, any other's as it is.
 *
 * A gauge that is called `x_total` or `x_info` keeps that name; it is valid as long as no counter
 * or info is called `x`, which is for the table of families to watch over.
 */
export function openMetricsName(family: Family): string {
  return isStrictCounter(family) ? family.name.slice(0, -TOTAL.length) : family.name;
}

/**
 * The TYPE line and, unless the help is empty, the HELP line of a family.
 *
 * A counter without `_total` would have a sample name that OpenMetrics does not allow; it becomes
 * `unknown`, as in the Go library, and so does `untyped`, which OpenMetrics does not know.
 *
 * Source: OpenMetrics 1.0, "Overall Structure" and "Counter"
 */
export function openMetricsHeader(family: Family): string {
  const name = openMetricsName(family);
  const isUnknown = family.type === "untyped" ||
    (family.type === "counter" && !isStrictCounter(family));
  const type = `# TYPE ${name} ${isUnknown ? "unknown" : family.type}\n`;
  const help = escapeHelp(family.help);
  return help === "" ? type : `${type}# HELP ${name} ${help.replaceAll('"', '\\"')}\n`;
}
