/**
 * A device's labels as our page shows them, for the slow path of a sample line. Strings have one
 * character for each byte, so that nothing is decoded.
 *
 * @module
 */

import { limitError, MAX_NAME_BYTES, type PageLimits } from "./_limit.ts";
import { isLabelName } from "./name.ts";
import type { SampleLine } from "./_sample_line.ts";
import { binaryText, refuse, unescapeText } from "./_scan.ts";
import { isUtf8 } from "./_utf8.ts";

const LF = 0x0a, QUOTE = 0x22, BACKSLASH = 0x5c, LOWER_N = 0x6e;

/** Finds values that are not copied as they are: controls, backslashes, bytes beyond ASCII. */
// deno-lint-ignore no-control-regex
const SPECIAL = /[\x00-\x1f\\\x7f-\xff]/;

/** A label, name and value as they stand on the page, escapes kept. */
export type BinaryLabel = readonly [name: string, value: string];

/** The labels of a line as they are written, and whether some are left out. */
export interface ReadLabels {
  /** Those that are kept, in the device's order. */
  readonly labels: readonly BinaryLabel[];
  /** Whether a label is left out that a server would keep. */
  readonly isCut: boolean;
}

/**
 * The labels of a scanned line as they are written: renamed where they have one of our names,
 * without empty ones, which are no labels to a server, and without those that our page cannot show.
 * Escapes become those that all readers know.
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
  let labels: BinaryLabel[] = [];
  /** All names with a value, and those without, which mean "no such label" to a server. */
  let names: string[] = [];
  const emptyNames: string[] = [];
  let hasLongName = false;
  for (let base = 0; base < labelCount * 4; base += 4) {
    const nameStart = offsets[base] ?? 0;
    const nameEnd = offsets[base + 1] ?? 0;
    const valueStart = offsets[base + 2] ?? 0;
    const valueEnd = offsets[base + 3] ?? 0;
    const bytes = valueEnd - valueStart;
    if (bytes > maxLabelBytes) throw limitError("bytes of a label value", bytes, maxLabelBytes);
    const value = binaryText(page, valueStart, valueEnd);
    const isPlain = !SPECIAL.test(value);
    if (!isPlain && !isUtf8(page.subarray(valueStart, valueEnd))) refuseBytes(page, start);
    const isQuoted = page[nameStart - 1] === QUOTE;
    if (isQuoted && !isUtf8(page.subarray(nameStart, nameEnd))) refuseBytes(page, start);
    if (nameEnd - nameStart > MAX_NAME_BYTES) {
      hasLongName ||= bytes > 0;
      continue;
    }
    const text = binaryText(page, nameStart, nameEnd);
    const name = isQuoted ? unescapeText(text) : text;
    if (name === "__name__") refuse(page, start, "the label name __name__", "another name");
    if (bytes === 0) {
      emptyNames.push(name);
      continue;
    }
    names.push(name);
    const isFit = !name.startsWith("__") && (!isQuoted || isLabelName(name));
    if (isFit && (isPlain || !value.includes("\r"))) {
      labels.push([name, isPlain ? value : canonicalValue(value)]);
    }
  }
  if (emptyNames.length > 0) {
    const isThere = (name: string) => !emptyNames.includes(name);
    names = names.filter(isThere);
    labels = labels.filter(([name]) => isThere(name));
  }
  checkNames(page, start, names);
  const isCut = hasLongName || labels.length < names.length;
  return { labels: renameAll(labels, names, ownNames), isCut };
}

/** Refuses a name that is empty or comes twice; few lines have enough labels for a set to pay. */
function checkNames(page: Uint8Array, start: number, names: readonly string[]): void {
  for (const [at, name] of names.entries()) {
    if (name === "") refuse(page, start, "a label without a name", "a name");
    if (names.indexOf(name) !== at) refuse(page, start, `the label ${name} twice`, "it once");
  }
}

function refuseBytes(page: Uint8Array, start: number): never {
  return refuse(page, start, "bytes that are not UTF-8", "UTF-8");
}

/** The same value with its escapes written as all readers know them. */
function canonicalValue(value: string): string {
  let text = "";
  let from = 0;
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if (code !== LF && code !== BACKSLASH) continue;
    const next = code === BACKSLASH ? value.charCodeAt(at + 1) : 0;
    if (next === BACKSLASH || next === QUOTE || next === LOWER_N) {
      at += 1;
      continue;
    }
    text += value.slice(from, at) + (code === LF ? "\\n" : "\\\\");
    from = at + 1;
  }
  return from === 0 ? value : text + value.slice(from);
}

function renameAll(
  labels: readonly BinaryLabel[],
  names: string[],
  ownNames: readonly string[],
): readonly BinaryLabel[] {
  if (!labels.some(([name]) => ownNames.includes(name))) return labels;
  return labels.map(([name, value]) => [rename(name, names, ownNames), value]);
}

function rename(name: string, names: string[], ownNames: readonly string[]): string {
  if (!ownNames.includes(name)) return name;
  let renamed = name;
  do renamed = `exported_${renamed}`; while (names.includes(renamed) || ownNames.includes(renamed));
  names.push(renamed);
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
