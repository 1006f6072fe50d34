/**
 * Turns a device's page into a block of our own page: checks every line, adds the device's labels,
 * and writes the samples so that the same bytes are valid in both formats. A page that a server
 * takes is taken; what of it strict readers would refuse on our page is left out and counted.
 *
 * @module
 */

import { Distribution } from "./_distribution.ts";
import { isAt, type KnownFamily, type KnownLine, KnownPages } from "./_known.ts";
import type { DropRules } from "./label_drop.ts";
import { createNarrowState, type NarrowState, writeKnown, writeNarrow } from "./_narrow.ts";
import { Sink } from "./_sink.ts";
import { readLabels } from "./_label.ts";
import { LeftOut } from "./_left_out.ts";
import { DEFAULT_LIMITS, limitError, MAX_NAME_BYTES, type PageLimits } from "./_limit.ts";
import type { DroppedFamily, KeptLabel, OwnLabels, RelabelResult } from "./_result.ts";
import { addPart, addSample, endLine, readName, showName } from "./_wide.ts";
import type { Label } from "./family.ts";
import { isLabelName, isMetricName, sampleSuffixes } from "./name.ts";
import {
  binaryText,
  createSampleLine,
  findInvalidUtf8,
  isUtf8,
  refuse,
  scanMetricName,
  scanSample,
  skipBlanks,
} from "./parse.ts";
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

const TAB = 0x09, LF = 0x0a, SPACE = 0x20, HASH = 0x23, BRACE_OPEN = 0x7b;

/** Reads pages one after the other; keeps its scratch memory and what pages have in common. */
export class Relabeler {
  readonly #table: FamilyTable;
  readonly #limits: PageLimits;
  readonly #known: KnownPages;
  readonly #sink: Sink;
  readonly #line = createSampleLine();
  #narrow: NarrowState;
  /** The families of the page at hand, in the order in which it names them. */
  readonly #families: KnownFamily[] = [];
  /** Those of them that have a place in the table, once the page is read. */
  readonly #placed: KnownFamily[] = [];
  readonly #leftOut = new LeftOut();
  readonly #hasDrops: boolean;
  #pageNumber = 0;
  #page: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** The family that the latest line was about. */
  #current: KnownFamily | undefined;
  #samples = 0;
  #ownNames: readonly string[] = [];

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
    this.#narrow = createNarrowState(this.#limits, []);
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
    const { maxBytes } = this.#limits;
    if (page.length > maxBytes) throw limitError("bytes", page.length, maxBytes);
    this.#known.trim();
    const own = "text" in labels ? labels : ownLabels(labels);
    const lines = page.length > 0 && page[page.length - 1] !== LF ? endLine(page) : page;
    this.#begin(lines, own);
    this.#read(lines);
    const kept: KeptLabel[] = [];
    while (this.#hasDrops && this.#keepColliding(kept)) {
      this.#begin(lines, own);
      this.#read(lines);
    }
    for (const family of this.#families) {
      if (family.distribution !== undefined) this.#writeDistribution(family, family.distribution);
    }
    return this.#assemble(kept);
  }

  /** Whether the page has to be read again, since labels that were left out have to stay. */
  #keepColliding(kept: KeptLabel[]): boolean {
    const before = kept.length;
    for (const { name, labelDrop } of this.#families) {
      for (const label of labelDrop?.keepColliding() ?? []) kept.push({ family: name, label });
    }
    return kept.length > before;
  }

  #read(page: Uint8Array): void {
    const { maxLines, maxSamples } = this.#limits;
    const end = page.length;
    let previous = this.#known.start;
    let at = 0;
    for (let lines = 1; at < end; lines++) {
      if (lines > maxLines) throw limitError("lines", lines, maxLines);
      let first = page[at];
      let indent = 0;
      if (first === SPACE || first === TAB) {
        indent = skipBlanks(page, at) - at;
        first = page[at += indent];
      }
      if (first === HASH) {
        previous = this.#meta(at, previous);
        at += previous.view.byteLength;
      } else if (first === LF) at += 1;
      else {
        if (++this.#samples > maxSamples) throw limitError("samples", this.#samples, maxSamples);
        // A server takes blanks before a name for a part of it, but not those before a brace.
        if (indent === 0) at = this.#sample(at);
        else at = this.#wide(at, undefined, first === BRACE_OPEN ? at : at - indent);
      }
    }
    // What was read on an earlier page, or is ASCII, needs no second look.
    const { out, used } = this.#sink;
    if (this.#narrow.seen >= 0x80 && !isUtf8(out.subarray(0, used))) {
      const wrong = Math.max(0, findInvalidUtf8(page));
      refuse(page, wrong, "bytes that are not UTF-8", "UTF-8");
    }
  }

  #begin(page: Uint8Array, { names, text }: OwnLabels): void {
    const own = this.#ownNames;
    if (names !== own) {
      const isSame = names.length === own.length && names.every((name, at) => name === own[at]);
      if (!isSame) this.#setOwnNames(names);
    }
    this.#page = page;
    this.#view = new DataView(page.buffer, page.byteOffset, page.byteLength);
    this.#pageNumber += 1;
    for (const family of this.#families) {
      family.series = undefined;
      family.distribution = undefined;
    }
    this.#families.length = 0;
    this.#current = undefined;
    this.#samples = 0;
    this.#narrow.seen = 0;
    this.#leftOut.clear();
    this.#sink.begin(text);
  }

  #setOwnNames(names: readonly string[]): void {
    const wrong = names.find((name, at) => !isLabelName(name) || names.indexOf(name) !== at);
    if (wrong !== undefined) {
      throw new RangeError(`Cannot add label "${wrong}": wanted a label name, each only once`);
    }
    this.#ownNames = names;
    this.#known.clear();
    this.#narrow = createNarrowState(this.#limits, names);
  }

  #meta(start: number, previous: KnownLine): KnownLine {
    const { follower } = previous;
    const line =
      follower !== undefined && isAt(this.#view, start, follower.view, follower.view.byteLength)
        ? follower
        : this.#known.read(this.#page, start, previous);
    const { meta, family } = line;
    if (family === undefined || meta.kind === "comment") return line;
    this.#touch(family);
    if (meta.kind === "help") this.#help(family, meta.help);
    else if (family.type === undefined && family.sampleCount === 0) {
      // A second TYPE, or one after samples, could not be true of all lines that stand together.
      family.type = meta.type;
      if (meta.type === "histogram" || meta.type === "summary") {
        family.distribution = new Distribution(meta.type);
        family.latestSeries = undefined;
      }
    }
    this.#current = family;
    return line;
  }

  #help(family: KnownFamily, help: string | undefined): void {
    if (help === undefined) this.#leftOut.add(family.name, "help");
    else family.help ??= help;
  }

  /** Makes a family one of the page at hand. */
  #touch(family: KnownFamily): void {
    if (family.page === this.#pageNumber) return;
    family.page = this.#pageNumber;
    family.type = undefined;
    family.help = undefined;
    family.sampleCount = 0;
    family.lineCount = 0;
    family.byteCount = 0;
    family.latestSeries = family.seriesStart;
    family.labelDrop?.begin();
    const count = this.#families.push(family);
    const { maxFamilies } = this.#limits;
    if (count > maxFamilies) throw limitError("families", count, maxFamilies);
  }

  #sample(start: number): number {
    let next = this.#knownSample(start);
    if (next !== -1) return next;
    const page = this.#page;
    let family = this.#current;
    let nameEnd = start + (family?.name.length ?? 0);
    const after = page[nameEnd];
    if (
      family === undefined || (after !== BRACE_OPEN && after !== SPACE) ||
      !isAt(this.#view, start, family.nameView, family.name.length)
    ) {
      nameEnd = scanMetricName(page, start);
      if (nameEnd === start || nameEnd - start > MAX_NAME_BYTES) {
        return this.#wide(start, undefined, start);
      }
      family = this.#familyOf(binaryText(page, start, nameEnd));
      this.#current = family;
      next = this.#knownSample(start);
      if (next !== -1) return next;
    }
    if (family.distribution === undefined && family.labelDrop === undefined) {
      family.sampleCount += 1;
      next = writeNarrow(this.#sink, page, this.#view, nameEnd, family, this.#narrow);
      if (next !== -1) {
        this.#known.follow(family, page, start, next);
        return next;
      }
      family.sampleCount -= 1;
    }
    return this.#wide(start, family, start);
  }

  /** Writes a line that begins as the one that followed on another page; -1 if it does not. */
  #knownSample(start: number): number {
    const family = this.#current;
    const series = family?.latestSeries?.follower;
    if (family === undefined || series === undefined) return -1;
    if (!isAt(this.#view, start, series.view, series.length)) return -1;
    const next = writeKnown(this.#sink, this.#page, start, family, series);
    if (next === -1) return -1;
    family.sampleCount += 1;
    family.latestSeries = series;
    this.#narrow.seen |= series.seen;
    return next;
  }

  /** The family that a sample of this name belongs to: of this very name, else by its suffix. */
  #familyOf(name: string): KnownFamily {
    const known = this.#known.find(name);
    if (known?.page === this.#pageNumber) return known;
    const suffix = /_(?:bucket|sum|count)$/.exec(name)?.[0];
    if (suffix !== undefined) {
      const base = this.#known.find(name.slice(0, -suffix.length));
      if (
        base?.page === this.#pageNumber && base.distribution !== undefined &&
        sampleSuffixes(base.type ?? "untyped").includes(suffix)
      ) return base;
    }
    const family = this.#known.family(name);
    this.#touch(family);
    return family;
  }

  /**
   * The general way through a sample line: any spelling, all refusals.
   *
   * @param start Where the name, or the brace before it, is.
   * @param family The line's, if it is known already.
   * @param lineStart Where the name starts for a server, blanks before it included.
   */
  #wide(start: number, family: KnownFamily | undefined, lineStart: number): number {
    const page = this.#page;
    const line = this.#line;
    scanSample(page, start, line);
    const { labels: read, isCut } = readLabels(page, start, line, this.#ownNames, this.#limits);
    const owner = family ?? this.#namedFamily(start, lineStart);
    if (owner === undefined) return line.next;
    owner.sampleCount += 1;
    owner.latestSeries = undefined;
    if (isCut) this.#leftOut.add(owner.name, "label");
    const value = binaryText(page, line.valueStart, line.valueEnd);
    const problem = owner.distribution === undefined
      ? addSample(this.#sink, owner, read, value)
      : addPart(owner, owner.distribution, readName(page, line), read, value);
    if (problem !== undefined) this.#leftOut.add(owner.name, problem);
    return line.next;
  }

  /** The family of the scanned line; undefined, and counted, if its name cannot go out. */
  #namedFamily(start: number, lineStart: number): KnownFamily | undefined {
    const line = this.#line;
    this.#current = undefined;
    const isFit = lineStart === start && line.nameEnd - line.nameStart <= MAX_NAME_BYTES;
    const name = isFit ? readName(this.#page, line) : "";
    if (isMetricName(name)) return this.#familyOf(name);
    this.#leftOut.add(showName(this.#page, start, lineStart, line), "name");
    const { familyCount } = this.#leftOut;
    const { maxFamilies } = this.#limits;
    if (familyCount > maxFamilies) throw limitError("families", familyCount, maxFamilies);
    return undefined;
  }

  #writeDistribution(family: KnownFamily, distribution: Distribution): void {
    const sink = this.#sink;
    const { lines, malformedCount } = distribution.finish();
    for (const { suffix, labels, value } of lines) sink.writePart(family, suffix, labels, value);
    if (malformedCount > 0) this.#leftOut.add(family.name, "malformed", malformedCount);
  }

  /** Finds each family's place in the table and puts the lines in that order. */
  #assemble(kept: readonly KeptLabel[]): RelabelResult {
    const table = this.#table;
    const placed = this.#placed;
    placed.length = 0;
    const dropped: DroppedFamily[] = [];
    for (const family of this.#families) {
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
        this.#leftOut.delete(family.name);
      }
    }
    dropped.push(...this.#leftOut.list());
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
