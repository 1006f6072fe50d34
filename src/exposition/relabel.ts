/**
 * Turns a device's page into a block of our own page: checks every line, adds the device's labels,
 * and writes the samples so that the same bytes are valid in both formats. A page that a server
 * takes is taken; what of it strict readers would refuse on our page is left out and counted.
 *
 * @module
 */

import { type KnownFamily, KnownPages } from "./_known.ts";
import type { Line } from "./_distribution.ts";
import type { DropRules } from "./label_drop.ts";
import { DEFAULT_LIMITS, limitError, type PageLimits } from "./_limit.ts";
import { PageReader } from "./_page_reader.ts";
import type { DroppedFamily, KeptLabel, OwnLabels, RelabelResult } from "./_result.ts";
import { Sink } from "./_sink.ts";
import { endLine } from "./_wide.ts";
import type { Label } from "./family.ts";
import type { ClaimRefusal, FamilyTable } from "./table.ts";
import { renderLabels } from "./text.ts";

export type { DroppedFamily, DropRules, KeptLabel, OwnLabels, PageLimits, RelabelResult };

/** Settings of a {@linkcode Relabeler}. */
export interface RelabelerOptions {
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<PageLimits>;
  /** Whether a family's name is ours alone; asked about each name once, so it must not change. */
  readonly isReserved?: (family: string) => boolean;
  /** What is left out of pages by wish. */
  readonly drops?: DropRules;
  /**
   * Whether a block holds only until the next page is read: for a caller that copies it at once, as
   * a section does, so that pages make no garbage. Default: false.
   */
  readonly reusesBlocks?: boolean;
}

const NO_PAGE = new Uint8Array(0);
const LF = 0x0a;

/** Bytes of a line of a histogram or summary beside its labels, about. */
const LINE_BYTES = 64;

/** Reads pages one after the other; keeps its scratch memory and what pages have in common. */
export class Relabeler {
  readonly #table: FamilyTable;
  readonly #limits: PageLimits;
  readonly #known: KnownPages;
  readonly #sink: Sink;
  readonly #reader: PageReader;
  /** The families that have a place in the table, once the page is read. */
  readonly #placed: KnownFamily[] = [];
  readonly #hasDrops: boolean;
  #page: Uint8Array = NO_PAGE;
  #own: OwnLabels = { names: [], text: "" };
  #kept: KeptLabel[] = [];
  /** Whether all lines are read, those that have to be read again too. */
  #isRead = false;
  /** Which family's histogram or summary is written next, and what is left of it. */
  #nextFamily = 0;
  #parts: Iterator<Line | undefined> | undefined;

  /**
   * A relabeler for pages that end up in one section.
   *
   * @param table The families of that section; new ones are claimed from it.
   */
  constructor(table: FamilyTable, options: RelabelerOptions = {}) {
    this.#table = table;
    this.#limits = { ...DEFAULT_LIMITS, ...options.limits };
    this.#known = new KnownPages(options.isReserved ?? (() => false), options.drops);
    this.#sink = new Sink(options.reusesBlocks ?? false);
    this.#hasDrops = options.drops !== undefined;
    this.#reader = new PageReader(this.#limits, this.#known, this.#sink);
  }

  /**
   * The samples of a page with our labels before the device's own.
   *
   * A label of the device that has one of our names becomes `exported_<name>`, as in a server.
   * Timestamps, comments and labels with an empty value are dropped, since they say nothing here.
   * The last line may lack its line feed, so the caller must know that the page is whole.
   *
   * Shape: page (0..n lines) + Label[] → one block, families in the table's order
   * Source: text format 0.0.4; `honor_labels: false` of Prometheus
   *
   * @param page Not kept, not changed.
   * @param labels The device's identity, the same names for all devices; empty values are left out.
   * @throws {SyntaxError} If a server would refuse a line; nothing is claimed then.
   * @throws {RangeError} If the page is beyond a limit, or a label of ours has no valid name.
   */
  relabel(page: Uint8Array, labels: readonly Label[] | OwnLabels): RelabelResult {
    this.start(page, labels);
    while (!this.advance(Infinity));
    return this.finish();
  }

  /**
   * Starts a page that is relabelled in steps, so that a long one does not block the event loop:
   * `start`, `advance` until it returns true, `finish`. Gives what {@linkcode Relabeler.relabel}
   * gives. Only one page at a time: an unfinished one is forgotten.
   *
   * @param page Must not change before the page is finished.
   * @throws {RangeError} If the page has too many bytes, or a label of ours has no valid name.
   */
  start(page: Uint8Array, labels: readonly Label[] | OwnLabels): void {
    const { maxBytes } = this.#limits;
    if (page.length > maxBytes) throw limitError("bytes", page.length, maxBytes);
    this.#known.trim();
    this.#own = "text" in labels ? labels : ownLabels(labels);
    this.#page = page.length > 0 && page[page.length - 1] !== LF ? endLine(page) : page;
    this.#kept = [];
    this.#isRead = false;
    this.#nextFamily = 0;
    this.#parts = undefined;
    this.#reader.begin(this.#page, this.#own);
  }

  /**
   * Does the next step of a page; nothing is claimed or shown yet.
   *
   * @param bytes How much to process, about: a line is not cut.
   * @returns Whether the page is ready to be finished.
   * @throws {SyntaxError} If a server would refuse a line.
   * @throws {RangeError} If the page is beyond a limit.
   */
  advance(bytes: number): boolean {
    if (!this.#isRead) {
      if (!this.#reader.advance(bytes)) return false;
      if (this.#hasDrops && this.#keepColliding()) {
        this.#reader.begin(this.#page, this.#own);
        return false;
      }
      this.#isRead = true;
      if (bytes < Infinity) return false;
    }
    return this.#writeDistributions(bytes) && this.#sink.tidy(this.#reader.families, bytes);
  }

  /** How many bytes of lines the page at hand has come to so far; its block has at most those. */
  get byteLength(): number {
    return this.#sink.used;
  }

  /**
   * The samples of the page whose last {@linkcode Relabeler.advance} returned true. Its families
   * are claimed here, so the block has to be set before another page of the same section is
   * finished.
   */
  finish(): RelabelResult {
    const kept = this.#kept;
    // The page belongs to the caller again, who may read another one into its memory.
    this.#page = NO_PAGE;
    return this.#assemble(kept);
  }

  /** Whether the page has to be read again, since labels that were left out have to stay. */
  #keepColliding(): boolean {
    const before = this.#kept.length;
    for (const { name, labelDrop } of this.#reader.families) {
      for (const label of labelDrop?.keepColliding() ?? []) {
        this.#kept.push({ family: name, label });
      }
    }
    return this.#kept.length > before;
  }

  /** Writes histograms and summaries, which the reader has only collected. */
  #writeDistributions(bytes: number): boolean {
    const { families, leftOut } = this.#reader;
    let left = bytes;
    for (; this.#nextFamily < families.length; this.#nextFamily++) {
      const family = families[this.#nextFamily];
      const distribution = family?.distribution;
      if (family === undefined || distribution === undefined) continue;
      const parts = this.#parts ??= distribution.lines();
      for (;;) {
        if (left <= 0) return false;
        const { done, value: line } = parts.next();
        if (done === true) break;
        left -= LINE_BYTES + (line?.labels.length ?? 0);
        if (line !== undefined) this.#sink.writePart(family, line.suffix, line.labels, line.value);
      }
      this.#parts = undefined;
      const { malformedCount } = distribution;
      if (malformedCount > 0) leftOut.add(family.name, "malformed", malformedCount);
    }
    return true;
  }

  /** Finds each family's place in the table and puts the lines in that order. */
  #assemble(kept: readonly KeptLabel[]): RelabelResult {
    const table = this.#table;
    const { families, leftOut } = this.#reader;
    const placed = this.#placed;
    placed.length = 0;
    const dropped: DroppedFamily[] = [];
    for (const family of families) {
      if (family.sampleCount === 0) continue;
      // Without lines it needs no place.
      if (family.refusal === undefined && family.lineCount === 0) continue;
      const reason = family.refusal ?? this.#claim(family);
      if (reason === undefined) {
        // Held until the block is made, so that the page's next family is not put in its place.
        table.retain(family.claimedIndex);
        placed.push(family);
      } else {
        dropped.push({ family: family.name, reason, samples: family.sampleCount });
        leftOut.delete(family.name);
      }
    }
    dropped.push(...leftOut.list());
    const block = this.#sink.block(placed, table.epoch);
    for (const { claimedIndex } of placed) table.release(claimedIndex);
    return { block, dropped, kept };
  }

  /** Gets the family a place in the table; why it has none. */
  #claim(family: KnownFamily): ClaimRefusal | undefined {
    const { name, type = "untyped", help = "" } = family;
    const { epoch } = this.#table;
    if (
      family.claimedEpoch === epoch && family.claimedType === type && family.claimedHelp === help
    ) return undefined;
    const claimed = this.#table.claim({ name, type, help });
    if (typeof claimed === "string") return claimed;
    family.claimedIndex = claimed;
    family.claimedEpoch = this.#table.epoch;
    family.claimedType = type;
    family.claimedHelp = help;
    return undefined;
  }
}

/** The labels as they are written. */
export function ownLabels(labels: readonly Label[]): OwnLabels {
  const text = renderLabels(labels.filter(([, value]) => value !== ""));
  return { names: labels.map(([name]) => name), text };
}
