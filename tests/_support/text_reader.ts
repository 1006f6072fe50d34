/**
 * A strict reader of text format 0.0.4. It takes a page only if a Prometheus server and promtool
 * both take it, and on top holds it to the rules of the format that neither checks: one place for
 * each family, metadata first, no series twice, whole histograms and summaries.
 *
 * @module
 */

import {
  decodePage,
  parseNumber,
  type ReadFamily,
  type ReadSample,
  seriesKey,
  unreadable,
  withoutLabel,
} from "./read_family.ts";
import { parseComment, parseSample } from "./text_line.ts";

interface Building {
  readonly name: string;
  type: string | undefined;
  help: string | undefined;
  readonly samples: ReadSample[];
  readonly series: Set<string>;
}

/** Suffixes of the samples of a type; none of its own name where "" is missing. */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  histogram: ["_bucket", "_sum", "_count"],
  summary: ["", "_sum", "_count"],
};

/** The family that a name on a line belongs to, as promtool finds it; undefined for a new one. */
function findFamily(families: ReadonlyMap<string, Building>, name: string): Building | undefined {
  const own = families.get(name);
  if (own !== undefined) return own;
  for (const type of ["summary", "histogram"]) {
    for (const suffix of ["_bucket", "_sum", "_count"]) {
      if (!SUFFIXES[type]?.includes(suffix) || !name.endsWith(suffix)) continue;
      const family = families.get(name.slice(0, -suffix.length));
      if (family?.type === type) return family;
    }
  }
  return undefined;
}

function checkSample(family: Building, sample: ReadSample): string | undefined {
  const suffix = sample.name.slice(family.name.length);
  const allowed = SUFFIXES[family.type ?? "untyped"] ?? [""];
  if (!allowed.includes(suffix)) return `a ${family.type} has no sample of this name`;
  if (suffix === "_bucket" && parseNumber(sample.labels["le"] ?? "") === undefined) {
    return "a bucket without a bound";
  }
  if (family.type === "summary" && suffix === "") {
    const quantile = parseNumber(sample.labels["quantile"] ?? "");
    if (quantile === undefined || !(quantile >= 0 && quantile <= 1)) return "no quantile of 0 to 1";
  }
  const isCount = suffix === "_bucket" || suffix === "_count";
  if (isCount && !(Number.isInteger(sample.value) && sample.value >= 0)) {
    return "a count that is not a whole number";
  }
  const series = seriesKey(sample.name, sample.labels);
  if (family.series.has(series)) return "a series twice";
  family.series.add(series);
  return undefined;
}

/** What is wrong with a histogram or summary as a whole; undefined for nothing. */
function checkFamily(family: Building): string | undefined {
  const splitLabel = { histogram: "le", summary: "quantile" }[family.type ?? ""];
  if (splitLabel === undefined) return undefined;
  const metrics = Map.groupBy(
    family.samples,
    ({ labels }) => seriesKey("", withoutLabel(labels, splitLabel)),
  );
  for (const samples of metrics.values()) {
    const parts = samples.filter(({ labels }) => Object.hasOwn(labels, splitLabel));
    const bounds = parts.map(({ labels }) => parseNumber(labels[splitLabel] ?? "") ?? NaN);
    if (parts.some(({ name }) => /_(?:sum|count)$/.test(name.slice(family.name.length)))) {
      return `a sum or count with ${splitLabel}`;
    }
    if (bounds.some((bound, i) => i > 0 && !(bound > (bounds[i - 1] ?? NaN)))) {
      return `${splitLabel} does not rise`;
    }
    // A summary may go without sum and count: everybody takes it, OpenMetrics too.
    if (family.type === "summary") continue;
    const count = samples.find(({ name }) => name === `${family.name}_count`)?.value;
    if (count === undefined) return "no count";
    if (!samples.some(({ name }) => name === `${family.name}_sum`)) return "no sum";
    const values = parts.map(({ value }) => value);
    if (bounds.at(-1) !== Infinity) return "no +Inf bucket";
    if (values.at(-1) !== count) return "count and +Inf bucket differ";
    if (values.some((value, i) => i > 0 && value < (values[i - 1] ?? 0))) {
      return "buckets are not cumulative";
    }
  }
  return undefined;
}

/**
 * Reads a page of text format 0.0.4.
 *
 * @returns The families in the order of the page; a sample without TYPE is a family of `untyped`.
 * @throws {SyntaxError} If the page is not valid; it names the line.
 */
export function readText(page: string | Uint8Array): readonly ReadFamily[] {
  const lines = decodePage(page).split("\n");
  const last = lines.pop() ?? "";
  if (last !== "") throw unreadable(lines.length + 1, "no line feed at its end", last);
  const families = new Map<string, Building>();
  let current: Building | undefined;

  const enter = (name: string, line: number, text: string): Building => {
    let family = findFamily(families, name);
    if (family !== undefined && family !== current) {
      throw unreadable(line, `the family ${family.name} in two places`, text);
    }
    if (family === undefined) {
      family = { name, type: undefined, help: undefined, samples: [], series: new Set() };
      families.set(name, family);
      current = family;
    }
    return family;
  };

  for (const [index, text] of lines.entries()) {
    const line = index + 1;
    if (/^[ \t]*$/.test(text)) continue;
    if (text.startsWith("#")) {
      const metadata = parseComment(text);
      if (metadata === undefined) continue;
      if (typeof metadata === "string") throw unreadable(line, metadata, text);
      const family = enter(metadata.name, line, text);
      const key = metadata.keyword === "HELP" ? "help" : "type";
      if (family.name !== metadata.name) throw unreadable(line, `part of ${family.name}`, text);
      if (family.samples.length > 0) throw unreadable(line, "metadata after the samples", text);
      if (family[key] !== undefined) throw unreadable(line, `a second ${metadata.keyword}`, text);
      family[key] = metadata.text;
    } else {
      const sample = parseSample(text);
      if (typeof sample === "string") throw unreadable(line, sample, text);
      const family = enter(sample.name, line, text);
      const reason = checkSample(family, sample);
      if (reason !== undefined) throw unreadable(line, reason, text);
      family.samples.push(sample);
    }
  }
  return [...families.values()].map((family) => {
    const reason = checkFamily(family);
    if (reason !== undefined) throw unreadable(lines.length, reason, `end of ${family.name}`);
    const { name, type = "untyped", help = "", samples } = family;
    return { name, type, help, samples };
  });
}
