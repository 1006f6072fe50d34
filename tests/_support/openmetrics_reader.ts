/**
 * A strict reader of OpenMetrics 1.0: what the specification calls an error is a `SyntaxError`
 * here. It accepts and rejects exactly the cases of the OpenMetrics project. Exemplars and units
 * are checked, then left out of the result.
 *
 * @module
 */

import { checkHistogram } from "./openmetrics_histogram.ts";
import { NAME, parseSample, type ReadSampleLine, unescape } from "./openmetrics_sample.ts";
import {
  decodePage,
  parseNumber,
  parseReal,
  type ReadFamily,
  seriesKey,
  unreadable,
  withoutLabel,
} from "./read_family.ts";

/** Suffixes of the samples that a family of each type may have, and so the names it occupies. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ["_total", "_created"],
  gauge: [""],
  gaugehistogram: ["_gcount", "_gsum", "_bucket"],
  histogram: ["_count", "_sum", "_bucket", "_created"],
  info: ["_info"],
  stateset: [""],
  summary: ["", "_count", "_sum", "_created"],
  unknown: [""],
};

const METADATA = new RegExp(`^# (TYPE|HELP|UNIT) (${NAME}) (.*)$`, "s");

interface Building {
  readonly name: string;
  type: string | undefined;
  help: string | undefined;
  unit: string | undefined;
  readonly samples: ReadSampleLine[];
  /** Labels of the metric being read, and of those before it. */
  group: string | undefined;
  readonly groups: Set<string>;
  timestamp: number | undefined;
  /** Series read at this timestamp. */
  readonly series: Set<string>;
}

function startFamily(name: string, type?: string): Building {
  return {
    name,
    type,
    help: undefined,
    unit: undefined,
    samples: [],
    group: undefined,
    groups: new Set(),
    timestamp: undefined,
    series: new Set(),
  };
}

function mayHold(family: Building, name: string): boolean {
  const suffixes = SUFFIXES[family.type ?? "unknown"] ?? [];
  return suffixes.some((suffix) => name === family.name + suffix);
}

/** What is wrong with one sample by the type of its family; undefined for nothing. */
function checkSample(family: Building, sample: ReadSampleLine): string | undefined {
  const type = family.type ?? "unknown";
  const suffix = sample.name.slice(family.name.length);
  const { labels, value } = sample;
  if (suffix === "_bucket") {
    const bound = parseNumber(labels["le"] ?? "");
    if (bound === undefined || Number.isNaN(bound)) return "a bucket without a bound";
    if (bound === Infinity && labels["le"] !== "+Inf") return "the last bound is not +Inf";
  }
  if (["_bucket", "_count", "_gcount"].includes(suffix) && !Number.isInteger(value)) {
    return "a count that is not a whole number";
  }
  if (type === "summary" && suffix === "") {
    const quantile = parseReal(labels["quantile"] ?? "");
    if (quantile === undefined || quantile < 0 || quantile > 1) return "no quantile of 0 to 1";
    if (value < 0) return "a negative quantile";
  }
  if (type === "stateset") {
    if (!Object.hasOwn(labels, family.name)) return "a stateset without its label";
    if (value !== 0 && value !== 1) return "a state that is neither 0 nor 1";
  }
  if (type === "info" && value !== 1) return "an info that is not 1";
  if (suffix !== "" && suffix !== "_created" && Number.isNaN(value)) return "a counter of NaN";
  if (["_total", "_sum", "_count", "_bucket", "_gcount"].includes(suffix) && value < 0) {
    return "a negative counter";
  }
  const mayHaveExemplar = suffix === "_bucket" || suffix === "_total";
  if (sample.hasExemplar && !mayHaveExemplar) return "an exemplar on this sample";
  return undefined;
}

function groupOf(family: Building, sample: ReadSampleLine): string {
  switch (family.type) {
    case "info":
      return ""; // Which labels are the metric's and which the info's cannot be told.
    case "stateset":
      return seriesKey("", withoutLabel(sample.labels, family.name));
    case "summary":
      return seriesKey(
        "",
        sample.name === family.name ? withoutLabel(sample.labels, "quantile") : sample.labels,
      );
    case "histogram":
    case "gaugehistogram":
      return seriesKey(
        "",
        sample.name.endsWith("_bucket") ? withoutLabel(sample.labels, "le") : sample.labels,
      );
    default:
      return seriesKey("", sample.labels);
  }
}

/** Appends a sample; what is wrong with its place among the others, undefined for nothing. */
function appendSample(family: Building, sample: ReadSampleLine): string | undefined {
  const group = groupOf(family, sample);
  if (group === family.group) {
    const [before, now] = [family.timestamp, sample.timestamp];
    if ((before === undefined) !== (now === undefined)) return "a timestamp on some samples only";
    if (before !== undefined && now !== undefined && before > now && family.type !== "info") {
      return "a timestamp before the last one";
    }
    if (before !== now) family.series.clear();
  } else {
    if (family.groups.has(group)) return "a metric in two places";
    if (family.type !== "info") family.series.clear();
  }
  family.group = group;
  family.groups.add(group);
  family.timestamp = sample.timestamp;
  const series = seriesKey(sample.name, sample.labels);
  if (family.series.has(series)) {
    // With a timestamp it may be one whose last digits were cut off: the first one counts.
    return sample.timestamp === undefined ? "a series twice" : undefined;
  }
  family.series.add(series);
  family.samples.push(sample);
  return undefined;
}

function setMetadata(family: Building, keyword: string, text: string): string | undefined {
  if (family.samples.length > 0) return "metadata after the samples";
  switch (keyword) {
    case "TYPE":
      if (family.type !== undefined) return "a second TYPE";
      if (!Object.hasOwn(SUFFIXES, text)) return "not a type";
      family.type = text;
      return undefined;
    case "HELP":
      if (family.help !== undefined) return "a second HELP";
      family.help = unescape(text);
      return undefined;
    default:
      if (family.unit !== undefined) return "a second UNIT";
      if (text !== "" && !family.name.endsWith(`_${text}`)) return "the unit is not a suffix";
      family.unit = text;
      return undefined;
  }
}

/** What is wrong with a family as a whole; undefined for nothing. */
function checkFamily(family: Building, occupied: Set<string>): string | undefined {
  const type = family.type ?? "unknown";
  for (const suffix of new Set(["", ...SUFFIXES[type] ?? []])) {
    const name = family.name + suffix;
    if (occupied.has(name)) return `the name ${name} is taken`;
    occupied.add(name);
  }
  if (family.unit && (type === "info" || type === "stateset")) return `a unit on ${type}`;
  if (type === "histogram" || type === "gaugehistogram") {
    return checkHistogram(family.name, family.samples);
  }
  return undefined;
}

/**
 * Reads a page of OpenMetrics 1.0.
 *
 * @returns The families in the order of the page; a sample without TYPE is a family of `unknown`.
 * @throws {SyntaxError} If the page is not valid; it names the line.
 */
export function readOpenMetrics(page: string | Uint8Array): readonly ReadFamily[] {
  const lines = decodePage(page).replace(/\n$/, "").split("\n");
  const last = lines.pop() ?? "";
  if (last !== "# EOF") throw unreadable(lines.length + 1, "the last line is not # EOF", last);
  const occupied = new Set<string>();
  const families: ReadFamily[] = [];
  let family: Building | undefined;

  const finish = (line: number, text: string) => {
    if (family === undefined) return;
    const reason = checkFamily(family, occupied);
    if (reason !== undefined) throw unreadable(line, `${family.name} before it: ${reason}`, text);
    families.push({
      name: family.name,
      type: family.type ?? "unknown",
      help: family.help ?? "",
      samples: family.samples.map(({ hasExemplar: _, ...sample }) => sample),
    });
  };

  for (const [index, text] of lines.entries()) {
    const line = index + 1;
    let reason: string | undefined;
    if (text.startsWith("#")) {
      const [, keyword = "", name = "", rest = ""] = METADATA.exec(text) ?? [];
      if (keyword === "") throw unreadable(line, "neither TYPE, HELP nor UNIT", text);
      if (family?.name !== name) {
        finish(line, text);
        family = startFamily(name);
      }
      reason = setMetadata(family, keyword, rest);
    } else {
      const sample = parseSample(text);
      if (typeof sample === "string") throw unreadable(line, sample, text);
      if (family === undefined || !mayHold(family, sample.name)) {
        finish(line, text);
        family = startFamily(sample.name, "unknown");
      }
      reason = checkSample(family, sample) ?? appendSample(family, sample);
    }
    if (reason !== undefined) throw unreadable(line, reason, text);
  }
  finish(lines.length + 1, last);
  return families;
}
