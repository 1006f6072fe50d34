/**
 * Turns the lines of a page into a block: the families in the table's order, each family's lines
 * together. Nearly always they are so already, and nothing is moved.
 *
 * @module
 */

import type { LineBuffer } from "./_line_buffer.ts";
import type { PageFamily } from "./_page_family.ts";
import type { Block } from "./block.ts";

/** Runs up to which lines are put in order while the block is made: well below 1 ms. */
const MAX_LOOSE_RUNS = 1024;

/** The cost of finding a run, in bytes of copying. */
const RUN_BYTES = 32;

/** Lines that are grouped by family, in steps. */
interface Grouping {
  readonly families: PageFamily[];
  readonly starts: number[];
  used: number;
  /** The family that is copied next, and which of its runs. */
  nextFamily: number;
  nextRun: number;
}

/** Makes the block of one page at a time. */
export class BlockAssembler {
  readonly #lines: LineBuffer;
  readonly #isReused: boolean;
  #ends = new Uint32Array(64);
  #sorted: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #grouping: Grouping | undefined;

  /**
   * An assembler of these lines.
   *
   * @param isReused Whether a block is valid only until the next page begins.
   */
  constructor(lines: LineBuffer, isReused: boolean) {
    this.#lines = lines;
    this.#isReused = isReused;
  }

  /** Starts a page. */
  begin(): void {
    this.#grouping = undefined;
  }

  /**
   * Groups the lines by family if they are in very many places, so that making the block is quick.
   * For the end of a page: no line may be written afterwards.
   *
   * @param families All of the page.
   * @param bytes The size of the step in bytes to move, about.
   * @returns Whether it is done.
   */
  group(families: readonly PageFamily[], bytes: number): boolean {
    const { out, runs, used } = this.#lines;
    if (runs.length <= MAX_LOOSE_RUNS) return true;
    const grouping = this.#grouping ??= {
      families: [],
      starts: [],
      used: 0,
      nextFamily: 0,
      nextRun: 0,
    };
    if (this.#sorted.length < out.length) this.#sorted = new Uint8Array(out.length);
    let left = bytes;
    for (; grouping.nextFamily < families.length; grouping.nextFamily++, grouping.nextRun = 0) {
      const family = families[grouping.nextFamily];
      const own = family === undefined ? [] : runs.of(family);
      for (; grouping.nextRun < own.length; grouping.nextRun++) {
        if (left <= 0) return false;
        if (family !== undefined && grouping.nextRun === 0) {
          grouping.families.push(family);
          grouping.starts.push(grouping.used);
        }
        const run = own[grouping.nextRun] ?? 0;
        const lines = out.subarray(runs.startOf(run), runs.endOf(run, used));
        this.#sorted.set(lines, grouping.used);
        grouping.used += lines.length;
        left -= lines.length + RUN_BYTES;
      }
    }
    this.#sorted = this.#lines.swap(this.#sorted);
    runs.replace(grouping.families, grouping.starts);
    this.#grouping = undefined;
    return true;
  }

  /**
   * The lines of some families as a block.
   *
   * @param placed Those with a place in the table, in any order; other families are left out.
   * @param epoch Goes into the block.
   */
  block(placed: readonly PageFamily[], epoch: number): Block {
    const sorted = isAscending(placed)
      ? placed
      : [...placed].sort((a, b) => a.claimedIndex - b.claimedIndex);
    let length = 0;
    for (const { byteCount } of placed) length += byteCount;
    const endsLength = (sorted[sorted.length - 1]?.claimedIndex ?? -1) + 1;
    const isInOrder = this.#lines.runs.areExactly(sorted);
    const { ends, bytes } = this.#isReused
      ? this.#reuse(endsLength, length, isInOrder)
      : allocate(endsLength, length);
    if (!isInOrder) this.#copyRuns(sorted, bytes);
    else if (!this.#isReused) bytes.set(this.#lines.out.subarray(0, length));
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

  /** Our own memory; lines that are in order stay where they are. */
  #reuse(endsLength: number, length: number, isInOrder: boolean): Pick<Block, "ends" | "bytes"> {
    if (this.#ends.length < endsLength) this.#ends = new Uint32Array(2 * endsLength);
    const ends = this.#ends.subarray(0, endsLength);
    if (isInOrder) return { ends, bytes: this.#lines.out.subarray(0, length) };
    if (this.#sorted.length < length) this.#sorted = new Uint8Array(2 * length);
    return { ends, bytes: this.#sorted.subarray(0, length) };
  }

  #copyRuns(placed: readonly PageFamily[], bytes: Uint8Array): void {
    const { out, runs, used } = this.#lines;
    let to = 0;
    for (const family of placed) {
      for (const run of runs.of(family)) {
        const lines = out.subarray(runs.startOf(run), runs.endOf(run, used));
        bytes.set(lines, to);
        to += lines.length;
      }
    }
  }
}

/**
 * New memory for a block: one allocation for both, since it costs more than the ends themselves.
 */
function allocate(endsLength: number, length: number): Pick<Block, "ends" | "bytes"> {
  const memory = new ArrayBuffer(endsLength * 4 + length);
  return {
    ends: new Uint32Array(memory, 0, endsLength),
    bytes: new Uint8Array(memory, endsLength * 4, length),
  };
}

function isAscending(placed: readonly PageFamily[]): boolean {
  let last = -1;
  for (const { claimedIndex } of placed) {
    if (claimedIndex <= last) return false;
    last = claimedIndex;
  }
  return true;
}
