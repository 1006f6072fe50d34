/**
 * A device's labels on their way out, for the general way through a sample line. Strings here have
 * one character for each byte, so that nothing is decoded.
 *
 * @module
 */

import { limitError, type PageLimits } from "./_limit.ts";
import { isLabelName } from "./name.ts";
import { binaryText, refuse, type SampleLine } from "./parse.ts";

/** A label, name and value as they stand on the page, escapes kept. */
export type BinaryLabel = readonly [name: string, value: string];

/**
 * The labels of a scanned line as they go out: renamed where they have one of our names, without
 * those that are empty, which are no labels to a server.
 *
 * Source: `exported_` as in Prometheus with `honor_labels: false`
 *
 * @param start Where the line starts.
 * @throws {SyntaxError} If a name comes twice, or is `__name__`.
 * @throws {RangeError} If there are too many labels, or one is too long.
 */
export function readLabels(
  page: Uint8Array,
  start: number,
  line: SampleLine,
  ownNames: readonly string[],
  limits: PageLimits,
): readonly BinaryLabel[] {
  const { labelCount, labels: offsets } = line;
  const { maxLabels, maxLabelBytes } = limits;
  if (labelCount > maxLabels) throw limitError("labels of a sample", labelCount, maxLabels);
  const names = new Set<string>();
  const labels: BinaryLabel[] = [];
  for (let base = 0; base < labelCount * 4; base += 4) {
    const name = binaryText(page, offsets[base] ?? 0, offsets[base + 1] ?? 0);
    const valueStart = offsets[base + 2] ?? 0;
    const valueEnd = offsets[base + 3] ?? 0;
    if (!isLabelName(name)) refuse(page, start, `the label name ${name}`, "another name");
    if (names.has(name)) refuse(page, start, `the label ${name} twice`, "it once");
    names.add(name);
    const bytes = valueEnd - valueStart;
    if (bytes > maxLabelBytes) throw limitError("bytes of a label value", bytes, maxLabelBytes);
    if (bytes > 0) labels.push([name, binaryText(page, valueStart, valueEnd)]);
  }
  return labels.map(([name, value]) => [rename(name, names, ownNames), value]);
}

function rename(name: string, names: Set<string>, ownNames: readonly string[]): string {
  if (!ownNames.includes(name)) return name;
  let renamed = name;
  do renamed = `exported_${renamed}`; while (names.has(renamed) || ownNames.includes(renamed));
  names.add(renamed);
  return renamed;
}

/** Labels as they stand between braces. */
export function renderBinary(labels: readonly BinaryLabel[]): string {
  return labels.map(([name, value]) => `${name}="${value}"`).join(",");
}

/** The labels by name; the same array if they are so already. */
export function sortLabels(labels: readonly BinaryLabel[]): readonly BinaryLabel[] {
  const isSorted = labels.every(([name], at) => at === 0 || name > (labels[at - 1]?.[0] ?? ""));
  return isSorted ? labels : [...labels].sort(([a], [b]) => a < b ? -1 : 1);
}
