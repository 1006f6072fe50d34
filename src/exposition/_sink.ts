/**
 * Where a relabeler puts the lines of one page: scratch memory that is used again for the next
 * page, with the lines in the order they came. Knows which lines are whose, that no series comes
 * twice, and how to put the families in the table's order at the end.
 *
 * @module
 */

import type { KnownFamily } from "./_known.ts";
import { Runs } from "./_run.ts";
import type { Block } from "./block.ts";
import { binaryText } from "./parse.ts";

const LF = 0x0a, COMMA = 0x2c, BRACE_OPEN = 0x7b, BRACE_CLOSE = 0x7d;

const encoder = new TextEncoder();

/** Lines of a family whose labels are put into its set in one go: a millisecond or two. */
const REMEMBERED_AT_ONCE_BYTES = 64 * 1024;

/** Runs of lines that are put in order while the block is made, not before: well below 1 ms. */
const MAX_LOOSE_RUNS = 1024;

/** What finding one run costs, in bytes of copying. */
const RUN_BYTES = 32;

/** Lines that stand together by family, and how far they do. */
interface Tidied {
  readonly families: KnownFamily[];
  readonly starts: number[];
  used: number;
  /** Which family comes next, and which run of it. */
  nextFamily: number;
  nextRun: number;
}

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
  #sorted: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  readonly #runs = new Runs();
  /** Labels of a family's lines that are not all there yet. */
  #remembered: Set<string> | undefined;
  /** How far they are: which of the family's runs, and where in it. */
  #rememberedRun = 0;
  #rememberedEnd = 0;
  #tidied: Tidied | undefined;

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
    this.#runs.clear();
    this.#remembered = undefined;
    this.#rememberedRun = this.#rememberedEnd = 0;
    this.#tidied = undefined;
  }

  /**
   * Gets memory for a long page as a whole: making it larger in the middle copies all of it at
   * once, and takes 200 ms for 64 MB. What is not written to costs nothing.
   */
  reserve(length: number): void {
    if (this.out.length >= length) return;
    this.out = new Uint8Array(length);
    this.#view = new DataView(this.out.buffer);
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

  /** Keeps the line that was opened last, up to here. */
  commit(family: KnownFamily, end: number): void {
    this.#runs.add(family, this.used);
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
   * @returns Whether no line had them yet; false also if the family has to be remembered before.
   */
  addSeries(family: KnownFamily, key: string): boolean {
    if (this.mustRemember(family)) return false;
    if (family.series === undefined) this.remember(family, Infinity);
    const size = family.series?.size ?? 0;
    return (family.series?.add(key).size ?? 0) > size;
  }

  /**
   * Whether a family has too many lines to put their labels into its set at once. It is done step
   * by step then, before the next line that may be a duplicate.
   */
  mustRemember({ byteCount, series }: KnownFamily): boolean {
    return series === undefined && byteCount > REMEMBERED_AT_ONCE_BYTES;
  }

  /**
   * Puts the labels of a family's lines into its set. No line may be written until all are there.
   *
   * @param bytes Of how many bytes of lines, about.
   * @returns Whether all are there.
   */
  remember(family: KnownFamily, bytes: number): boolean {
    const runs = this.#runs.of(family);
    const labels = this.#remembered ??= new Set();
    for (let left = bytes; this.#rememberedRun < runs.length;) {
      if (left <= 0) return false;
      const run = runs[this.#rememberedRun] ?? 0;
      const start = Math.max(this.#rememberedEnd, this.#runs.startOf(run));
      const end = this.#runs.endOf(run, this.used);
      const stop = this.#rememberLines(labels, family, start, Math.min(end, start + left));
      left -= stop - start + RUN_BYTES;
      this.#rememberedEnd = stop;
      if (stop === end) this.#rememberedRun += 1;
    }
    this.#rememberedRun = this.#rememberedEnd = 0;
    family.series = labels;
    this.#remembered = undefined;
    return true;
  }

  /** Those lines that start before `stop`, all in ascending order of labels; where they end. */
  #rememberLines(labels: Set<string>, family: KnownFamily, from: number, stop: number): number {
    const { out } = this;
    const prefix = family.name.length + this.commonLength;
    let start = from;
    while (start < stop) {
      const next = out.indexOf(LF, start) + 1;
      // A value has no brace, so the last one of the line closes its labels.
      let end = next - 1;
      while (end > start && out[end] !== BRACE_CLOSE) end -= 1;
      // After the prefix comes a comma or the opening brace, if the line has labels.
      const first = start + prefix + 1;
      labels.add(end > first ? binaryText(out, first, end) : "");
      start = next;
    }
    return start;
  }

  /**
   * Puts the lines of each family together if they are in very many places, so that making the
   * block is quick. For the end of a page: no line may be written afterwards.
   *
   * @param families All of the page.
   * @param bytes How many bytes to move, about.
   * @returns Whether it is done.
   */
  tidy(families: readonly KnownFamily[], bytes: number): boolean {
    if (this.#runs.length <= MAX_LOOSE_RUNS) return true;
    const tidied = this.#tidied ??= {
      families: [],
      starts: [],
      used: 0,
      nextFamily: 0,
      nextRun: 0,
    };
    if (this.#sorted.length < this.out.length) this.#sorted = new Uint8Array(this.out.length);
    let left = bytes;
    for (; tidied.nextFamily < families.length; tidied.nextFamily++, tidied.nextRun = 0) {
      const family = families[tidied.nextFamily];
      const runs = family === undefined ? [] : this.#runs.of(family);
      for (; tidied.nextRun < runs.length; tidied.nextRun++) {
        if (left <= 0) return false;
        if (family !== undefined && tidied.nextRun === 0) {
          tidied.families.push(family);
          tidied.starts.push(tidied.used);
        }
        const run = runs[tidied.nextRun] ?? 0;
        const lines = this.out.subarray(this.#runs.startOf(run), this.#runs.endOf(run, this.used));
        this.#sorted.set(lines, tidied.used);
        tidied.used += lines.length;
        left -= lines.length + RUN_BYTES;
      }
    }
    [this.out, this.#sorted] = [this.#sorted, this.out];
    this.#view = new DataView(this.out.buffer);
    this.#runs.replace(tidied.families, tidied.starts);
    this.#tidied = undefined;
    return true;
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
    const isInOrder = this.#runs.areExactly(sorted);
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

  #gather(placed: readonly KnownFamily[], bytes: Uint8Array): void {
    let to = 0;
    for (const family of placed) {
      for (const run of this.#runs.of(family)) {
        const lines = this.out.subarray(this.#runs.startOf(run), this.#runs.endOf(run, this.used));
        bytes.set(lines, to);
        to += lines.length;
      }
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
