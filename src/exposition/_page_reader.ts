/**
 * Reads the lines of one page at a time: finds the family of each, and writes samples the fast way
 * or the slow way. It can stop at any line and continue later; nothing counts before the page is
 * read to its end.
 *
 * @module
 */

import { Distribution } from "./_distribution.ts";
import { createFastPathState, type FastPathState, writeFast } from "./_fast_path.ts";
import { FamilyLookup } from "./_family_lookup.ts";
import { readLabels } from "./_label.ts";
import { LeftOut } from "./_left_out.ts";
import { checkLineLength, limitError, MAX_NAME_BYTES, type PageLimits } from "./_limit.ts";
import type { LineBuffer } from "./_line_buffer.ts";
import { type CachedLine, isAt, type MetadataCache } from "./_metadata_cache.ts";
import type { PageFamily } from "./_page_family.ts";
import type { OwnLabels } from "./_own_labels.ts";
import { createSampleLine, scanSample } from "./_sample_line.ts";
import { binaryText, scanMetricName, skipBlanks } from "./_scan.ts";
import { SeriesIndex } from "./_series_index.ts";
import { addPart, addSample, readName, showName } from "./_slow_path.ts";
import { Utf8Check } from "./_utf8_check.ts";
import { isLabelName, isMetricName } from "./name.ts";

const TAB = 0x09, LF = 0x0a, SPACE = 0x20, HASH = 0x23, BRACE_OPEN = 0x7b;

/** Size of a page from which memory for all of it is allocated at the start. */
const LONG_PAGE_BYTES = 64 * 1024;

/** Reads page after page, with the same scratch memory. */
export class PageReader {
  /** What of the page is left out although a server accepts it. */
  readonly leftOut: LeftOut = new LeftOut();
  readonly #limits: PageLimits;
  readonly #cache: MetadataCache;
  readonly #lookup: FamilyLookup;
  readonly #lines: LineBuffer;
  readonly #series: SeriesIndex;
  readonly #utf8 = new Utf8Check();
  readonly #line = createSampleLine();
  #fast: FastPathState;
  #page: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** Where the next line starts. */
  #at = 0;
  #lineCount = 0;
  #sampleCount = 0;
  /** Lines that start before this are not too long. */
  #shortUntil = 0;
  /** The metadata line before the next line. */
  #previous: CachedLine;
  /** The family of the line before. */
  #current: PageFamily | undefined;
  /** A family that must be indexed before the next line can be read. */
  #indexing: PageFamily | undefined;
  #ownNames: readonly string[] = [];

  /** A reader before its first page; it writes to `lines`. */
  constructor(limits: PageLimits, cache: MetadataCache, lines: LineBuffer) {
    this.#limits = limits;
    this.#cache = cache;
    this.#lookup = new FamilyLookup(cache, limits.maxFamilies);
    this.#lines = lines;
    this.#series = new SeriesIndex(lines);
    this.#previous = cache.start;
    this.#fast = createFastPathState(limits, []);
  }

  /** The families of the page, in the order in which it names them. */
  get families(): readonly PageFamily[] {
    return this.#lookup.families;
  }

  /**
   * Starts a page; forgets one that is not read to its end.
   *
   * @param page With a line feed at its end; must not change until it is read.
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
    this.#lookup.begin();
    this.#lines.begin(text);
    if (page.length > LONG_PAGE_BYTES) this.#lines.reserve(this.#maxBytes(page.length));
    this.#series.begin();
    this.#utf8.begin();
    this.#fast.seen = 0;
    this.leftOut.clear();
    this.#at =
      this.#lineCount =
      this.#sampleCount =
      this.#shortUntil =
        0;
    this.#previous = this.#cache.start;
    this.#current = undefined;
    this.#indexing = undefined;
  }

  /**
   * Reads on, up to a line that starts about `bytes` further.
   *
   * @returns Whether the page is read to its end, and accepted.
   * @throws {SyntaxError} If a server would refuse a line.
   * @throws {RangeError} If the page is beyond a limit.
   */
  advance(bytes: number): boolean {
    if (this.#indexing !== undefined) {
      if (!this.#series.advance(this.#indexing, bytes)) return false;
      this.#indexing = undefined;
    }
    const page = this.#page;
    if (this.#at < page.length) {
      if (this.#at >= this.#shortUntil) this.#shortUntil = checkLineLength(page, this.#at);
      this.#read(Math.min(this.#at + bytes, this.#shortUntil));
      if (this.#at < page.length || bytes < Infinity) return false;
    }
    const { out, used } = this.#lines;
    return this.#fast.seen < 0x80 || this.#utf8.advance(page, out, used, bytes);
  }

  /** Upper bound of what a page of that length becomes. */
  #maxBytes(length: number): number {
    // A sample has four bytes at least, and gets our labels, a comma and braces.
    const samples = Math.min(this.#limits.maxSamples, length / 4);
    return length + Math.ceil(samples) * (this.#lines.commonLength + 8) + 1024;
  }

  #setOwnNames(names: readonly string[]): void {
    const wrong = names.find((name, at) => !isLabelName(name) || names.indexOf(name) !== at);
    if (wrong !== undefined) {
      throw new RangeError(`Cannot add label "${wrong}": wanted a label name, each only once`);
    }
    this.#ownNames = names;
    this.#cache.clear();
    this.#fast = createFastPathState(this.#limits, names);
  }

  /** Reads the lines that start before `stop`. */
  #read(stop: number): void {
    const page = this.#page;
    const { maxLines, maxSamples } = this.#limits;
    let at = this.#at;
    let lines = this.#lineCount;
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
        const samples = ++this.#sampleCount;
        if (samples > maxSamples) throw limitError("samples", samples, maxSamples);
        // To a server blanks before a name are a part of it, but not those before a brace.
        if (indent === 0) at = this.#sample(at);
        else at = this.#slowSample(at, undefined, first === BRACE_OPEN ? at : at - indent);
        if (at === -1) {
          at = lineStart;
          lines -= 1;
          this.#sampleCount -= 1;
          break;
        }
      }
    }
    this.#at = at;
    this.#lineCount = lines;
  }

  #meta(start: number, previous: CachedLine): CachedLine {
    const { follower } = previous;
    const line =
      follower !== undefined && isAt(this.#view, start, follower.view, follower.view.byteLength)
        ? follower
        : this.#cache.read(this.#page, start, previous);
    const { meta, family } = line;
    if (family === undefined || meta.kind === "comment") return line;
    this.#lookup.add(family);
    if (meta.kind === "help") {
      if (meta.help === undefined) this.leftOut.add(family.name, "help");
      else family.help ??= meta.help;
    } else if (family.type === undefined && family.sampleCount === 0) {
      // A second TYPE, or one after samples, could not be true of all lines that stand together.
      family.type = meta.type;
      if (meta.type === "histogram" || meta.type === "summary") {
        family.distribution = new Distribution(meta.type);
      }
    }
    this.#current = family;
    return line;
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
        return this.#slowSample(start, undefined, start);
      }
      family = this.#lookup.ofSample(binaryText(page, start, nameEnd));
      this.#current = family;
    }
    if (family.distribution === undefined && family.labelDrop === undefined) {
      family.sampleCount += 1;
      const next = writeFast(
        this.#lines,
        this.#series,
        page,
        this.#view,
        nameEnd,
        family,
        this.#fast,
      );
      if (next !== -1) return next;
      family.sampleCount -= 1;
    }
    return this.#slowSample(start, family, start);
  }

  /**
   * Reads a sample line of any spelling; all refusals are here.
   *
   * @param start Where the name, or the brace before it, is.
   * @param family The line's, if it is known already.
   * @param lineStart Where the name starts for a server, blanks before it included.
   * @returns Where the next line starts; -1 if the family must be indexed, and this line read
   *   again.
   */
  #slowSample(start: number, family: PageFamily | undefined, lineStart: number): number {
    const page = this.#page;
    const line = this.#line;
    scanSample(page, start, line, this.#limits.maxLabels);
    const { labels: read, isCut } = readLabels(page, start, line, this.#ownNames, this.#limits);
    const owner = family ?? this.#scannedFamily(start, lineStart);
    if (owner === undefined) return line.next;
    if (owner.distribution === undefined && this.#series.needsSteps(owner)) {
      this.#indexing = owner;
      return -1;
    }
    owner.sampleCount += 1;
    if (isCut) this.leftOut.add(owner.name, "label");
    const value = binaryText(page, line.valueStart, line.valueEnd);
    const problem = owner.distribution === undefined
      ? addSample(this.#lines, this.#series, owner, read, value)
      : addPart(owner, owner.distribution, readName(page, line), read, value);
    if (problem !== undefined) this.leftOut.add(owner.name, problem);
    return line.next;
  }

  /** The family of the scanned line; undefined, and counted, if its name cannot be shown. */
  #scannedFamily(start: number, lineStart: number): PageFamily | undefined {
    const line = this.#line;
    this.#current = undefined;
    const isFit = lineStart === start && line.nameEnd - line.nameStart <= MAX_NAME_BYTES;
    const name = isFit ? readName(this.#page, line) : "";
    if (isMetricName(name)) return this.#lookup.ofSample(name);
    this.leftOut.add(showName(this.#page, start, lineStart, line), "name");
    const { familyCount } = this.leftOut;
    const { maxFamilies } = this.#limits;
    if (familyCount > maxFamilies) throw limitError("families", familyCount, maxFamilies);
    return undefined;
  }
}
