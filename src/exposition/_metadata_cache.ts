/**
 * The relabeler's cache of what pages have in common: families by name, and parsed metadata lines.
 * A line is recognised by comparing its bytes with the one that followed last time, because devices
 * send the same HELP and TYPE lines in every scrape.
 *
 * @module
 */

import { type DropRules, LabelDrop, type RememberedNames } from "./label_drop.ts";
import { type MetaLine, scanMeta } from "./_meta.ts";
import { MAX_NAME_BYTES } from "./_limit.ts";
import { createPageFamily, type PageFamily } from "./_page_family.ts";
import { binaryText } from "./_scan.ts";

/** A metadata line that some page had. */
export interface CachedLine {
  /** Its bytes. */
  readonly view: DataView;
  /** What it says. */
  readonly meta: MetaLine;
  /** Its family; undefined for a comment. */
  readonly family: PageFamily | undefined;
  /** The line that followed last time. */
  follower: CachedLine | undefined;
}

const LF = 0x0a;

const encoder = new TextEncoder();

/** Bounds of the cache, looked at between pages; above one of them it is emptied. */
const MAX_FAMILIES = 4096;
const MAX_ALL_NAME_BYTES = 1024 * 1024;
const MAX_LABEL_NAME_BYTES = 2 * 1024 * 1024;
const MAX_LINES = 4096;
/** A longer line is not cached. */
const MAX_LINE_BYTES = 512;

/** The cache of one relabeler. */
export class MetadataCache {
  /** Stands before the first line of a page. */
  readonly start: CachedLine = {
    view: new DataView(new ArrayBuffer(0)),
    meta: { kind: "comment", next: 0 },
    family: undefined,
    follower: undefined,
  };
  readonly #families = new Map<string, PageFamily>();
  readonly #lines = new Map<string, CachedLine>();
  readonly #isReserved: (family: string) => boolean;
  readonly #drops: DropRules | undefined;
  /** Label names that families remember because of drop rules. */
  readonly #labelNames: RememberedNames = { bytes: 0 };
  #nameBytes = 0;

  /**
   * An empty cache.
   *
   * @param isReserved Asked once for each name while it is cached.
   * @param drops The same.
   */
  constructor(isReserved: (family: string) => boolean, drops: DropRules | undefined) {
    this.#isReserved = isReserved;
    this.#drops = drops;
  }

  /** Empties the cache if it is above a bound. */
  trim(): void {
    const isFull = this.#families.size > MAX_FAMILIES || this.#lines.size > MAX_LINES ||
      this.#nameBytes > MAX_ALL_NAME_BYTES || this.#labelNames.bytes > MAX_LABEL_NAME_BYTES;
    if (isFull) this.clear();
  }

  /** Empties the cache. */
  clear(): void {
    this.#nameBytes = 0;
    this.#labelNames.bytes = 0;
    this.#families.clear();
    this.#lines.clear();
    this.start.follower = undefined;
  }

  /** The family of this name, if it is cached. */
  find(name: string): PageFamily | undefined {
    return this.#families.get(name);
  }

  /** The family of this name. */
  family(name: string): PageFamily {
    let family = this.#families.get(name);
    if (family === undefined) {
      const refusal = this.#refusalOf(name);
      family = createPageFamily({
        name,
        nameView: paddedView(encoder.encode(name)),
        refusal,
        labelDrop: refusal === undefined && this.#drops?.touches(name) === true
          ? new LabelDrop(name, this.#drops, this.#labelNames)
          : undefined,
      });
      this.#families.set(name, family);
      this.#nameBytes += name.length;
    }
    return family;
  }

  #refusalOf(name: string): PageFamily["refusal"] {
    // Colons are reserved for recording rules.
    if (name.includes(":") || name.length > MAX_NAME_BYTES) return "name";
    if (this.#isReserved(name)) return "reserved";
    return this.#drops?.dropsFamily(name) === true ? "configured" : undefined;
  }

  /**
   * Reads a metadata line that is not the one that followed `previous` last time.
   *
   * @throws {SyntaxError} If a server would refuse it.
   */
  read(page: Uint8Array, start: number, previous: CachedLine): CachedLine {
    const end = page.indexOf(LF, start) + 1;
    let isShort = end - start <= MAX_LINE_BYTES;
    const key = isShort ? binaryText(page, start, end) : "";
    let line = isShort ? this.#lines.get(key) : undefined;
    if (line === undefined) {
      const meta = scanMeta(page, start);
      line = {
        view: new DataView(page.slice(start, meta.next).buffer),
        meta,
        family: meta.kind === "comment" ? undefined : this.family(meta.name),
        follower: undefined,
      };
      // A quoted name may contain line feeds. The bound holds within a page, too, because a page
      // can have a line for every eight bytes.
      isShort &&= meta.next === end && this.#lines.size <= MAX_LINES;
      if (isShort) this.#lines.set(key, line);
    }
    if (isShort) previous.follower = line;
    return line;
  }
}

function paddedView(bytes: Uint8Array): DataView {
  const padded = new Uint8Array(bytes.length + 7);
  padded.set(bytes);
  return new DataView(padded.buffer);
}

/** Whether the page has these bytes at `start`; compares eight at a time. */
export function isAt(page: DataView, start: number, bytes: DataView, length: number): boolean {
  if (start + length > page.byteLength) return false;
  if (length < 8) {
    for (let at = 0; at < length; at++) {
      if (page.getInt8(start + at) !== bytes.getInt8(at)) return false;
    }
    return true;
  }
  const last = length - 8;
  for (let at = 0; at < last; at += 8) {
    if (page.getBigInt64(start + at, true) !== bytes.getBigInt64(at, true)) return false;
  }
  // The last eight bytes; some of them may have been compared already.
  return page.getBigInt64(start + last, true) === bytes.getBigInt64(last, true);
}
