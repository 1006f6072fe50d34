/**
 * Finds a series that comes twice on a page. As long as the labels of a family's lines ascend,
 * their order proves that they differ, and nothing is stored; from the first line on that does not
 * ascend, the labels of all lines of the family are in a set.
 *
 * @module
 */

import type { LineRuns } from "./_line_runs.ts";
import type { PageFamily } from "./_page_family.ts";
import { binaryText } from "./_scan.ts";

const LF = 0x0a, BRACE_CLOSE = 0x7d;

/** Size of a family's lines up to which they are indexed at once: a millisecond or two. */
const INDEXED_AT_ONCE_BYTES = 64 * 1024;

/** The cost of finding a run, in bytes of indexing. */
const RUN_BYTES = 32;

/** The lines that are indexed. */
export interface IndexedLines {
  /** Their bytes. */
  readonly out: Uint8Array;
  /** Where they end. */
  readonly used: number;
  /** The size of our own labels and the brace before them, in each line. */
  readonly commonLength: number;
  /** Which of them belong to which family. */
  readonly runs: LineRuns;
}

/** The series of one page at a time. */
export class SeriesIndex {
  readonly #lines: IndexedLines;
  /** The set of a family that is being indexed in steps. */
  #labels: Set<string> | undefined;
  /** How far it is: which of the family's runs, and where in it. */
  #run = 0;
  #end = 0;

  /** An index of these lines. */
  constructor(lines: IndexedLines) {
    this.#lines = lines;
  }

  /** Starts a page. */
  begin(): void {
    this.#labels = undefined;
    this.#run = this.#end = 0;
  }

  /**
   * Adds the labels of a line that is about to be written.
   *
   * @param key The labels in ascending order.
   * @returns Whether they are new; false also if the family has to be indexed in steps before.
   */
  add(family: PageFamily, key: string): boolean {
    if (this.needsSteps(family)) return false;
    if (family.series === undefined) this.advance(family, Infinity);
    const size = family.series?.size ?? 0;
    return (family.series?.add(key).size ?? 0) > size;
  }

  /**
   * Whether a family has too many lines to be indexed at once. Then it is indexed in steps, before
   * the next line that may be a duplicate is read.
   */
  needsSteps({ byteCount, series }: PageFamily): boolean {
    return series === undefined && byteCount > INDEXED_AT_ONCE_BYTES;
  }

  /**
   * Indexes lines of a family. No line may be written until all are indexed.
   *
   * @param bytes The size of the step in bytes of lines, about.
   * @returns Whether all are indexed.
   */
  advance(family: PageFamily, bytes: number): boolean {
    const { runs, used } = this.#lines;
    const own = runs.of(family);
    const labels = this.#labels ??= new Set();
    for (let left = bytes; this.#run < own.length;) {
      if (left <= 0) return false;
      const run = own[this.#run] ?? 0;
      const start = Math.max(this.#end, runs.startOf(run));
      const end = runs.endOf(run, used);
      const stop = this.#index(labels, family, start, Math.min(end, start + left));
      left -= stop - start + RUN_BYTES;
      this.#end = stop;
      if (stop === end) this.#run += 1;
    }
    family.series = labels;
    this.begin();
    return true;
  }

  /** Indexes the lines that start before `stop`, whose labels all ascend; where they end. */
  #index(labels: Set<string>, family: PageFamily, from: number, stop: number): number {
    const { out, commonLength } = this.#lines;
    const prefix = family.name.length + commonLength;
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
}
