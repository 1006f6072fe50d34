/**
 * Turns a device's OpenMetrics page into one in text format 0.0.4, which the relabeler reads. For
 * devices that write nothing else, whatever they are asked for. Takes what a Prometheus server
 * takes; timestamps, exemplars and units are left out, since our page has none.
 *
 * Source: `model/textparse/openmetricslex.l` and `openmetricsparse.go` of Prometheus 3
 *
 * @module
 */

import { isMetricName } from "./name.ts";
import {
  checkLineLength,
  DEFAULT_LIMITS,
  limitError,
  MAX_HELP_BYTES,
  MAX_NAME_BYTES,
} from "./_limit.ts";
import {
  isExemplar,
  scanExemplar,
  scanLabels,
  scanTimestamp,
  scanValue,
} from "./_openmetrics_line.ts";
import { binaryText, refuse, scanMetricName, scanQuoted } from "./_scan.ts";
import { decodeUtf8 } from "./_utf8.ts";

const LF = 0x0a, SPACE = 0x20, QUOTE = 0x22, HASH = 0x23, BRACE_OPEN = 0x7b;

/** What each type is called in the text format, and what its sample names add to the family's. */
const TYPES: Readonly<Record<string, readonly [type: string, suffix: string] | undefined>> = {
  counter: ["counter", "_total"],
  gauge: ["gauge", ""],
  histogram: ["histogram", ""],
  summary: ["summary", ""],
  info: ["gauge", "_info"],
  stateset: ["gauge", ""],
  unknown: ["untyped", ""],
  // Its sums and counts have names of their own that the text format has no type for.
  gaugehistogram: ["untyped", "_bucket"],
};

/**
 * The page in text format 0.0.4.
 *
 * Shape: OpenMetrics page → HELP, TYPE and sample lines; the last one is not `# EOF`
 *
 * @param maxLines The relabeler's limit, looked at here because a page can have a line for every
 *   four bytes.
 * @throws {SyntaxError} If a server would refuse the page, but for what the relabeler looks at.
 * @throws {RangeError} If a number is too long, or there are too many lines.
 */
export function textOfOpenMetrics(
  page: Uint8Array,
  maxLines: number = DEFAULT_LIMITS.maxLines,
): Uint8Array {
  const converter = new OpenMetricsConverter(page, maxLines);
  while (!converter.advance(Infinity));
  return converter.finish();
}

const LINE_END = Uint8Array.of(LF);

/** What writing a HELP text takes beside its bytes, in bytes of a page. */
const HELP_BYTES = 64;

const encoder = new TextEncoder();

/** The same in steps, so that a long page does not block the event loop. */
export class OpenMetricsConverter {
  readonly #page: Uint8Array;
  readonly #maxLines: number;
  #out: Uint8Array<ArrayBuffer>;
  #used = 0;
  /** Where the next line starts; -1 after the last. */
  #at = 0;
  #lines = 0;
  /** Lines that start before this are not too long. */
  #shortUntil = 0;
  /** Where what has not been taken over yet begins. */
  #from = 0;
  /** What families are called in the text format, by their names here. */
  readonly #names = new Map<string, string>();
  /** HELP texts of families whose type is not known yet. */
  readonly #helps = new Map<string, Uint8Array>();

  /**
   * A page of which nothing is read; it must not change before it is finished.
   *
   * @param maxLines As of {@linkcode textOfOpenMetrics}.
   */
  constructor(page: Uint8Array, maxLines: number = DEFAULT_LIMITS.maxLines) {
    this.#page = page;
    this.#maxLines = maxLines;
    // Nearly always it becomes shorter.
    this.#out = new Uint8Array(page.length);
    if (page.length === 0) this.#at = -1;
  }

  /**
   * Reads on, up to a line that starts about `bytes` further.
   *
   * @returns Whether the page is at its end.
   * @throws As {@linkcode textOfOpenMetrics} does.
   */
  advance(bytes: number): boolean {
    const page = this.#page;
    for (const stop = this.#at + bytes; this.#at !== -1;) {
      const at = this.#at;
      if (at >= stop) {
        // Now, since writing much to fresh memory at once takes as long as reading it.
        this.#take(at);
        return false;
      }
      if (at >= this.#shortUntil) this.#shortUntil = checkLineLength(page, at);
      if (++this.#lines > this.#maxLines) throw limitError("lines", this.#lines, this.#maxLines);
      if (at >= page.length) refuse(page, at - 1, "the page ends without # EOF", "# EOF");
      this.#at = page[at] === HASH ? this.#meta(at) : this.#sample(at);
    }
    let left = bytes;
    for (const [name, help] of this.#helps) {
      if (left <= 0) return false;
      this.#put("HELP", name, help);
      this.#helps.delete(name);
      left -= help.length + HELP_BYTES;
    }
    return true;
  }

  /** The page whose last {@linkcode OpenMetricsConverter.advance} returned true. */
  finish(): Uint8Array {
    return this.#out.subarray(0, this.#used);
  }

  /** Where the next line starts; -1 after the last. */
  #meta(start: number): number {
    const page = this.#page;
    const word = binaryText(page, start, Math.min(start + 7, page.length));
    if (word.startsWith("# EOF")) {
      this.#take(start);
      const end = start + 5 + (page[start + 5] === LF ? 1 : 0);
      if (end !== page.length) refuse(page, start, "text after # EOF", "none");
      return -1;
    }
    const kind = word.slice(2);
    if (!word.startsWith("# ") || !/^(?:HELP|TYPE|UNIT) $/.test(kind)) {
      refuse(page, start, "a comment", "HELP, TYPE, UNIT or EOF after one blank");
    }
    const nameFrom = start + 7;
    const isQuoted = page[nameFrom] === QUOTE;
    const nameStart = isQuoted ? nameFrom + 1 : nameFrom;
    const nameEnd = isQuoted ? scanQuoted(page, start, nameStart) : scanMetricName(page, nameFrom);
    if (nameEnd === nameFrom) refuse(page, start, "no metric name", "one after one blank");
    const blank = isQuoted ? nameEnd + 1 : nameEnd;
    const end = page.indexOf(LF, blank);
    if (page[blank] !== SPACE || end === -1) {
      refuse(page, start, "metadata without a text", "a blank and a text after the name");
    }
    this.#take(start);
    this.#from = end + 1;
    // Of a name that is too long the end is enough, to look for the unit.
    const isLong = nameEnd - nameStart > MAX_NAME_BYTES;
    const shownStart = isLong ? nameEnd - MAX_NAME_BYTES : nameStart;
    const name = binaryText(page, shownStart, nameEnd);
    const text = page.subarray(blank + 1, end);
    if (kind === "UNIT ") checkUnit(page, start, name, text);
    const type = kind === "TYPE " ? readType(page, start, text) : undefined;
    const help = kind !== "HELP "
      ? ""
      : decodeUtf8(text) ?? refuse(page, start, "a HELP text that is not UTF-8", "UTF-8");
    if (isLong || !isMetricName(name)) return end + 1;
    if (type !== undefined) this.#type(name, type);
    else if (kind === "HELP ") this.#help(name, text, help);
    return end + 1;
  }

  #type(name: string, [word, suffix]: readonly [type: string, suffix: string]): void {
    const full = name.endsWith(suffix) ? name : name + suffix;
    if (this.#names.has(name)) return;
    this.#names.set(name, full);
    const help = this.#helps.get(name);
    if (help !== undefined) this.#put("HELP", full, help);
    this.#helps.delete(name);
    this.#put("TYPE", full, encoder.encode(word));
  }

  #help(name: string, text: Uint8Array, decoded: string): void {
    // A text that is too long is for the relabeler to leave out.
    const help = text.length > 2 * MAX_HELP_BYTES ? text : unescapeQuotes(text, decoded);
    const full = this.#names.get(name);
    if (full === undefined) this.#helps.set(name, help);
    else this.#put("HELP", full, help);
  }

  #put(word: string, name: string, text: Uint8Array): void {
    this.#write(encoder.encode(`# ${word} ${name} `));
    this.#write(text);
    this.#write(LINE_END);
  }

  #sample(start: number): number {
    const page = this.#page;
    const nameEnd = scanMetricName(page, start);
    if (nameEnd === start && page[start] !== BRACE_OPEN) {
      refuse(page, start, "no metric name", "a name, HELP, TYPE, UNIT or EOF");
    }
    let at = nameEnd;
    if (page[at] === BRACE_OPEN) at = scanLabels(page, start, at + 1, nameEnd === start);
    at = scanValue(page, start, at, "the value");
    // Lines without anything to leave out are taken over many at once.
    if (page[at] === LF) return at + 1;
    this.#take(at);
    this.#write(LINE_END);
    if (page[at] === SPACE && !isExemplar(page, at)) {
      at = scanTimestamp(page, start, at, "");
    }
    if (isExemplar(page, at)) at = scanExemplar(page, start, at + 4);
    if (page[at] !== LF) refuse(page, start, "text behind the sample", "a line feed");
    this.#from = at + 1;
    return at + 1;
  }

  /** Takes over what is not taken over yet, up to here. */
  #take(end: number): void {
    if (end > this.#from) this.#write(this.#page.subarray(this.#from, end));
    this.#from = end;
  }

  #write(bytes: Uint8Array): void {
    const used = this.#used + bytes.length;
    if (used > this.#out.length) {
      const grown = new Uint8Array(2 * used);
      grown.set(this.#out.subarray(0, this.#used));
      this.#out = grown;
    }
    this.#out.set(bytes, this.#used);
    this.#used = used;
  }
}

/** Quotes are escaped in a HELP text here and not there; the other two escapes are the same. */
function unescapeQuotes(text: Uint8Array, help: string): Uint8Array {
  if (!help.includes("\\")) return text;
  return encoder.encode(
    help.replace(/\\([\\n"])/g, (escape, which) => which === '"' ? '"' : escape),
  );
}

function readType(page: Uint8Array, start: number, text: Uint8Array) {
  const word = binaryText(text, 0, Math.min(text.length, 20));
  const type = Object.hasOwn(TYPES, word) ? TYPES[word] : undefined;
  return type ?? refuse(page, start, "an unknown TYPE", "counter, gauge, histogram, … or unknown");
}

function checkUnit(page: Uint8Array, start: number, name: string, text: Uint8Array): void {
  const unit = binaryText(text, 0, Math.min(text.length, 1024));
  if (unit !== "" && !(name.endsWith(`_${unit}`))) {
    refuse(page, start, "a UNIT that is no suffix of the name", "_ and the unit at its end");
  }
}
