/**
 * Compares the two pages that one state is rendered to: text 0.0.4 and OpenMetrics must hold the
 * same families and samples in the same order.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import { readOpenMetrics } from "./openmetrics_reader.ts";
import type { ReadFamily } from "./read_family.ts";
import { readText } from "./text_reader.ts";

/** A family of a text page as OpenMetrics has to say it. */
function asOpenMetrics(family: ReadFamily): ReadFamily {
  const isCounter = family.type === "counter";
  const isStrict = isCounter && /._total$/.test(family.name);
  const isUnknown = family.type === "untyped" || (isCounter && !isStrict);
  return {
    ...family,
    name: isStrict ? family.name.slice(0, -"_total".length) : family.name,
    type: isUnknown ? "unknown" : family.type,
    samples: family.samples.map((sample) =>
      sample.timestamp === undefined ? sample : { ...sample, timestamp: sample.timestamp / 1000 }
    ),
  };
}

/**
 * Fails unless both pages are valid in their format and say the same.
 *
 * @returns The families of the text page, for further questions.
 * @throws {SyntaxError} If a page is not valid.
 */
export function assertSameSamples(
  textPage: string | Uint8Array,
  openMetricsPage: string | Uint8Array,
): readonly ReadFamily[] {
  const families = readText(textPage);
  assertEquals(readOpenMetrics(openMetricsPage), families.map(asOpenMetrics));
  return families;
}
