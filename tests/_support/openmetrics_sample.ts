/**
 * The grammar of one OpenMetrics line: a sample with its exemplar, and the escapes.
 *
 * @module
 */

import { parseNumber, parseReal, type ReadSample } from "./read_family.ts";

/** A metric name, as a piece of an expression. */
export const NAME = "[a-zA-Z_:][a-zA-Z0-9_:]*";
const LABEL = '[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\\]|\\\\.)*"';
const LABELS = `\\{(?:${LABEL}(?:,${LABEL})*)?\\}`;
const SAMPLE = new RegExp(
  `^(${NAME})(${LABELS})? ([^ ]+)(?: ([^ #][^ ]*))?(?: # (${LABELS}) ([^ ]+)(?: ([^ ]+))?)?$`,
  "s",
);

/** A sample, and whether an exemplar stood behind it. */
export interface ReadSampleLine extends ReadSample {
  /** Checked already, but not where it stands. */
  readonly hasExemplar: boolean;
}

/** A HELP text or label value without its escapes; one that is not defined keeps its backslash. */
export function unescape(text: string): string {
  return text.replace(/\\([\\n"])/g, (_, c: string) => c === "n" ? "\n" : c);
}

function parseLabels(text: string): Record<string, string> | undefined {
  const labels = [...text.matchAll(new RegExp(LABEL, "gs"))].map(([label]) => {
    const equals = label.indexOf("=");
    return [label.slice(0, equals), unescape(label.slice(equals + 2, -1))] as const;
  });
  const names = new Set(labels.map(([name]) => name));
  if (names.size < labels.length || names.has("__name__")) return undefined;
  return Object.fromEntries(labels);
}

/** The sample of a line, or what is wrong with it. */
export function parseSample(text: string): ReadSampleLine | string {
  const match = SAMPLE.exec(text);
  if (match === null) return "not a sample";
  const [, name = "", labelText = "{}", valueText = "", timeText, exemplar, exemplarValue, at] =
    match;
  const labels = parseLabels(labelText);
  if (labels === undefined) return "a label twice, or __name__";
  const value = parseNumber(valueText);
  if (value === undefined) return "not a number";
  const timestamp = timeText === undefined ? undefined : parseReal(timeText);
  if (timeText !== undefined && timestamp === undefined) return "not a timestamp";
  if (exemplar !== undefined) {
    const exemplarLabels = parseLabels(exemplar);
    if (exemplarLabels === undefined) return "a label of the exemplar twice";
    const length = [...Object.entries(exemplarLabels).flat().join("")].length;
    if (length > 128) return `${length} characters of labels in an exemplar, at most 128`;
    if (parseNumber(exemplarValue ?? "") === undefined) return "no number in the exemplar";
    if (at !== undefined && parseReal(at) === undefined) return "no timestamp in the exemplar";
  }
  return {
    name,
    labels,
    value,
    ...(timestamp === undefined ? {} : { timestamp }),
    hasExemplar: exemplar !== undefined,
  };
}
