/**
 * Reads the lines of one page at a time: knows which family each is about, and brings it into the
 * sink the fast way or the general way. It can stop at any line and go on later; nothing of what it
 * has read counts before the page is at its end.
 *
 * @module
 */

import { Distribution } from "./_distribution.ts";
import { isAt, type KnownFamily, type KnownLine, KnownPages } from "./_known.ts";
import { readLabels } from "./_label.ts";
import { LeftOut } from "./_left_out.ts";
import { limitError, MAX_LINE_BYTES, MAX_NAME_BYTES, type PageLimits } from "./_limit.ts";
import { createNarrowState, type NarrowState, writeNarrow } from "./_narrow.ts";
import type { OwnLabels } from "./_result.ts";
import { Sink } from "./_sink.ts";
import { addPart, addSample, readName, showName } from "./_wide.ts";
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

const TAB = 0x09, LF = 0x0a, SPACE = 0x20, HASH = 0x23, BRACE_OPEN = 0x7b;

/** Memory for a longer page is not left to grow. */
const LONG_PAGE_BYTES = 64 * 1024;

/** Reads page after page; keeps its scratch memory and what pages have in common. */
export class PageReader {
  /** Where the lines go. */
  readonly sink: Sink;
  /** What of the page is left out although a server takes it. */
  readonly leftOut: LeftOut = new LeftOut();
  readonly #limits: PageLimits;
  readonly #known: KnownPages;
  readonly #line = createSampleLine();
  #narrow: NarrowState;
  readonly #families: KnownFamily[] = [];
  #pageNumber = 0;
  #page: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** Where the next line starts. */
  #at = 0;
  #lines = 0;
  #samples = 0;
  /** Lines that start before this are known to be no longer than they may. */
  #shortUntil = 0;
  /** The metadata line before the next line. */
  #previous: KnownLine;
  /** The family that the latest line was about. */
  #current: KnownFamily | undefined;
  /** A family whose lines must be remembered before the next line can be read. */
  #remembering: KnownFamily | undefined;
  /** Up to where the lines in the sink are known to be UTF-8. */
  #checked = 0;
  /** Once they are not: up to where the lines of the page are. */
  #blamedUntil: number | undefined;
  #ownNames: readonly string[] = [];

  /** A reader that has seen no page. */
  constructor(limits: PageLimits, known: KnownPages, sink: Sink) {
    this.#limits = limits;
    this.#known = known;
    this.sink = sink;
    this.#previous = known.start;
    this.#narrow = createNarrowState(limits, []);
  }

  /** The families of the page at hand, in the order in which it names them. */
  get families(): readonly KnownFamily[] {
    return this.#families;
  }

  /**
   * Starts a page; one that is not at its end is forgotten.
   *
   * @param page With a line feed at its end; must not change until all of it is read.
   * @throws {RangeError} If a label of ours has no valid name.
   */
  begin(page: Uint8Array, { names, text }: OwnLabels): void {
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
    this.leftOut.clear();
    this.sink.begin(text);
    if (page.length > LONG_PAGE_BYTES) this.sink.reserve(this.#mostBytes(page.length));
    this.#at = this.#lines = this.#checked = 0;
    this.#shortUntil = page.length > MAX_LINE_BYTES ? 0 : page.length;
    this.#previous = this.#known.start;
    this.#remembering = undefined;
    this.#blamedUntil = undefined;
  }

  /**
   * Reads on, up to a line that starts about `bytes` further.
   *
   * @returns Whether the page is at its end, and all of it is fine.
   * @throws {SyntaxError} If a server would refuse a line.
   * @throws {RangeError} If the page is beyond a limit.
   */
  advance(bytes: number): boolean {
    if (this.#remembering !== undefined) {
      if (!this.sink.remember(this.#remembering, bytes)) return false;
      this.#remembering = undefined;
    }
    const end = this.#page.length;
    if (this.#at < end) {
      if (this.#at >= this.#shortUntil) this.#checkLength();
      this.#read(Math.min(this.#at + bytes, this.#shortUntil));
      if (this.#at < end || bytes < Infinity) return false;
    }
    // ASCII needs no second look.
    return this.#narrow.seen < 0x80 || this.#checkText(bytes);
  }

  /** How much a page of that length can come to. */
  #mostBytes(length: number): number {
    // A sample has four bytes at least, and gets our labels, a comma and braces.
    const samples = Math.min(this.#limits.maxSamples, length / 4);
    return length + Math.ceil(samples) * (this.sink.commonLength + 8) + 1024;
  }

  /** Finds out up to where no line is too long. */
  #checkLength(): void {
    const at = this.#at;
    const last = this.#page.subarray(at, at + MAX_LINE_BYTES).lastIndexOf(LF);
    if (last === -1) {
      const found = this.#page.indexOf(LF, at);
      throw limitError("bytes of a line", found - at, MAX_LINE_BYTES);
    }
    this.#shortUntil = at + last + 1;
  }

  /** Reads the lines that start before `stop`. */
  #read(stop: number): void {
    const page = this.#page;
    const { maxLines, maxSamples } = this.#limits;
    let at = this.#at;
    let lines = this.#lines;
    while (at < stop) {
      if (++lines > maxLines) throw limitError("lines", lines, maxLines);
      const lineStart = at;
      let first = page[at];
      let indent = 0;
      if (first === SPACE || first === TAB) {
        indent = skipBlanks(page, at) - at;
        first = page[at += indent];
      }
      if (first === HASH) {
        this.#previous = this.#meta(at, this.#previous);
        at += this.#previous.view.byteLength;
      } else if (first === LF) at += 1;
      else {
        if (++this.#samples > maxSamples) throw limitError("samples", this.#samples, maxSamples);
        // A server takes blanks before a name for a part of it, but not those before a brace.
        if (indent === 0) at = this.#sample(at);
        else at = this.#wide(at, undefined, first === BRACE_OPEN ? at : at - indent);
        if (at === -1) {
          at = lineStart;
          lines -= 1;
          this.#samples -= 1;
          break;
        }
      }
    }
    this.#at = at;
    this.#lines = lines;
  }

  /** Checks that more of what was written is UTF-8; whether all is. */
  #checkText(bytes: number): boolean {
    const { out, used } = this.sink;
    if (this.#blamedUntil !== undefined) this.#blame(this.#blamedUntil, bytes);
    else if (this.#checked < used) {
      // A line feed is never part of a longer character.
      const end = this.#checked + bytes < used ? out.indexOf(LF, this.#checked + bytes) + 1 : used;
      if (!isUtf8(out.subarray(this.#checked, end))) this.#blamedUntil = 0;
      this.#checked = end;
    }
    return this.#blamedUntil === undefined && this.#checked === used;
  }

  /** Refuses the page for the first line that is not UTF-8, if it is among the next ones. */
  #blame(from: number, bytes: number): void {
    const page = this.#page;
    const end = from + bytes < page.length ? page.indexOf(LF, from + bytes) + 1 : page.length;
    const wrong = findInvalidUtf8(page, from, end);
    if (wrong !== -1 || end === page.length) {
      refuse(page, Math.max(0, wrong), "bytes that are not UTF-8", "UTF-8");
    }
    this.#blamedUntil = end;
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
      }
    }
    this.#current = family;
    return line;
  }

  #help(family: KnownFamily, help: string | undefined): void {
    if (help === undefined) this.leftOut.add(family.name, "help");
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
    family.labelDrop?.begin();
    const count = this.#families.push(family);
    const { maxFamilies } = this.#limits;
    if (count > maxFamilies) throw limitError("families", count, maxFamilies);
  }

  #sample(start: number): number {
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
    }
    if (family.distribution === undefined && family.labelDrop === undefined) {
      family.sampleCount += 1;
      const next = writeNarrow(this.sink, page, this.#view, nameEnd, family, this.#narrow);
      if (next !== -1) return next;
      family.sampleCount -= 1;
    }
    return this.#wide(start, family, start);
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
   * @returns Where the next line starts; -1 if this one has to be read again after others of its
   *   family have been remembered.
   */
  #wide(start: number, family: KnownFamily | undefined, lineStart: number): number {
    const page = this.#page;
    const line = this.#line;
    scanSample(page, start, line, this.#limits.maxLabels);
    const { labels: read, isCut } = readLabels(page, start, line, this.#ownNames, this.#limits);
    const owner = family ?? this.#namedFamily(start, lineStart);
    if (owner === undefined) return line.next;
    if (owner.distribution === undefined && this.sink.mustRemember(owner)) {
      this.#remembering = owner;
      return -1;
    }
    owner.sampleCount += 1;
    if (isCut) this.leftOut.add(owner.name, "label");
    const value = binaryText(page, line.valueStart, line.valueEnd);
    const problem = owner.distribution === undefined
      ? addSample(this.sink, owner, read, value)
      : addPart(owner, owner.distribution, readName(page, line), read, value);
    if (problem !== undefined) this.leftOut.add(owner.name, problem);
    return line.next;
  }

  /** The family of the scanned line; undefined, and counted, if its name cannot go out. */
  #namedFamily(start: number, lineStart: number): KnownFamily | undefined {
    const line = this.#line;
    this.#current = undefined;
    const isFit = lineStart === start && line.nameEnd - line.nameStart <= MAX_NAME_BYTES;
    const name = isFit ? readName(this.#page, line) : "";
    if (isMetricName(name)) return this.#familyOf(name);
    this.leftOut.add(showName(this.#page, start, lineStart, line), "name");
    const { familyCount } = this.leftOut;
    const { maxFamilies } = this.#limits;
    if (familyCount > maxFamilies) throw limitError("families", familyCount, maxFamilies);
    return undefined;
  }
}
