/**
 * What a page costs a server: series and bytes by family and by label. For `once --explain`, by
 * which operators decide what to drop; no scrape uses it.
 *
 * @module
 */

import { scanMeta } from "./_meta.ts";
import { createSampleLine, type SampleLine, scanSample } from "./_sample_line.ts";
import { binaryText, unescapeText } from "./_scan.ts";

/** A label of one family. */
export interface FamilyLabel {
  /** The label's name. */
  readonly label: string;
  /** The number of its different values there. */
  readonly values: number;
}

/** What one family costs. */
export interface FamilyCensus {
  /** Its name. */
  readonly family: string;
  /** Sample lines. */
  readonly series: number;
  /** Bytes of its lines, HELP and TYPE included. */
  readonly bytes: number;
  /** In the order in which they first occur. */
  readonly labels: readonly FamilyLabel[];
}

/** What one label costs, in all families together. */
export interface LabelCensus {
  /** The label's name. */
  readonly label: string;
  /** Sample lines that have it. */
  readonly series: number;
  /** The number of its different values. */
  readonly values: number;
  /** Bytes of names, values and what stands between. */
  readonly bytes: number;
  /** The values with the most series, unescaped. */
  readonly top: readonly { readonly value: string; readonly series: number }[];
}

/** What a page costs. */
export interface Census {
  /** Sample lines. */
  readonly series: number;
  /** Bytes of the page. */
  readonly bytes: number;
  /** Those with the most series first. */
  readonly families: readonly FamilyCensus[];
  /** Those with the most bytes first. */
  readonly labels: readonly LabelCensus[];
}

/** Settings of {@linkcode takeCensus}. */
export interface CensusOptions {
  /** Number of values that are listed for a label. Default: 3. */
  readonly top?: number;
}

const LF = 0x0a, HASH = 0x23;

/**
 * Counts a page in text format 0.0.4. About a second for a million series; memory grows with the
 * number of different label values.
 *
 * Shape: bytes of a page of ours, in pieces of any size → one entry for each family and label
 *
 * @throws {SyntaxError} If a line is not valid.
 */
export function takeCensus(chunks: Iterable<Uint8Array>, options: CensusOptions = {}): Census {
  const counter = new Counter();
  let rest: Uint8Array = new Uint8Array(0);
  for (const chunk of chunks) {
    const page = new Uint8Array(rest.length + chunk.length);
    page.set(rest);
    page.set(chunk, rest.length);
    const end = page.lastIndexOf(LF) + 1;
    counter.addLines(page, end);
    rest = page.subarray(end);
  }
  if (rest.length > 0) throw new SyntaxError("Cannot count a page that ends within a line");
  return counter.finish(options.top ?? 3);
}

interface FamilyCount {
  series: number;
  bytes: number;
  readonly labels: Map<string, Set<string>>;
}

interface LabelCount {
  bytes: number;
  /** Value → series. */
  readonly values: Map<string, number>;
}

class Counter {
  readonly #families: FamilyCensus[] = [];
  readonly #labels = new Map<string, LabelCount>();
  readonly #line = createSampleLine();
  #name = "";
  #count: FamilyCount = { series: 0, bytes: 0, labels: new Map() };
  #bytes = 0;

  /** Takes whole lines, up to `end`. */
  addLines(page: Uint8Array, end: number): void {
    for (let at = 0; at < end;) {
      if (page[at] === HASH) at = this.#addMeta(page, at);
      else if (page[at] === LF) at += 1;
      else at = this.#addSample(page, at);
    }
    this.#bytes += end;
  }

  #addMeta(page: Uint8Array, start: number): number {
    const meta = scanMeta(page, start);
    if (meta.kind !== "comment") {
      if (meta.name !== this.#name) this.#endFamily(meta.name);
      this.#count.bytes += meta.next - start;
    }
    return meta.next;
  }

  #addSample(page: Uint8Array, start: number): number {
    const line = this.#line;
    scanSample(page, start, line);
    this.#count.series += 1;
    this.#count.bytes += line.next - start;
    for (let at = 0; at < line.labelCount; at++) this.#addLabel(page, line, at * 4);
    return line.next;
  }

  #addLabel(page: Uint8Array, { labels }: SampleLine, at: number): void {
    const name = binaryText(page, labels[at] ?? 0, labels[at + 1] ?? 0);
    const value = binaryText(page, labels[at + 2] ?? 0, labels[at + 3] ?? 0);
    let values = this.#count.labels.get(name);
    if (values === undefined) this.#count.labels.set(name, values = new Set());
    values.add(value);
    let label = this.#labels.get(name);
    if (label === undefined) this.#labels.set(name, label = { bytes: 0, values: new Map() });
    // name="value", and the comma or brace before it
    label.bytes += name.length + value.length + 4;
    label.values.set(value, (label.values.get(value) ?? 0) + 1);
  }

  #endFamily(next: string): void {
    const { series, bytes, labels } = this.#count;
    if (series > 0) {
      this.#families.push({
        family: this.#name,
        series,
        bytes,
        labels: [...labels].map(([label, values]) => ({ label, values: values.size })),
      });
    }
    this.#name = next;
    this.#count = { series: 0, bytes: 0, labels: new Map() };
  }

  finish(top: number): Census {
    this.#endFamily("");
    const labels = [...this.#labels].map(([label, { bytes, values }]): LabelCensus => ({
      label,
      series: [...values.values()].reduce((sum, series) => sum + series, 0),
      values: values.size,
      bytes,
      top: [...values].toSorted((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, top)
        .map(([value, series]) => ({ value: unescape(value), series })),
    }));
    return {
      series: this.#families.reduce((sum, { series }) => sum + series, 0),
      bytes: this.#bytes,
      families: this.#families.toSorted((a, b) => b.series - a.series || order(a.family, b.family)),
      labels: labels.toSorted((a, b) => b.bytes - a.bytes || order(a.label, b.label)),
    };
  }
}

function order(a: string, b: string): number {
  return a < b ? -1 : 1;
}

/** A value as it stands on the page, one character a byte, as its writer meant it. */
function unescape(value: string): string {
  const bytes = Uint8Array.from(value, (character) => character.charCodeAt(0));
  return unescapeText(new TextDecoder().decode(bytes));
}
