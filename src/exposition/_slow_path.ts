/**
 * Parts of the slow path of a sample line, for lines that no Go program writes: the name in any
 * spelling, and the sample into its family or the reason why it is left out.
 *
 * @module
 */

import type { Distribution } from "./_distribution.ts";
import type { PageFamily } from "./_page_family.ts";
import type { SeriesIndex } from "./_series_index.ts";
import { type BinaryLabel, renderBinary, sortLabels } from "./_label.ts";
import type { LeftOutReason } from "./_result.ts";
import type { LineBuffer } from "./_line_buffer.ts";
import { readNumber } from "./_number.ts";
import type { SampleLine } from "./_sample_line.ts";
import { binaryText, refuse, unescapeText } from "./_scan.ts";
import { isUtf8 } from "./_utf8.ts";

const LF = 0x0a;

/** How much of a name that is left out `/debug` shows. */
const SHOWN_NAME_BYTES = 200;

/** The page with the line feed that it lacks. */
export function endLine(page: Uint8Array): Uint8Array {
  const whole = new Uint8Array(page.length + 1);
  whole.set(page);
  whole[page.length] = LF;
  return whole;
}

/** The metric name of a scanned line, without escapes, one character a byte. */
export function readName(page: Uint8Array, { nameStart, nameEnd }: SampleLine): string {
  return unescapeText(binaryText(page, nameStart, nameEnd));
}

/**
 * The beginning of a name that cannot go out, as text.
 *
 * @param start Where the name, or the brace before it, is.
 * @param lineStart The same, with the blanks that a server takes for a part of the name.
 * @throws {SyntaxError} If a server would not take the name either.
 */
export function showName(
  page: Uint8Array,
  start: number,
  lineStart: number,
  { nameStart, nameEnd }: SampleLine,
): string {
  const isQuoted = nameStart !== start;
  const from = isQuoted ? nameStart : lineStart;
  if (from === nameEnd || (isQuoted && !isUtf8(page.subarray(from, nameEnd)))) {
    refuse(page, start, "a metric name that is empty or not UTF-8", "a name");
  }
  const shown = page.subarray(from, Math.min(nameEnd, from + SHOWN_NAME_BYTES));
  return unescapeText(new TextDecoder().decode(shown));
}

/**
 * Writes a sample of a family that is no histogram or summary.
 *
 * @returns Why it is left out; undefined if it is not, or if the page has to be read again.
 */
export function addSample(
  lines: LineBuffer,
  series: SeriesIndex,
  family: PageFamily,
  read: readonly BinaryLabel[],
  value: string,
): LeftOutReason | undefined {
  if (family.type === "counter" && !(readNumber(value) >= 0)) return "malformed";
  const labels = family.labelDrop === undefined ? read : family.labelDrop.shorten(read);
  if (labels === undefined) return undefined;
  const key = renderBinary(sortLabels(labels));
  const text = renderBinary(labels);
  // A first line whose labels ascend is read back from the lines if others are compared with it.
  const isPlain = family.lineCount === 0 && text === key;
  if (!isPlain && !series.add(family, key)) return "duplicate";
  lines.write(family, "", text, value);
  family.lastEnd = -1;
  return undefined;
}

/**
 * Keeps a sample of a histogram or summary until its set is whole.
 *
 * @param name The sample's, which goes on after the family's.
 * @returns The same as {@linkcode addSample}.
 */
export function addPart(
  family: PageFamily,
  distribution: Distribution,
  name: string,
  labels: readonly BinaryLabel[],
  value: string,
): LeftOutReason | undefined {
  const suffix = name.slice(family.name.length);
  const boundName = suffix === "_bucket" ? "le" : suffix === "" ? "quantile" : "";
  const rest = labels.filter(([label]) => label !== boundName);
  const others = family.labelDrop === undefined ? rest : family.labelDrop.shorten(rest);
  if (others === undefined) return undefined;
  return distribution.add({
    suffix,
    key: renderBinary(sortLabels(others)),
    labels: others.map((label) => `${renderBinary([label])},`).join(""),
    bound: labels.find(([label]) => label === boundName)?.[1],
    value,
  });
}
