/**
 * Where a relabeler puts the lines of one page: scratch memory that is used again for the next
 * page, with the lines in the order they came. Knows which lines are whose, that no series comes
 * twice, and how to put the families in the table's order at the end.
 *
 * @module
 */

import type { KnownFamily } from "./_known.ts";
import type { Block } from "./block.ts";
import { binaryText } from "./parse.ts";

const LF = 0x0a, COMMA = 0x2c, BRACE_OPEN = 0x7b, BRACE_CLOSE = 0x7d;

const encoder = new TextEncoder();

/** A family and its place in the table. */
export interface Placed {
  readonly family: KnownFamily;
  readonly index: number;
}

/** The output of one page at a time. */
export class Sink {
  /** The lines; anything beyond `used` may be overwritten. */
  out: Uint8Array<ArrayBuffer> = new Uint8Array(64 * 1024);
  /** Where the next line starts. */
  used = 0;
  /** How many bytes of our own labels each line has. */
  commonLength = 0;
  #view = new DataView(this.out.buffer);
  #common = new Uint8Array(1024);
  /** Lines of one family that follow each other are a run. */
  readonly #runFamilies: KnownFamily[] = [];
  readonly #runStarts: number[] = [];

  /**
   * Starts a page; what was written before is forgotten.
   *
   * @param common Our own labels as they stand between the braces.
   */
  begin(common: string): void {
    if (this.#common.length < common.length * 3) this.#common = new Uint8Array(common.length * 3);
    this.commonLength = encoder.encodeInto(common, this.#common).written;
    this.used = 0;
    this.#runFamilies.length = 0;
    this.#runStarts.length = 0;
  }

  /**
   * Writes the start of a line: its name and, if we have any, a brace and our own labels. The line
   * counts once it is committed.
   *
   * @param room How many bytes may follow.
   * @returns Where it goes on: with a comma or a brace before the device's labels.
   */
  open(family: KnownFamily, room: number): number {
    const { commonLength, used } = this;
    const length = family.nameView.byteLength + (commonLength > 0 ? 1 + commonLength : 0);
    if (this.out.length - used < length + room) this.#grow(length + room);
    if (family.prefixEnd === family.prefixStart) {
      this.#writePrefix(family);
      return used + length;
    }
    this.out.copyWithin(used, family.prefixStart, family.prefixEnd);
    return used + length;
  }

  #writePrefix(family: KnownFamily): void {
    const { out, used } = this;
    const { nameView } = family;
    const length = nameView.byteLength;
    let to = used;
    for (let at = 0; at < length; at++) out[to++] = nameView.getUint8(at);
    if (this.commonLength > 0) out[to++] = BRACE_OPEN;
    for (let at = 0; at < this.commonLength; at++) out[to++] = this.#common[at] ?? 0;
    family.prefixStart = used;
    family.prefixEnd = to;
  }

  /** Keeps the line that was opened last. */
  commit(family: KnownFamily, end: number, labelsStart: number, labelsEnd: number): void {
    const runs = this.#runFamilies;
    if (runs.length === 0 || runs[runs.length - 1] !== family) {
      runs.push(family);
      this.#runStarts.push(this.used);
    }
    family.lastStart = labelsStart;
    family.lastEnd = labelsEnd;
    family.lineCount += 1;
    family.byteCount += end - this.used;
    this.used = end;
  }

  /**
   * Writes a line from text with one character a byte.
   *
   * @param key As for {@linkcode Sink.isNew}.
   * @returns Whether the line was written; false if its family has these labels already.
   */
  writeNew(family: KnownFamily, labels: string, value: string, key?: string): boolean {
    let at = this.open(family, labels.length + value.length + 5);
    const { out } = this;
    const hasCommon = this.commonLength > 0;
    if (labels !== "") out[at++] = hasCommon ? COMMA : BRACE_OPEN;
    const labelsStart = at;
    at = writeText(out, at, labels);
    const labelsEnd = at;
    if (!this.isNew(family, labelsStart, labelsEnd, key)) return false;
    at = writeText(out, at, labels === "" && !hasCommon ? ` ${value}\n` : `} ${value}\n`);
    this.commit(family, at, labelsStart, labelsEnd);
    return true;
  }

  /** Writes a line of a histogram or summary, whose name goes on after the family's. */
  writePart(family: KnownFamily, suffix: string, labels: string, value: string): void {
    const { commonLength } = this;
    const room = family.name.length + suffix.length + commonLength + labels.length + value.length;
    if (this.out.length - this.used < room + 5) this.#grow(room + 5);
    const { out } = this;
    const hasLabels = commonLength > 0 || labels !== "";
    let at = writeText(out, this.used, `${family.name}${suffix}${hasLabels ? "{" : ""}`);
    out.set(this.#common.subarray(0, commonLength), at);
    at += commonLength;
    if (commonLength > 0 && labels !== "") out[at++] = COMMA;
    at = writeText(out, at, `${labels}${hasLabels ? "}" : ""} ${value}\n`);
    this.commit(family, at, at, at);
  }

  /**
   * Whether a line's labels, not committed yet, are different from all before in its family.
   *
   * As long as each line has its labels in ascending order and is greater than the line before,
   * nothing has to be remembered; from the first that is not, everything is.
   *
   * @param key The labels in ascending order; undefined if they stand so in the output.
   */
  isNew(family: KnownFamily, start: number, end: number, key?: string): boolean {
    if (family.series === undefined) {
      if (key === undefined) {
        if (family.lineCount === 0 || this.#isAscending(family, start, end)) return true;
      }
      family.series = new Set();
      this.#forEachRun(family, (runStart, runEnd) => this.#remember(family, runStart, runEnd));
    }
    const { size } = family.series;
    family.series.add(key ?? binaryText(this.out, start, end));
    return family.series.size > size;
  }

  #isAscending(family: KnownFamily, start: number, end: number): boolean {
    const view = this.#view;
    const { lastStart, lastEnd } = family;
    const length = Math.min(lastEnd - lastStart, end - start);
    let at = 0;
    while (
      at + 8 <= length && view.getBigInt64(start + at) === view.getBigInt64(lastStart + at)
    ) at += 8;
    for (; at < length; at++) {
      const difference = view.getUint8(start + at) - view.getUint8(lastStart + at);
      if (difference !== 0) return difference > 0;
    }
    return end - start > lastEnd - lastStart;
  }

  /** Puts the labels of committed lines into the family's set; they all are in ascending order. */
  #remember(family: KnownFamily, runStart: number, runEnd: number): void {
    const { out } = this;
    const prefix = family.prefixEnd - family.prefixStart;
    for (let start = runStart; start < runEnd;) {
      const next = out.indexOf(LF, start) + 1;
      // A value has no brace, so the last one of the line closes its labels.
      let end = next;
      while (end > start && out[end] !== BRACE_CLOSE) end -= 1;
      // After the prefix comes a comma or the opening brace, if the line has labels.
      const from = start + prefix + 1;
      family.series?.add(end > from ? binaryText(out, from, end) : "");
      start = next;
    }
  }

  #forEachRun(family: KnownFamily, call: (start: number, end: number) => void): void {
    for (let run = 0; run < this.#runFamilies.length; run++) {
      if (this.#runFamilies[run] !== family) continue;
      call(this.#runStarts[run] ?? 0, this.#runStarts[run + 1] ?? this.used);
    }
  }

  /**
   * The lines of some families as a block.
   *
   * @param placed In any order; the others' lines are left out.
   * @param epoch Goes into the block.
   */
  block(placed: readonly Placed[], epoch: number): Block {
    const sorted = isAscending(placed) ? placed : [...placed].sort((a, b) => a.index - b.index);
    const ends = new Uint32Array((sorted[sorted.length - 1]?.index ?? -1) + 1);
    // Nearly always a page has our families in our order, and nothing has to be moved.
    const bytes = this.#isInOrder(sorted) ? this.out.slice(0, this.used) : this.#gather(sorted);
    let sampleCount = 0;
    let length = 0;
    let next = 0;
    for (const { family, index } of sorted) {
      while (next < index) ends[next++] = length;
      length += family.byteCount;
      sampleCount += family.lineCount;
    }
    if (sorted.length > 0) ends[next] = length;
    return { bytes, ends, sampleCount, epoch };
  }

  /** Whether each of these families has one run, in this order, and no other family has any. */
  #isInOrder(placed: readonly Placed[]): boolean {
    const runs = this.#runFamilies;
    if (runs.length !== placed.length) return false;
    for (let at = 0; at < runs.length; at++) if (placed[at]?.family !== runs[at]) return false;
    return true;
  }

  #gather(placed: readonly Placed[]): Uint8Array {
    let length = 0;
    for (const { family } of placed) length += family.byteCount;
    const bytes = new Uint8Array(length);
    let to = 0;
    for (const { family } of placed) {
      this.#forEachRun(family, (start, end) => {
        bytes.set(this.out.subarray(start, end), to);
        to += end - start;
      });
    }
    return bytes;
  }

  #grow(room: number): void {
    const grown = new Uint8Array(Math.max(this.out.length * 2, this.used + room));
    grown.set(this.out.subarray(0, this.used));
    this.out = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Writes text with one character a byte; where it ends. */
function writeText(out: Uint8Array, start: number, text: string): number {
  for (let at = 0; at < text.length; at++) out[start + at] = text.charCodeAt(at);
  return start + text.length;
}

function isAscending(placed: readonly Placed[]): boolean {
  let last = -1;
  for (const { index } of placed) {
    if (index <= last) return false;
    last = index;
  }
  return true;
}
