/**
 * Compares what a page of ours relays of a device with the device's own page, fetched before and
 * after: what cannot have moved is the same, what counts lies between.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { type ReadFamily, type ReadSample, seriesKey } from "../_support/read_family.ts";
import { readText } from "../_support/text_reader.ts";

/** The device's page just before and just after ours was made. */
export interface Neighbours {
  /** The page before. */
  readonly before: string;
  /** The page after. */
  readonly after: string;
}

/**
 * Fails unless exactly the device's families are relayed, with their types, help and labels.
 *
 * @param families All families of our page.
 * @param id The device's id, by which its samples are found.
 * @returns The names of the relayed families.
 */
export function assertRelayed(
  families: readonly ReadFamily[],
  id: string,
  { before, after }: Neighbours,
): readonly string[] {
  const [lowest, highest] = [readSamples(before), readSamples(after)];
  const relayed = families
    .filter(({ name }) => name.startsWith("tailscaled_"))
    .map((family) => ({ ...family, samples: family.samples.filter(isOf(id)) }))
    .filter(({ samples }) => samples.length > 0);
  const seen = new Set<string>();
  for (const { samples, name, type, help } of relayed) {
    for (const { labels, ...sample } of samples) {
      const { device_id: _id, device_name: _name, ...own } = labels;
      const key = seriesKey(sample.name, own);
      const high = highest.get(key);
      assert(high, `Nobody but us has ${key} of device ${id}`);
      assertEquals([name, type, help], [high.family.name, high.family.type, high.family.help]);
      const low = lowest.get(key)?.value ?? 0;
      assertBetween(sample.value, low, high.value, type === "counter", `${key} of device ${id}`);
      seen.add(key);
    }
  }
  assertEquals([...lowest.keys()].filter((key) => !seen.has(key)), []);
  return relayed.map(({ name }) => name);
}

/** The names of all families that a page declares, those without a sample too. */
export function declaredFamilies(page: string): readonly string[] {
  return [...page.matchAll(/^# TYPE (\S+) /gm)].map(([, name = ""]) => name);
}

interface OwnSample {
  readonly family: ReadFamily;
  readonly value: number;
}

function readSamples(page: string): ReadonlyMap<string, OwnSample> {
  return new Map(
    readText(page).flatMap((family) =>
      family.samples.map(({ name, labels, value }) =>
        [seriesKey(name, labels), { family, value }] as const
      )
    ),
  );
}

function isOf(id: string): (sample: ReadSample) => boolean {
  return ({ labels }) => labels["device_id"] === id;
}

/** A gauge that was the same before and after may have been another in between, but not here. */
function assertBetween(
  value: number,
  low: number,
  high: number,
  isCounter: boolean,
  what: string,
): void {
  if (isCounter || low === high) {
    assert(low <= value && value <= high, `${what} is ${value}, not from ${low} to ${high}`);
  }
}
