/**
 * The output of one page: lines of samples in the order in which they were read, with our labels in
 * them. The memory is used again for the next page.
 *
 * @module
 */

import { LineRuns } from "./_line_runs.ts";
import type { PageFamily } from "./_page_family.ts";

const COMMA = 0x2c, BRACE_OPEN = 0x7b;

const encoder = new TextEncoder();

/** Writes the lines of one page at a time. */
export class LineBuffer {
  /** The lines; bytes from `used` on are arbitrary. */
  out: Uint8Array<ArrayBuffer> = new Uint8Array(64 * 1024);
  /** Where the next line starts. */
  used = 0;
  /** The size of our own labels and the brace before them, in each line; 0 without labels. */
  commonLength = 0;
  /** Which lines belong to which family. */
  readonly runs: LineRuns = new LineRuns();
  #view = new DataView(this.out.buffer);
  #common: DataView<ArrayBuffer> = new DataView(new ArrayBuffer(1024));

  /**
   * Starts a page; forgets the lines before.
   *
   * @param common Our own labels as they stand between the braces.
   */
  begin(common: string): void {
    // A UTF-16 unit has three bytes at most, and copying reads up to seven more.
    const room = (common.length + 1) * 3 + 8;
    if (this.#common.byteLength < room) this.#common = new DataView(new ArrayBuffer(room));
    this.#common.setUint8(0, BRACE_OPEN);
    this.commonLength = common === "" ? 0 : 1 + writeUtf8(common, this.#common, 1);
    this.used = 0;
    this.runs.clear();
  }

  /**
   * Allocates memory for a long page at once: growing it in the middle copies everything, 200 ms
   * for 64 MB. Memory that is not written to costs nothing.
   */
  reserve(length: number): void {
    if (this.out.length < length) this.swap(new Uint8Array(length));
  }

  /** Puts other memory in the place of `out`, which is returned. */
  swap(memory: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
    const old = this.out;
    this.out = memory;
    this.#view = new DataView(memory.buffer);
    return old;
  }

  /**
   * Writes the start of a line: its name and, if we have labels, a brace and these. The line counts
   * once it is committed.
   *
   * @param room Maximum number of bytes that may follow.
   * @returns Where to continue: with a comma or a brace before the device's labels.
   */
  open(family: PageFamily, room: number): number {
    const { commonLength, used } = this;
    const nameLength = family.name.length;
    const length = nameLength + commonLength;
    if (this.out.length - used < length + room) this.#grow(length + room);
    copyByEights(this.#view, used, family.nameView, nameLength);
    copyByEights(this.#view, used + nameLength, this.#common, commonLength);
    return used + length;
  }

  /** Keeps the line that was opened last, up to `end`. */
  commit(family: PageFamily, end: number): void {
    this.runs.add(family, this.used);
    family.lineCount += 1;
    family.byteCount += end - this.used;
    this.used = end;
  }

  /**
   * Writes a whole line. Texts have one character for each byte.
   *
   * @param suffix What the name adds to the family's: "" but for histograms and summaries.
   */
  write(family: PageFamily, suffix: string, labels: string, value: string): void {
    const { commonLength } = this;
    const room = family.name.length + suffix.length + commonLength + labels.length + value.length;
    if (this.out.length - this.used < room + 16) this.#grow(room + 16);
    const { out } = this;
    copyByEights(this.#view, this.used, family.nameView, family.name.length);
    let at = writeText(out, this.used + family.name.length, suffix);
    copyByEights(this.#view, at, this.#common, commonLength);
    at += commonLength;
    if (labels !== "") out[at++] = commonLength > 0 ? COMMA : BRACE_OPEN;
    at = writeText(out, at, labels === "" && commonLength === 0 ? "" : `${labels}}`);
    at = writeText(out, at, ` ${value}\n`);
    this.commit(family, at);
  }

  #grow(room: number): void {
    const old = this.swap(new Uint8Array(Math.max(this.out.length * 2, this.used + room)));
    this.out.set(old.subarray(0, this.used));
  }
}

/** Writes text as UTF-8 and returns its size. Nearly always the text is ASCII, and short. */
function writeUtf8(text: string, target: DataView<ArrayBuffer>, start: number): number {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x80) return encoder.encodeInto(text, new Uint8Array(target.buffer, start)).written;
    target.setUint8(start + at, unit);
  }
  return text.length;
}

/** Copies bytes, and up to seven more. */
function copyByEights(target: DataView, to: number, source: DataView, length: number): void {
  for (let at = 0; at < length; at += 8) {
    target.setBigInt64(to + at, source.getBigInt64(at, true), true);
  }
}

/** Writes text with one character for each byte; where it ends. */
function writeText(out: Uint8Array, start: number, text: string): number {
  for (let at = 0; at < text.length; at++) out[start + at] = text.charCodeAt(at);
  return start + text.length;
}
