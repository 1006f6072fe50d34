/**
 * Turns a device's metrics into a block of our own page: checks every line, adds the device's
 * labels, and writes the samples so that the same bytes are valid in both formats. Accepts what a
 * server accepts; samples that strict readers would refuse on our page are left out and counted.
 *
 * @module
 */

import { BlockAssembler } from "./_block_assembler.ts";
import { MetadataCache } from "./_metadata_cache.ts";
import type { PageFamily } from "./_page_family.ts";
import type { Line } from "./_distribution.ts";
import type { ClaimRefusal, FamilyTable } from "./family_table.ts";
import type { DropRules } from "./label_drop.ts";
import { DEFAULT_LIMITS, limitError, type PageLimits } from "./_limit.ts";
import { PageReader } from "./_page_reader.ts";
import { type OwnLabels, ownLabels } from "./_own_labels.ts";
import type { DroppedFamily, KeptLabel, RelabelResult } from "./_result.ts";
import { LineBuffer } from "./_line_buffer.ts";
import { endLine } from "./_slow_path.ts";
import type { Label } from "./family.ts";

export type { DroppedFamily, DropRules, KeptLabel, PageLimits, RelabelResult };

/** Settings of a {@linkcode Relabeler}. */
export interface RelabelerOptions {
  /** Limits that differ from the defaults. */
  readonly limits?: Partial<PageLimits>;
  /**
   * Whether a family's name is reserved for us. Asked once for each name, so it must not change.
   */
  readonly isReserved?: (family: string) => boolean;
  /** Families and labels to drop. */
  readonly drops?: DropRules;
  /**
   * Whether a block is valid only until the next page is started, so that pages make no garbage:
   * for callers that copy it at once, as a section does. Default: false.
   */
  readonly reusesBlocks?: boolean;
}

const NO_PAGE = new Uint8Array(0);
const LF = 0x0a;

/** Size of a line of a histogram or summary without its labels, about. */
const LINE_BYTES = 64;

/** Relabels one page after the other; keeps scratch memory and a cache between them. */
export class Relabeler {
  readonly #table: FamilyTable;
  readonly #limits: PageLimits;
  readonly #cache: MetadataCache;
  readonly #lines: LineBuffer = new LineBuffer();
  readonly #assembler: BlockAssembler;
  readonly #reader: PageReader;
  /** The families that have an index in the table, once the page is read. */
  readonly #placed: PageFamily[] = [];
  readonly #hasDrops: boolean;
  #page: Uint8Array = NO_PAGE;
  #own: OwnLabels = { names: [], text: "" };
  #kept: KeptLabel[] = [];
  /** Whether all lines are read, a second time included. */
  #isRead = false;
  /** The family whose histogram or summary is written next, and the rest of its lines. */
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
    this.#cache = new MetadataCache(options.isReserved ?? (() => false), options.drops);
    this.#assembler = new BlockAssembler(this.#lines, options.reusesBlocks ?? false);
    this.#hasDrops = options.drops !== undefined;
    this.#reader = new PageReader(this.#limits, this.#cache, this.#lines);
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
    this.#cache.trim();
    this.#own = "text" in labels ? labels : ownLabels(labels);
    this.#page = page.length > 0 && page[page.length - 1] !== LF ? endLine(page) : page;
    this.#kept = [];
    this.#isRead = false;
    this.#nextFamily = 0;
    this.#parts = undefined;
    this.#assembler.begin();
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
    return this.#writeDistributions(bytes) && this.#assembler.group(this.#reader.families, bytes);
  }

  /** The bytes written for the page so far; its block has at most as many. */
  get byteLength(): number {
    return this.#lines.used;
  }

  /**
   * The samples of the page whose last {@linkcode Relabeler.advance} returned true. Its families
   * are claimed here, so the block has to be set before another page of the same section is
   * finished.
   */
  finish(): RelabelResult {
    // The page belongs to the caller again, who may read another one into its memory.
    this.#page = NO_PAGE;
    return this.#assemble();
  }

  /** Whether the page must be read again, because labels that were dropped tell samples apart. */
  #keepColliding(): boolean {
    const before = this.#kept.length;
    for (const { name, labelDrop } of this.#reader.families) {
      for (const label of labelDrop?.keepColliding() ?? []) {
        this.#kept.push({ family: name, label });
      }
    }
    return this.#kept.length > before;
  }

  /** Writes histograms and summaries, which the reader has collected. */
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
        if (line !== undefined) this.#lines.write(family, line.suffix, line.labels, line.value);
      }
      this.#parts = undefined;
      const { malformedCount } = distribution;
      if (malformedCount > 0) leftOut.add(family.name, "malformed", malformedCount);
    }
    return true;
  }

  /** Finds the index of each family in the table, and makes the block. */
  #assemble(): RelabelResult {
    const table = this.#table;
    const { families, leftOut } = this.#reader;
    const placed = this.#placed;
    placed.length = 0;
    const dropped: DroppedFamily[] = [];
    for (const family of families) {
      if (family.sampleCount === 0) continue;
      // Without lines it needs no index.
      if (family.refusal === undefined && family.lineCount === 0) continue;
      const reason = family.refusal ?? this.#claim(family);
      if (reason === undefined) {
        // Retained until the block is made, so that the page's next family does not get its index.
        table.retain(family.claimedIndex);
        placed.push(family);
      } else {
        dropped.push({ family: family.name, reason, samples: family.sampleCount });
        leftOut.delete(family.name);
      }
    }
    dropped.push(...leftOut.list());
    const block = this.#assembler.block(placed, table.epoch);
    for (const { claimedIndex } of placed) table.release(claimedIndex);
    return { block, dropped, kept: this.#kept };
  }

  /** Claims an index in the table for a family; the reason if there is none. */
  #claim(family: PageFamily): ClaimRefusal | undefined {
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
