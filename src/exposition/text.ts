/**
 * Prometheus text format 0.0.4: escapes, numbers, labels and the header lines of a family. The
 * sample lines themselves are written by the block writer and are the same bytes in both formats.
 *
 * @module
 */

import type { Family, Label } from "./family.ts";

const LABEL_ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n" };

/**
 * A label value as it stands between its quotes: backslash, quote and line feed are escaped, every
 * other character stays as it is. A lone surrogate becomes U+FFFD, as it would on the wire.
 *
 * Shape: any string → the text between two quotes, valid in both formats
 */
export function escapeLabelValue(value: string): string {
  const text = value.isWellFormed() ? value : value.toWellFormed();
  return /[\\"\n]/.test(text) ? text.replace(/[\\"\n]/g, (c) => LABEL_ESCAPES[c] ?? c) : text;
}

/**
 * A help text as it stands in a HELP line of the text format, where a quote stays bare. Blanks at
 * its start are left out: a reader of the text format takes them for a part of the separator.
 * OpenMetrics escapes the quote as well: see {@linkcode openMetricsHeader} in `openmetrics.ts`.
 */
export function escapeHelp(help: string): string {
  return help.toWellFormed().replace(/^[ \t]+/, "").replace(
    /[\\\n]/g,
    (c) => c === "\n" ? "\\n" : "\\\\",
  );
}

/**
 * A number as both formats and Go's `ParseFloat` read it: the shortest text that gives the same
 * double again, integers below 1e21 without an exponent, `NaN`, `+Inf` and `-Inf`.
 *
 * Negative zero is written as `0`: no server tells the two apart in a query.
 */
export function formatValue(value: number): string {
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  return String(value);
}

/**
 * A number as a label value, for `le` and `quantile`: the one text that both formats and a server
 * agree on, as Go's `%g` with a point, `0.005`, `1.0`, `1e+06`, `+Inf`.
 *
 * Source: OpenMetrics 1.0, "Considerations: Canonical Numbers"
 */
export function formatBound(bound: number): string {
  const text = formatValue(bound);
  if (!Number.isFinite(bound)) return text;
  const [digits = "", exponent = "0"] = bound.toExponential().split("e");
  const power = Number(exponent);
  if (power < -4 || power >= 6) {
    return `${digits}e${power < 0 ? "-" : "+"}${String(Math.abs(power)).padStart(2, "0")}`;
  }
  return text.includes(".") ? text : `${text}.0`;
}

/**
 * Labels as they stand between the braces of a sample, without the braces.
 *
 * Shape: Label[] (0..n), order kept → `a="1",b="x"`; "" for none
 */
export function renderLabels(labels: readonly Label[]): string {
  let text = "";
  for (const [name, value] of labels) {
    text += `${text === "" ? "" : ","}${name}="${escapeLabelValue(value)}"`;
  }
  return text;
}

/** The HELP line, unless the help is empty or blank, and the TYPE line of a family. */
export function textHeader(family: Family): string {
  const text = escapeHelp(family.help);
  const help = text === "" ? "" : `# HELP ${family.name} ${text}\n`;
  return `${help}# TYPE ${family.name} ${family.type}\n`;
}
