/**
 * Turns a device's page into a block of our own page: checks every line, adds the device's labels,
 * and writes the samples so that the same bytes are valid in both formats. What is accepted here is
 * a subset of what a Prometheus server accepts, because one bad line would cost it the whole page.
 *
 * @module
 */

import { Distribution, type Refuse } from "./_distribution.ts";
import { isAt, type KnownFamily, type KnownLine, KnownPages } from "./_known.ts";
import type { DropRules } from "./label_drop.ts";
import { createNarrowState, type NarrowState, writeKnown, writeNarrow } from "./_narrow.ts";
import { Sink } from "./_sink.ts";
import { type BinaryLabel, readLabels, renderBinary, sortLabels } from "./_label.ts";
import { DEFAULT_LIMITS, limitError, type PageLimits } from "./_limit.ts";
import type { DroppedFamily, KeptLabel, OwnLabels, RelabelResult } from "./_result.ts";
import type { Label } from "./family.ts";
import { isLabelName, sampleSuffixes } from "./name.ts";
import {
  binaryText,
  createSampleLine,
  findInvalidUtf8,
  readNumber,
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
   * Whether a block holds only until the next page is read: for who copies it at once, as a
   * section does, so that pages make no garbage. False unless told.
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
  readonly #refuse: Refuse;
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
    this.#refuse = (offset, problem, wanted) => refuse(this.#page, offset, problem, wanted);
    this.#narrow = createNarrowState(this.#limits, []);
  }

  /**
   * The samples of a page with our labels before the device's own.
   *
   * A label of the device that has one of our names becomes `exported_<name>`, as in a server.
   * Timestamps, comments and labels with an empty value are dropped, since they say nothing here.
   *
   * Shape: page (0..n lines) + Label[] → one block, families in the table's order
   * Source: text format 0.0.4; `honor_labels: false` of Prometheus
   *
   * @param page Not kept, not changed.
   * @param labels The device's identity, the same names for all devices; empty values are left out.
   * @throws {SyntaxError} If a server or promtool would refuse a line; nothing is claimed then.
   * @throws {RangeError} If the page is beyond a limit, or a label of ours has no valid name.
   */
  relabel(page: Uint8Array, labels: readonly Label[] | OwnLabels): RelabelResult {
    const { maxBytes } = this.#limits;
    if (page.length > maxBytes) throw limitError("bytes", page.length, maxBytes);
    this.#known.trim();
    const own = "text" in labels ? labels : ownLabels(labels);
    this.#begin(page, own);
    this.#read(page);
    const kept: KeptLabel[] = [];
    while (this.#hasDrops && this.#keepColliding(kept)) {
      this.#begin(page, own);
      this.#read(page);
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
    if (end > 0 && page[end - 1] !== LF) {
      refuse(page, end, "the page ends within a line", "a line feed at the end of the page");
    }
    let previous = this.#known.start;
    let at = 0;
    for (let lines = 1; at < end; lines++) {
      if (lines > maxLines) throw limitError("lines", lines, maxLines);
      const first = page[at];
      if (first === HASH) {
        previous = this.#meta(at, previous);
        at += previous.view.byteLength;
      } else if (first === LF) at += 1;
      else if (first === SPACE || first === TAB) at = this.#blank(at);
      else {
        if (++this.#samples > maxSamples) throw limitError("samples", this.#samples, maxSamples);
        at = this.#sample(at);
      }
    }
    if (this.#narrow.seen >= 0x80) {
      const wrong = findInvalidUtf8(page);
      if (wrong !== -1) refuse(page, wrong, "bytes that are not UTF-8", "UTF-8");
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

  /** A line that starts with a blank: a server takes it only if nothing else is in it. */
  #blank(start: number): number {
    const end = skipBlanks(this.#page, start);
    if (this.#page[end] !== LF) refuse(this.#page, start, "a blank at the start", "no blank there");
    return end + 1;
  }

  #meta(start: number, previous: KnownLine): KnownLine {
    const { follower } = previous;
    const line =
      follower !== undefined && isAt(this.#view, start, follower.view, follower.view.byteLength)
        ? follower
        : this.#known.read(this.#page, start, previous);
    this.#narrow.seen |= line.seen;
    const { meta, family } = line;
    if (family === undefined || meta.kind === "comment") return line;
    this.#touch(family);
    if (meta.kind === "help") {
      if (family.help !== undefined) refuse(this.#page, start, "a second HELP", "one for a name");
      family.help = meta.help;
    } else {
      if (family.type !== undefined) refuse(this.#page, start, "a second TYPE", "one for a name");
      if (family.sampleCount > 0) {
        refuse(this.#page, start, "a TYPE after a sample of its name", "it before the first");
      }
      family.type = meta.type;
      if (meta.type === "histogram" || meta.type === "summary") {
        family.distribution = new Distribution(meta.type);
        family.latestSeries = undefined;
      }
    }
    this.#current = family;
    return line;
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
      family = nameEnd === start ? undefined : this.#familyOf(binaryText(page, start, nameEnd));
      this.#current = family;
      next = this.#knownSample(start);
      if (next !== -1) return next;
    }
    if (family !== undefined) {
      family.sampleCount += 1;
      if (family.distribution === undefined && family.labelDrop === undefined) {
        next = writeNarrow(this.#sink, page, this.#view, nameEnd, family, this.#narrow);
        if (next !== -1) {
          this.#known.follow(family, page, start, next);
          return next;
        }
      }
      family.latestSeries = undefined;
    }
    return this.#wide(start, family);
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

  /** The general way through a sample line: any spelling, all refusals. */
  #wide(start: number, family: KnownFamily | undefined): number {
    const page = this.#page;
    const line = this.#line;
    scanSample(page, start, line);
    if (family === undefined) return refuse(page, start, "no metric name", "one");
    const value = binaryText(page, line.valueStart, line.valueEnd);
    const read = readLabels(page, start, line, this.#ownNames, this.#limits);
    for (let at = start; at < line.next; at++) this.#narrow.seen |= page[at] ?? 0;
    if (family.distribution !== undefined) {
      this.#addPart(family, family.distribution, start, read, value);
      return line.next;
    }
    if (family.type === "counter" && !(readNumber(value) >= 0)) {
      refuse(page, start, "a counter below zero or NaN", "0 or more");
    }
    const labels = family.labelDrop === undefined ? read : family.labelDrop.shorten(read);
    if (labels === undefined) return line.next;
    const key = renderBinary(sortLabels(labels));
    if (!this.#sink.writeNew(family, renderBinary(labels), value, key)) {
      refuse(page, start, "a series twice", "each series once");
    }
    return line.next;
  }

  #addPart(
    family: KnownFamily,
    distribution: Distribution,
    offset: number,
    labels: readonly BinaryLabel[],
    value: string,
  ): void {
    const name = binaryText(this.#page, offset, this.#line.nameEnd);
    const suffix = name.slice(family.name.length);
    const isHistogram = family.type === "histogram";
    if (isHistogram && suffix === "") {
      refuse(this.#page, offset, "a bare sample of a histogram", "_bucket, _sum or _count");
    }
    const boundName = suffix === "_bucket" ? "le" : suffix === "" ? "quantile" : "";
    const rest = labels.filter(([label]) => label !== boundName);
    const others = family.labelDrop === undefined ? rest : family.labelDrop.shorten(rest);
    if (others === undefined) return;
    distribution.add({
      suffix,
      key: renderBinary(sortLabels(others)),
      labels: others.map((label) => `${renderBinary([label])},`).join(""),
      bound: labels.find(([label]) => label === boundName)?.[1],
      value,
      offset,
    }, this.#refuse);
  }

  #writeDistribution(family: KnownFamily, distribution: Distribution): void {
    const sink = this.#sink;
    for (const { suffix, labels, value } of distribution.lines(this.#refuse)) {
      sink.writePart(family, suffix, labels, value);
    }
  }

  /** Finds each family's place in the table and puts the lines in that order. */
  #assemble(kept: readonly KeptLabel[]): RelabelResult {
    const table = this.#table;
    const placed = this.#placed;
    placed.length = 0;
    const dropped: DroppedFamily[] = [];
    for (const family of this.#families) {
      if (family.sampleCount === 0) continue;
      const reason = family.refusal ?? this.#claim(family);
      if (reason === undefined) {
        // Held until the block is made, so that the page's next family is not put in its place.
        table.retain(family.claimedIndex);
        placed.push(family);
      } else dropped.push({ family: family.name, reason, samples: family.sampleCount });
    }
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
