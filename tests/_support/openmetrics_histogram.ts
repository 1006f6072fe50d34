/**
 * The rules that OpenMetrics sets for the samples of one histogram taken together.
 *
 * @module
 */

import { parseNumber, type ReadSample, seriesKey, withoutLabel } from "./read_family.ts";

/** One metric of a histogram at one time. */
interface Point {
  bound: number | undefined;
  inLast: number;
  hasNegativeBound: boolean;
  count: number | undefined;
  sum: number | undefined;
  gaugeSum: number | undefined;
}

function checkPoint(point: Point): string | undefined {
  const { count, sum, gaugeSum } = point;
  const hasSum = sum !== undefined || gaugeSum !== undefined;
  if (point.bound !== Infinity) return "no +Inf bucket";
  if (count !== undefined && count !== point.inLast) return "count and +Inf bucket differ";
  if (hasSum && count === undefined) return "a sum without a count";
  if (!hasSum && count !== undefined) return "a count without a sum";
  if (point.hasNegativeBound && sum !== undefined) return "a sum with a negative bound";
  if (!point.hasNegativeBound && gaugeSum !== undefined && gaugeSum < 0) {
    return "a negative sum without a negative bound";
  }
  return undefined;
}

/**
 * What is wrong with the samples of a `histogram` or `gaugehistogram`; undefined for nothing.
 *
 * @param samples In the order of the page; each metric stands in one place, each bucket has a
 * bound.
 */
export function checkHistogram(name: string, samples: readonly ReadSample[]): string | undefined {
  const points = new Map<string, Point>();
  for (const sample of samples) {
    const suffix = sample.name.slice(name.length);
    const labels = suffix === "_bucket" ? withoutLabel(sample.labels, "le") : sample.labels;
    const key = seriesKey(String(sample.timestamp), labels);
    const point = points.get(key) ?? {
      bound: undefined,
      inLast: 0,
      hasNegativeBound: false,
      count: undefined,
      sum: undefined,
      gaugeSum: undefined,
    };
    points.set(key, point);
    if (suffix === "_bucket") {
      const bound = parseNumber(sample.labels["le"] ?? "") ?? NaN;
      if (point.bound !== undefined && bound <= point.bound) return "bounds do not rise";
      if (sample.value < point.inLast) return "buckets are not cumulative";
      point.bound = bound;
      point.inLast = sample.value;
      if (bound < 0) point.hasNegativeBound = true;
    }
    if (suffix === "_count" || suffix === "_gcount") point.count = sample.value;
    if (suffix === "_sum") point.sum = sample.value;
    if (suffix === "_gsum") point.gaugeSum = sample.value;
  }
  for (const point of points.values()) {
    const reason = checkPoint(point);
    if (reason !== undefined) return reason;
  }
  return undefined;
}
