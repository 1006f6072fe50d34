/**
 * One contributor's samples as finished bytes, and the writer that makes them from numbers. Both
 * formats take the same bytes, so a block is written once and served many times.
 *
 * @module
 */

import type { FamilyTable } from "./family_table.ts";
import { formatValue } from "./text.ts";

/**
 * The sample lines of one contributor, all families one after the other in the table's order.
 *
 * Immutable, unless its maker reuses memory: then it is valid until that one begins the next.
 */
export interface Block {
  /** The lines, UTF-8, each with its line feed. */
  readonly bytes: Uint8Array;
  /** Where the lines of family i end in `bytes`; families beyond the end of this have no lines. */
  readonly ends: Uint32Array;
  /** The number of lines. */
  readonly sampleCount: number;
  /**
   * {@linkcode FamilyTable.epoch} when the block was made; absent if it has fixed families only.
   */
  readonly epoch?: number;
}

const encoder = new TextEncoder();

/** Settings of a {@linkcode BlockWriter}. */
export interface BlockWriterOptions {
  /**
   * Whether a block is valid only until the next one is begun, so that blocks make no garbage: for
   * callers that copy it at once, as a section does. Default: false.
   */
  readonly reusesBlocks?: boolean;
}

/**
 * Makes blocks, one after the other, from values of families that the table knows.
 *
 * A block costs about two string appends a sample and one encoding. Families come in ascending
 * order, samples of a family in the caller's.
 */
export class BlockWriter {
  readonly #table: FamilyTable;
  readonly #isReused: boolean;
  #ends = new Uint32Array(16);
  #scratch = new Uint8Array(16 * 1024);
  #names: readonly string[] = [];
  #namesEpoch = -1;
  #text = "";
  #common = "";
  #family = 0;
  #sampleCount = 0;

  /**
   * A writer that has begun no block yet.
   *
   * @param table The families of the section that the blocks are for.
   */
  constructor(table: FamilyTable, options: BlockWriterOptions = {}) {
    this.#table = table;
    this.#isReused = options.reusesBlocks ?? false;
  }

  /**
   * Starts a block; an unfinished one is forgotten.
   *
   * @param commonLabels Labels of every sample as `renderLabels` writes them; "" for none.
   */
  begin(commonLabels: string): void {
    if (this.#namesEpoch !== this.#table.epoch) {
      this.#names = this.#table.headers().map((header) => header.family.name);
      this.#namesEpoch = this.#table.epoch;
      if (this.#ends.length < this.#names.length) this.#ends = new Uint32Array(this.#names.length);
    }
    this.#common = commonLabels;
    this.#text = "";
    this.#family = 0;
    this.#sampleCount = 0;
  }

  /**
   * Adds one sample.
   *
   * @param extraLabels Further labels, rendered; they come after the common ones.
   * @param suffix What the sample's name adds to the family's: `_bucket`, `_sum`, `_count`.
   * @throws {RangeError} If the table has no such family, or one after it has samples already.
   */
  sample(familyIndex: number, value: number, extraLabels = "", suffix = ""): void {
    const name = this.#names[familyIndex];
    if (name === undefined || familyIndex < this.#family) {
      throw new RangeError(
        `Cannot add a sample of family ${familyIndex}: wanted ${this.#family} to ${
          this.#names.length - 1
        }, in ascending order`,
      );
    }
    while (this.#family < familyIndex) this.#ends[this.#family++] = this.#text.length;
    const common = this.#common;
    const labels = extraLabels === ""
      ? common
      : common === ""
      ? extraLabels
      : `${common},${extraLabels}`;
    this.#text += labels === ""
      ? `${name}${suffix} ${formatValue(value)}\n`
      : `${name}${suffix}{${labels}} ${formatValue(value)}\n`;
    this.#sampleCount += 1;
  }

  /** The block since {@linkcode BlockWriter.begin}, in memory of its own unless `reusesBlocks`. */
  finish(): Block {
    const text = this.#text;
    const sampleCount = this.#sampleCount;
    const endsLength = sampleCount > 0 ? this.#family + 1 : 0;
    if (sampleCount > 0) this.#ends[this.#family] = text.length;
    // UTF-8 takes at most three bytes for a UTF-16 unit.
    if (this.#scratch.length < text.length * 3) this.#scratch = new Uint8Array(text.length * 4);
    const { written } = encoder.encodeInto(text, this.#scratch);
    const bytes = this.#scratch.subarray(0, written);
    const ends = this.#ends.subarray(0, endsLength);
    if (written !== text.length) countBytes(text, ends);
    const block = { bytes, ends, sampleCount, epoch: this.#namesEpoch };
    return this.#isReused ? block : { ...block, ...copyOf(block) };
  }
}

/** The same in memory of its own: one piece for both, since each costs more than the ends. */
function copyOf({ bytes, ends }: Block): Pick<Block, "bytes" | "ends"> {
  const memory = new ArrayBuffer(ends.byteLength + bytes.length);
  const copy = {
    ends: new Uint32Array(memory, 0, ends.length),
    bytes: new Uint8Array(memory, ends.byteLength),
  };
  copy.ends.set(ends);
  copy.bytes.set(bytes);
  return copy;
}

/** Turns offsets in the text into offsets in its UTF-8 form. */
function countBytes(text: string, ends: Uint32Array): void {
  let start = 0;
  let bytes = 0;
  for (const [index, end] of ends.entries()) {
    bytes += encoder.encode(text.slice(start, end)).length;
    ends[index] = bytes;
    start = end;
  }
}
