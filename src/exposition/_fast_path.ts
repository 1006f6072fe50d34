/**
 * The fast path of a sample line, for lines as Go programs write them: no superfluous blanks, label
 * names ascending, no empty values, no timestamp. It refuses nothing: whatever it does not expect
 * it leaves to the slow path, so it must accept nothing that the slow path would refuse, and write
 * the same bytes.
 *
 * @module
 */

import type { PageFamily } from "./_page_family.ts";
import { MAX_NUMBER_BYTES, type PageLimits } from "./_limit.ts";
import type { LineBuffer } from "./_line_buffer.ts";
import type { SeriesIndex } from "./_series_index.ts";
import { overflows, scanNumber } from "./_number.ts";
import { binaryText, CLASSES } from "./_scan.ts";

const LF = 0x0a, SPACE = 0x20, QUOTE = 0x22, COMMA = 0x2c, DOT = 0x2e, ZERO = 0x30, NINE = 0x39;
const EQUALS = 0x3d,
  BACKSLASH = 0x5c,
  UNDERSCORE = 0x5f,
  LOWER_N = 0x6e,
  BRACE_OPEN = 0x7b,
  BRACE_CLOSE = 0x7d;

// V8 compiles a constant of the module into the machine code, and loads an imported one each time.
const KIND = CLASSES;
const LABEL_START = 1, LABEL_CHAR = 2;

const encoder = new TextEncoder();

/** Limits of a line, and what the lines of a page had. */
export interface FastPathState {
  /** Maximum number of labels of a line. */
  readonly maxLabels: number;
  /** Maximum size of a label value in bytes. */
  readonly maxLabelBytes: number;
  /** Our own label names, which a device's label must not have. */
  readonly ownNames: readonly Uint8Array[];
  /** Bit n is set if one of them has n bytes; bit 31 stands for 31 and more. */
  readonly ownLengths: number;
  /** All bytes of label values OR-ed; from 0x80 on the lines must be checked for UTF-8. */
  seen: number;
}

/** The state before the first line. */
export function createFastPathState(
  { maxLabels, maxLabelBytes }: PageLimits,
  ownNames: readonly string[],
): FastPathState {
  return {
    maxLabels,
    maxLabelBytes,
    ownNames: ownNames.map((name) => encoder.encode(name)),
    ownLengths: ownNames.reduce((bits, { length }) => bits | 1 << Math.min(length, 31), 0),
    seen: 0,
  };
}

/**
 * Reads and writes one line whose family is known.
 *
 * @param view The same page.
 * @param from Where the name ends.
 * @returns Where the next line starts, or -1 if the line needs the slow path.
 */
export function writeFast(
  lines: LineBuffer,
  series: SeriesIndex,
  page: Uint8Array,
  view: DataView,
  from: number,
  family: PageFamily,
  state: FastPathState,
): number {
  let at = from;
  // The rest of the page bounds the size of the line.
  let to = lines.open(family, page.length - from + 16);
  const { out } = lines;
  const hasCommon = lines.commonLength > 0;
  const labelsStart = from + 1;
  let seen = 0;
  if (page[at] === BRACE_OPEN) {
    let lastName = -1;
    let lastNameEnd = -1;
    let count = 0;
    out[to++] = hasCommon ? COMMA : BRACE_OPEN;
    for (;;) {
      at += 1;
      const name = at;
      let byte = page[at] ?? LF;
      if (((KIND[byte] ?? 0) & LABEL_START) === 0) return -1;
      if (byte === UNDERSCORE && page[at + 1] === UNDERSCORE) return -1;
      do {
        out[to++] = byte;
        byte = page[++at] ?? LF;
      } while (((KIND[byte] ?? 0) & LABEL_CHAR) !== 0);
      if (byte !== EQUALS || page[at + 1] !== QUOTE) return -1;
      const length = at - name;
      if (
        ((state.ownLengths >>> (length > 31 ? 31 : length)) & 1) !== 0 &&
        isOneOf(page, name, at, state.ownNames)
      ) return -1;
      if (count > 0 && !isBefore(page, lastName, lastNameEnd, name, at)) return -1;
      if (++count > state.maxLabels) return -1;
      lastName = name;
      lastNameEnd = at;
      out[to++] = EQUALS;
      out[to++] = QUOTE;
      at += 2;
      const value = at;
      byte = page[at] ?? LF;
      while (byte !== QUOTE) {
        if (byte < SPACE) return -1;
        if (byte === BACKSLASH) {
          out[to++] = byte;
          byte = page[++at] ?? LF;
          if (byte !== BACKSLASH && byte !== QUOTE && byte !== LOWER_N) return -1;
        }
        seen |= byte;
        out[to++] = byte;
        byte = page[++at] ?? LF;
      }
      if (at === value || at - value > state.maxLabelBytes) return -1;
      out[to++] = QUOTE;
      byte = page[++at] ?? LF;
      if (byte === COMMA) {
        out[to++] = COMMA;
        continue;
      }
      if (byte !== BRACE_CLOSE) return -1;
      at += 1;
      break;
    }
    out[to++] = BRACE_CLOSE;
  } else if (hasCommon) {
    out[to++] = BRACE_CLOSE;
  }
  if (page[at] !== SPACE) return -1;
  out[to++] = SPACE;
  const end = writeValue(out, to, page, at + 1, family.type === "counter");
  if (end === -1) return -1;
  // The brace that closes the labels is not one of theirs.
  const labelsEnd = at > labelsStart ? at - 1 : labelsStart;
  // As long as the lines ascend, none of them is a duplicate.
  const isProven = family.series === undefined &&
    (family.lineCount === 0 || isGreater(view, family, labelsStart, labelsEnd));
  if (!isProven && !series.add(family, binaryText(page, labelsStart, labelsEnd))) return -1;
  family.lastStart = labelsStart;
  family.lastEnd = labelsEnd;
  state.seen |= seen;
  lines.commit(family, to + end - at);
  return end + 1;
}

/** Copies a value; the offset of its line feed in the page, or -1. */
function writeValue(
  out: Uint8Array,
  start: number,
  page: Uint8Array,
  from: number,
  isCounter: boolean,
): number {
  let at = from;
  let to = start;
  let byte = page[at] ?? LF;
  while (byte >= ZERO && byte <= NINE) {
    out[to++] = byte;
    byte = page[++at] ?? LF;
  }
  if (byte === LF && at > from && at - from < 300) {
    out[to] = LF;
    return at;
  }
  // A counter's sign needs a look at its value.
  if (at === from && isCounter && byte !== DOT) return -1;
  const end = scanNumber(page, from);
  if (end === -1 || page[end] !== LF || end - from > MAX_NUMBER_BYTES) return -1;
  if (overflows(page, from, end)) return -1;
  for (at = from, to = start; at <= end; at++, to++) out[to] = page[at] ?? LF;
  return end;
}

/** Whether labels, in ascending order, come after those of the family's last line. */
function isGreater(page: DataView, family: PageFamily, start: number, end: number): boolean {
  const { lastStart, lastEnd } = family;
  const length = Math.min(lastEnd - lastStart, end - start);
  let at = 0;
  while (
    at + 8 <= length &&
    page.getBigInt64(start + at, true) === page.getBigInt64(lastStart + at, true)
  ) at += 8;
  for (; at < length; at++) {
    const difference = page.getUint8(start + at) - page.getUint8(lastStart + at);
    if (difference !== 0) return difference > 0;
  }
  return lastEnd !== -1 && end - start > lastEnd - lastStart;
}

/** Whether one piece of the page comes before another in byte order. */
function isBefore(
  page: Uint8Array,
  first: number,
  firstEnd: number,
  second: number,
  secondEnd: number,
): boolean {
  const length = Math.min(firstEnd - first, secondEnd - second);
  for (let at = 0; at < length; at++) {
    const difference = (page[first + at] ?? 0) - (page[second + at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return firstEnd - first < secondEnd - second;
}

function isOneOf(
  page: Uint8Array,
  start: number,
  end: number,
  names: readonly Uint8Array[],
): boolean {
  return names.some((name) =>
    name.length === end - start && name.every((byte, at) => byte === page[start + at])
  );
}
