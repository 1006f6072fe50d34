/**
 * A device's labels on their way out, for the general way through a sample line. Strings here have
 * one character for each byte, so that nothing is decoded.
 *
 * @module
 */

import { limitError, type PageLimits } from "./_limit.ts";
import { isLabelName } from "./name.ts";
import { binaryText, isUtf8, refuse, type SampleLine, unescapeText } from "./parse.ts";

/** A label, name and value as they stand on the page, escapes kept. */
export type BinaryLabel = readonly [name: string, value: string];

/** The labels of a line as they go out, and whether some are not among them. */
export interface ReadLabels {
  /** Those that stay, in the device's order. */
  readonly labels: readonly BinaryLabel[];
  /** Whether one is left out that a server would keep. */
  readonly isCut: boolean;
}

/**
 * The labels of a scanned line as they go out: renamed where they have one of our names, without
 * those that are empty, which are no labels to a server, and without those that cannot stand on our
 * page. Escapes are written in the one way that all readers know.
 *
 * Source: `exported_` as in Prometheus with `honor_labels: false`
 *
 * @param start Where the line starts.
 * @throws {SyntaxError} If a server would refuse a name or a value, or a name that comes twice.
 * @throws {RangeError} If there are too many labels, or one is too long.
 */
export function readLabels(
  page: Uint8Array,
  start: number,
  line: SampleLine,
  ownNames: readonly string[],
  limits: PageLimits,
): ReadLabels {
  const { labelCount, labels: offsets } = line;
  const { maxLabels, maxLabelBytes } = limits;
  if (labelCount > maxLabels) throw limitError("labels of a sample", labelCount, maxLabels);
  const all: BinaryLabel[] = [];
  const emptyNames = new Set<string>();
  for (let base = 0; base < labelCount * 4; base += 4) {
    const name = unescapeText(binaryText(page, offsets[base] ?? 0, offsets[base + 1] ?? 0));
    const valueStart = offsets[base + 2] ?? 0;
    const valueEnd = offsets[base + 3] ?? 0;
    if (name === "__name__") refuse(page, start, "the label name __name__", "another name");
    const bytes = valueEnd - valueStart;
    if (bytes > maxLabelBytes) throw limitError("bytes of a label value", bytes, maxLabelBytes);
    const value = binaryText(page, valueStart, valueEnd);
    if (!isBinaryUtf8(name) || !isBinaryUtf8(value)) {
      refuse(page, start, "bytes that are not UTF-8", "UTF-8");
    }
    if (bytes === 0) emptyNames.add(name);
    else all.push([name, canonicalValue(value)]);
  }
  const names = new Set<string>();
  const labels: BinaryLabel[] = [];
  let isCut = false;
  for (const label of all) {
    const [name, value] = label;
    // The server takes an empty value for "no such label", whatever else the line says.
    if (emptyNames.has(name)) continue;
    if (names.has(name)) refuse(page, start, `the label ${name} twice`, "it once");
    if (name === "") refuse(page, start, "a label without a name", "a name");
    names.add(name);
    if (isRelayedName(name) && !value.includes("\r")) labels.push(label);
    else isCut = true;
  }
  return {
    labels: labels.map(([name, value]) => [rename(name, names, ownNames), value]),
    isCut,
  };
}

/** Whether a label of this name goes out: names with `__` in front are for servers alone. */
function isRelayedName(name: string): boolean {
  return isLabelName(name) && !name.startsWith("__");
}

/** Whether text with one character a byte is UTF-8. */
function isBinaryUtf8(text: string): boolean {
  // deno-lint-ignore no-control-regex
  if (/^[\x00-\x7f]*$/.test(text)) return true;
  return isUtf8(Uint8Array.from(text, (character) => character.charCodeAt(0)));
}

/** The same value with its escapes written as all readers know them. */
function canonicalValue(value: string): string {
  if (!/[\\\n]/.test(value)) return value;
  return value.replace(/\\[\\"n]|\\|\n/g, (found) => {
    if (found === "\n") return "\\n";
    return found === "\\" ? "\\\\" : found;
  });
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
