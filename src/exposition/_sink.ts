/**
 * Where a relabeler puts the lines of one page: scratch memory that is used again for the next
 * page, with the lines in the order they came. Knows which lines are whose, that no series comes
 * twice, and how to put the families in the table's order at the end.
 *
 * @module
 */

import type { KnownFamily, KnownSeries } from "./_known.ts";
import type { Block } from "./block.ts";
import { binaryText } from "./parse.ts";

const LF = 0x0a, SPACE = 0x20, COMMA = 0x2c, BRACE_OPEN = 0x7b, BRACE_CLOSE = 0x7d;

const encoder = new TextEncoder();

/** The output of one page at a time. */
export class Sink {
  /** The lines; anything beyond `used` may be overwritten. */
  out: Uint8Array<ArrayBuffer> = new Uint8Array(64 * 1024);
  /** Where the next line starts. */
  used = 0;
  /** How many bytes of each line are our own labels and the brace before them; 0 without labels. */
  commonLength = 0;
  #view = new DataView(this.out.buffer);
  #common: DataView<ArrayBuffer> = new DataView(new ArrayBuffer(1024));
  readonly #isReused: boolean;
  #ends = new Uint32Array(64);
  #sorted = new Uint8Array(0);
  /** Lines of one family that follow each other are a run. */
  readonly #runFamilies: KnownFamily[] = [];
  readonly #runStarts: number[] = [];

  /**
   * A sink without lines.
   *
   * @param isReused Whether a block holds only until the next page begins.
   */
  constructor(isReused: boolean = false) {
    this.#isReused = isReused;
  }

  /**
   * Starts a page; what was written before is forgotten.
   *
   * @param common Our own labels as they stand between the braces.
   */
  begin(common: string): void {
    // Three bytes for a UTF-16 unit at most, and up to seven more are read.
    const room = (common.length + 1) * 3 + 8;
    if (this.#common.byteLength < room) this.#common = new DataView(new ArrayBuffer(room));
    this.#common.setUint8(0, BRACE_OPEN);
    this.commonLength = common === "" ? 0 : 1 + writeUtf8(common, this.#common, 1);
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
    const nameLength = family.name.length;
    const length = nameLength + commonLength;
    if (this.out.length - used < length + room) this.#grow(length + room);
    copyByEights(this.#view, used, family.nameView, nameLength);
    copyByEights(this.#view, used + nameLength, this.#common, commonLength);
    return used + length;
  }

  /**
   * Writes a line up to its value, from how it began on another page.
   *
   * @param room How many bytes may follow.
   * @returns Where the value goes.
   */
  openSeries(family: KnownFamily, { view, length }: KnownSeries, room: number): number {
    const at = this.open(family, length + room);
    const { out, commonLength } = this;
    const nameLength = family.name.length;
    const restLength = length - nameLength;
    if (restLength > 1) {
      copyByEights(this.#view, at, view, restLength, nameLength);
      if (commonLength > 0) out[at] = COMMA;
      return at + restLength;
    }
    let to = at;
    if (commonLength > 0) out[to++] = BRACE_CLOSE;
    out[to++] = SPACE;
    return to;
  }

  /** Keeps the line that was opened last, up to here. */
  commit(family: KnownFamily, end: number): void {
    const runs = this.#runFamilies;
    if (runs.length === 0 || runs[runs.length - 1] !== family) {
      runs.push(family);
      this.#runStarts.push(this.used);
    }
    family.lineCount += 1;
    family.byteCount += end - this.used;
    this.used = end;
  }

  /**
   * Writes a line from text with one character a byte.
   *
   * @param key The same labels in ascending order.
   * @returns Whether the line was written; false if its family has these labels already.
   */
  writeNew(family: KnownFamily, labels: string, value: string, key: string): boolean {
    // A first line in ascending order can be read back later.
    const isPlain = family.lineCount === 0 && labels === key;
    if (!isPlain && !this.addSeries(family, key)) return false;
    let at = this.open(family, labels.length + value.length + 16);
    const { out } = this;
    const hasCommon = this.commonLength > 0;
    if (labels !== "") out[at++] = hasCommon ? COMMA : BRACE_OPEN;
    at = writeText(out, at, labels);
    at = writeText(out, at, labels === "" && !hasCommon ? ` ${value}\n` : `} ${value}\n`);
    this.commit(family, at);
    family.lastEnd = -1;
    return true;
  }

  /** Writes a line of a histogram or summary, whose name goes on after the family's. */
  writePart(family: KnownFamily, suffix: string, labels: string, value: string): void {
    const { commonLength } = this;
    const room = family.name.length + suffix.length + commonLength + labels.length + value.length;
    if (this.out.length - this.used < room + 16) this.#grow(room + 16);
    const { out } = this;
    let at = writeText(out, this.used, `${family.name}${suffix}`);
    copyByEights(this.#view, at, this.#common, commonLength);
    at += commonLength;
    if (labels !== "") out[at++] = commonLength > 0 ? COMMA : BRACE_OPEN;
    at = writeText(out, at, labels === "" && commonLength === 0 ? "" : `${labels}}`);
    at = writeText(out, at, ` ${value}\n`);
    this.commit(family, at);
  }

  /**
   * Remembers a line's labels, and from the first time on those of all lines of the family.
   *
   * @param key The labels in ascending order.
   * @returns Whether no line had them yet.
   */
  addSeries(family: KnownFamily, key: string): boolean {
    if (family.series === undefined) {
      family.series = new Set();
      this.#forEachRun(family, (start, end) => this.#remember(family, start, end));
    }
    const { size } = family.series;
    return family.series.add(key).size > size;
  }

  /** Puts the labels of committed lines into the family's set; they all are in ascending order. */
  #remember(family: KnownFamily, runStart: number, runEnd: number): void {
    const { out } = this;
    const prefix = family.name.length + this.commonLength;
    for (let start = runStart; start < runEnd;) {
      const next = out.indexOf(LF, start) + 1;
      // A value has no brace, so the last one of the line closes its labels.
      let end = next - 1;
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
   * @param placed Those with a place in the table, in any order; the others' lines are left out.
   * @param epoch Goes into the block.
   */
  block(placed: readonly KnownFamily[], epoch: number): Block {
    const sorted = isAscending(placed)
      ? placed
      : [...placed].sort((a, b) => a.claimedIndex - b.claimedIndex);
    let length = 0;
    for (const { byteCount } of placed) length += byteCount;
    const endsLength = (sorted[sorted.length - 1]?.claimedIndex ?? -1) + 1;
    const isInOrder = this.#isInOrder(sorted);
    const { ends, bytes } = this.#isReused
      ? this.#useAgain(endsLength, length, isInOrder)
      : allocate(endsLength, length);
    if (!isInOrder) this.#gather(sorted, bytes);
    else if (!this.#isReused) bytes.set(this.out.subarray(0, length));
    let sampleCount = 0;
    let end = 0;
    let next = 0;
    for (const { claimedIndex, byteCount, lineCount } of sorted) {
      while (next < claimedIndex) ends[next++] = end;
      end += byteCount;
      sampleCount += lineCount;
    }
    if (sorted.length > 0) ends[next] = end;
    return { bytes, ends, sampleCount, epoch };
  }

  /** Memory of our own; nearly always lines are in our order, and nothing has to be moved. */
  #useAgain(
    endsLength: number,
    length: number,
    isInOrder: boolean,
  ): Pick<Block, "ends" | "bytes"> {
    if (this.#ends.length < endsLength) this.#ends = new Uint32Array(2 * endsLength);
    const ends = this.#ends.subarray(0, endsLength);
    if (isInOrder) return { ends, bytes: this.out.subarray(0, length) };
    if (this.#sorted.length < length) this.#sorted = new Uint8Array(2 * length);
    return { ends, bytes: this.#sorted.subarray(0, length) };
  }

  /** Whether each of these families has one run, in this order, and no other family has any. */
  #isInOrder(placed: readonly KnownFamily[]): boolean {
    const runs = this.#runFamilies;
    if (runs.length !== placed.length) return false;
    for (let at = 0; at < runs.length; at++) if (placed[at] !== runs[at]) return false;
    return true;
  }

  #gather(placed: readonly KnownFamily[], bytes: Uint8Array): void {
    let to = 0;
    for (const family of placed) {
      this.#forEachRun(family, (start, end) => {
        bytes.set(this.out.subarray(start, end), to);
        to += end - start;
      });
    }
  }

  #grow(room: number): void {
    const grown = new Uint8Array(Math.max(this.out.length * 2, this.used + room));
    grown.set(this.out.subarray(0, this.used));
    this.out = grown;
    this.#view = new DataView(grown.buffer);
  }
}

/** Memory for a block: one piece for both parts, since each costs more than the ends themselves. */
function allocate(endsLength: number, length: number): Pick<Block, "ends" | "bytes"> {
  const memory = new ArrayBuffer(endsLength * 4 + length);
  return {
    ends: new Uint32Array(memory, 0, endsLength),
    bytes: new Uint8Array(memory, endsLength * 4, length),
  };
}

/** Writes text as UTF-8; how many bytes that are. Nearly always the text is ASCII, and short. */
function writeUtf8(text: string, target: DataView<ArrayBuffer>, start: number): number {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x80) return encoder.encodeInto(text, new Uint8Array(target.buffer, start)).written;
    target.setUint8(start + at, unit);
  }
  return text.length;
}

/** Copies bytes, up to seven more than asked for. */
function copyByEights(
  target: DataView,
  to: number,
  source: DataView,
  length: number,
  from = 0,
): void {
  for (let at = 0; at < length; at += 8) {
    target.setBigInt64(to + at, source.getBigInt64(from + at, true), true);
  }
}

/** Writes text with one character a byte; where it ends. */
function writeText(out: Uint8Array, start: number, text: string): number {
  for (let at = 0; at < text.length; at++) out[start + at] = text.charCodeAt(at);
  return start + text.length;
}

function isAscending(placed: readonly KnownFamily[]): boolean {
  let last = -1;
  for (const { claimedIndex } of placed) {
    if (claimedIndex <= last) return false;
    last = claimedIndex;
  }
  return true;
}
