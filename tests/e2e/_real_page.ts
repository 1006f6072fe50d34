/**
 * What a real tailscaled's page says, and whether it is shown as it came: each sample once, with
 * the device's labels and its own value.
 *
 * @module
 */

import { assertEquals } from "@std/assert";
import type { ReadSample } from "../_support/read_family.ts";
import { readText } from "../_support/text_reader.ts";
import { REAL_PAGE } from "./_fake_tailnet.ts";
import type { Samples } from "./_samples.ts";

/** The samples of {@linkcode REAL_PAGE}. */
export const REAL_SAMPLES: readonly ReadSample[] = samplesOf(REAL_PAGE);

/** All samples of a page. */
export function samplesOf(page: string): readonly ReadSample[] {
  return readText(page).flatMap((family) => family.samples);
}

/**
 * Fails unless a device's samples are those of its page.
 *
 * @param labels The device's own, by which it is known.
 * @param wanted What its page says; Default: {@linkcode REAL_SAMPLES}.
 */
export function assertShown(
  samples: Samples,
  labels: Readonly<Record<string, string>>,
  wanted: readonly ReadSample[] = REAL_SAMPLES,
): void {
  for (const { name, labels: own, value } of wanted) {
    const shown = samples.all(name, { ...labels, ...own }).map((sample) => sample.value);
    assertEquals(shown, [value], `${name} of ${labels.device_id}`);
  }
}
