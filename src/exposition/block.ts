/**
 * One contributor's samples as finished bytes, and the writer that makes them from numbers. Both
 * formats take the same bytes, so a block is written once and served many times.
 *
 * @module
 */

import { formatValue } from "./text.ts";
import type { FamilyTable } from "./table.ts";

/**
 * The sample lines of one contributor, all families one after the other in the table's order.
 *
 * Immutable: whoever gets one may keep it and serve from it.
 */
export interface Block {
  /** The lines, UTF-8, each with its line feed. */
  readonly bytes: Uint8Array;
  /** Where the lines of family i end in `bytes`; families beyond the end of this have no lines. */
  readonly ends: Uint32Array;
  /** The number of lines. */
  readonly sampleCount: number;
  /** {@linkcode FamilyTable.epoch} when the block was made; absent if it has fixed families only. */
  readonly epoch?: number;
}

const encoder = new TextEncoder();

/**
 * Makes blocks, one after the other, from values of families that the table knows.
 *
 * A block costs about two string appends a sample and one encoding; the writer keeps no reference
 * to a finished block. Families come in ascending order, samples of a family in the caller's.
 */
export class BlockWriter {
  readonly #table: FamilyTable;
  readonly #ends: number[] = [];
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
  constructor(table: FamilyTable) {
    this.#table = table;
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
    }
    this.#common = commonLabels;
    this.#text = "";
    this.#ends.length = 0;
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
    while (this.#family < familyIndex) {
      this.#ends.push(this.#text.length);
      this.#family += 1;
    }
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

  /** The block since {@linkcode BlockWriter.begin}, in memory of its own. */
  finish(): Block {
    const text = this.#text;
    if (this.#sampleCount > 0) this.#ends.push(text.length);
    // UTF-8 takes at most three bytes for a UTF-16 unit.
    if (this.#scratch.length < text.length * 3) this.#scratch = new Uint8Array(text.length * 4);
    const { written } = encoder.encodeInto(text, this.#scratch);
    // One piece of memory for both: each costs more than the ends themselves.
    const endsLength = this.#ends.length;
    const memory = new ArrayBuffer(endsLength * 4 + written);
    const ends = new Uint32Array(memory, 0, endsLength);
    ends.set(this.#ends);
    if (written !== text.length) countBytes(text, ends);
    const bytes = new Uint8Array(memory, endsLength * 4, written);
    bytes.set(this.#scratch.subarray(0, written));
    return { bytes, ends, sampleCount: this.#sampleCount, epoch: this.#namesEpoch };
  }
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
