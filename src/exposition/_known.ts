/**
 * What a relabeler remembers from page to page: the families it has met, the metadata lines it has
 * read, and how sample lines began. A line met before is recognised by comparing its bytes with the
 * one that followed last time, which skips reading it: all but values is the same on most pages.
 *
 * @module
 */

import type { Distribution } from "./_distribution.ts";
import { type DropRules, LabelDrop, type RememberedNames } from "./label_drop.ts";
import type { MetricType } from "./family.ts";
import { type MetaLine, scanMeta } from "./_meta.ts";
import { MAX_NAME_BYTES } from "./_limit.ts";
import { binaryText } from "./parse.ts";

/** A family that some page had, with what the page at hand says about it. */
export interface KnownFamily {
  /** The name as text. */
  readonly name: string;
  /** The name in bytes, and seven more, to be compared and copied by eights. */
  readonly nameView: DataView;
  /** Why no page may bring it; undefined if pages may. */
  readonly refusal: "name" | "reserved" | "configured" | undefined;
  /** Which of its labels go out; undefined = all. */
  readonly labelDrop: LabelDrop | undefined;
  /** The page that all of the following belongs to. */
  page: number;
  /** What the page's TYPE line says. */
  type: MetricType | undefined;
  /** What its HELP line says. */
  help: string | undefined;
  /** Sample lines read. */
  sampleCount: number;
  /** Sample lines written. */
  lineCount: number;
  /** Bytes of the lines written. */
  byteCount: number;
  /** Where on the page the labels of its last line begin. */
  lastStart: number;
  /** Where they end; -1 if they must be sorted. */
  lastEnd: number;
  /** Canonical labels of all its lines, once their order does not prove that they differ. */
  series: Set<string> | undefined;
  /** The samples of a histogram or summary, which are written when all are known. */
  distribution: Distribution | undefined;
  /** When the table was last asked for a place. */
  claimedEpoch: number;
  /** The type that it was told. */
  claimedType: MetricType;
  /** The help that it was told. */
  claimedHelp: string;
  /** The place that it gave. */
  claimedIndex: number;
}

/** A metadata line that some page had. */
export interface KnownLine {
  /** Its bytes. */
  readonly view: DataView;
  /** What it says. */
  readonly meta: MetaLine;
  /** Its family; undefined for a comment. */
  readonly family: KnownFamily | undefined;
  /** The line that followed last time. */
  follower: KnownLine | undefined;
}

const encoder = new TextEncoder();

const MAX_FAMILIES = 4096;
const MAX_ALL_NAME_BYTES = 1024 * 1024;
const MAX_LABEL_NAME_BYTES = 2 * 1024 * 1024;
const MAX_LINES = 4096;
const MAX_LINE_BYTES = 512;

/** The memory of one relabeler; bounded, and emptied when it is full. */
export class KnownPages {
  readonly #families = new Map<string, KnownFamily>();
  readonly #lines = new Map<string, KnownLine>();
  readonly #isReserved: (family: string) => boolean;
  readonly #drops: DropRules | undefined;
  readonly #start: KnownLine;
  /** Names of labels that families remember because of drop rules. */
  readonly #labelNames: RememberedNames = { bytes: 0 };
  #nameBytes = 0;

  /**
   * An empty memory.
   *
   * @param isReserved Asked once a name while the name is remembered.
   * @param drops The same.
   */
  constructor(isReserved: (family: string) => boolean, drops: DropRules | undefined) {
    this.#isReserved = isReserved;
    this.#drops = drops;
    this.#start = {
      view: new DataView(new ArrayBuffer(0)),
      meta: { kind: "comment", next: 0 },
      family: undefined,
      follower: undefined,
    };
  }

  /** The line before the first line of a page. */
  get start(): KnownLine {
    return this.#start;
  }

  /** Forgets everything if there is too much. */
  trim(): void {
    const isFull = this.#families.size > MAX_FAMILIES || this.#lines.size > MAX_LINES ||
      this.#nameBytes > MAX_ALL_NAME_BYTES || this.#labelNames.bytes > MAX_LABEL_NAME_BYTES;
    if (isFull) this.clear();
  }

  /** Forgets everything. */
  clear(): void {
    this.#nameBytes = 0;
    this.#labelNames.bytes = 0;
    this.#families.clear();
    this.#lines.clear();
    this.#start.follower = undefined;
  }

  /** The family of this name. */
  family(name: string): KnownFamily {
    let family = this.#families.get(name);
    if (family === undefined) {
      const refusal = this.#refusalOf(name);
      family = {
        name,
        nameView: paddedView(encoder.encode(name)),
        refusal,
        labelDrop: refusal === undefined && this.#drops?.touches(name) === true
          ? new LabelDrop(name, this.#drops, this.#labelNames)
          : undefined,
        page: 0,
        type: undefined,
        help: undefined,
        sampleCount: 0,
        lineCount: 0,
        byteCount: 0,
        lastStart: 0,
        lastEnd: 0,
        series: undefined,
        distribution: undefined,
        claimedEpoch: -1,
        claimedType: "untyped",
        claimedHelp: "",
        claimedIndex: 0,
      };
      this.#families.set(name, family);
      this.#nameBytes += name.length;
    }
    return family;
  }

  #refusalOf(name: string): KnownFamily["refusal"] {
    // Colons are for what recording rules make.
    if (name.includes(":") || name.length > MAX_NAME_BYTES) return "name";
    if (this.#isReserved(name)) return "reserved";
    return this.#drops?.dropsFamily(name) === true ? "configured" : undefined;
  }

  /** The family of this name, if some page had it. */
  find(name: string): KnownFamily | undefined {
    return this.#families.get(name);
  }

  /**
   * Reads a metadata line that is not the one that followed `previous` last time.
   *
   * @throws {SyntaxError} If no server would take it.
   */
  read(page: Uint8Array, start: number, previous: KnownLine): KnownLine {
    const end = page.indexOf(0x0a, start) + 1;
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
      // A name in quotes may have line feeds.
      // Bounds the cache within a page, too: one page can have a line for every eight bytes.
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

/** Whether the bytes at a place of a page are these; compares eight at a time. */
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
  // The last eight, some of which may have been compared already.
  return page.getBigInt64(start + last, true) === bytes.getBigInt64(last, true);
}
