/**
 * Which entries of the settings that choose devices match a device: one that does not is most
 * likely misspelt.
 *
 * @module
 */

import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import type { Device } from "../control/device.ts";
import { createDeviceFilter, type DeviceFilter } from "./filter.ts";
import type { KnownDevice } from "../facts/tailnet_facts.ts";
import type { PortRule } from "./port.ts";

/** One entry of a setting that chooses devices. */
export interface FilterEntry {
  /** The setting's variable. */
  readonly setting:
    | "TARGET_DEVICES"
    | "EXCLUDE_DEVICES"
    | "DEVICE_TAGS"
    | "SCRAPE_TAG"
    | "SCRAPE_PORTS";
  /** The entry as it is written. */
  readonly entry: string;
}

/** What a {@linkcode FilterUse} goes by. */
export interface FilterUseOptions {
  /** Entries of `TARGET_DEVICES`. */
  readonly targets: readonly string[];
  /** Entries of `EXCLUDE_DEVICES`. */
  readonly excludes: readonly string[];
  /** Entries of `DEVICE_TAGS`. */
  readonly tags: readonly string[];
  /** `SCRAPE_TAG`; "" selects every device. */
  readonly scrapeTag: string;
  /** Rules of `SCRAPE_PORTS`. Default: none. */
  readonly ports?: readonly PortRule[];
  /** Called once for each entry that matches nothing in the first list. */
  readonly onIdle?: (entry: FilterEntry) => void;
  /** How the work on a long list is cut into slices. */
  readonly slices?: TimeSliceOptions;
}

/**
 * Whether a setting may well have entries that match no device: it excludes devices that might
 * come, or says how to treat them.
 */
export function isPreventive({ setting }: FilterEntry): boolean {
  return setting === "EXCLUDE_DEVICES" || setting === "SCRAPE_PORTS";
}

/** What to tell of an entry that matches no device. */
export function describeIdle({ setting, entry }: FilterEntry): string {
  return setting === "SCRAPE_TAG"
    ? `No device is scraped: none that passes the filters has the tag of SCRAPE_TAG=${entry}`
    : `No device matches "${entry}" of ${setting}`;
}

type Matcher = FilterEntry & { readonly matches: DeviceFilter };

/**
 * Looks at the first list with a device, and no later one: that costs every entry times every
 * device, and devices come and go.
 */
export class FilterUse {
  readonly #options: FilterUseOptions;
  #isDecided = false;
  #idle: readonly FilterEntry[] = [];
  #counts: { readonly listed: number; readonly passed: number } | undefined;

  /** No device has been seen yet. */
  constructor(options: FilterUseOptions) {
    this.#options = options;
  }

  /** Devices in the last list, and those of them that pass the filters; undefined before it. */
  get counts(): { readonly listed: number; readonly passed: number } | undefined {
    return this.#counts;
  }

  /** The entries that matched no device of the first list; empty before it. */
  get idle(): readonly FilterEntry[] {
    return this.#idle;
  }

  /**
   * Takes a device list, in slices: 50 entries and 10,000 devices take 0.1 s.
   *
   * @param listed The whole list.
   * @param passed Those of it that pass the filters; the scrape tag counts among these only.
   */
  async take(listed: readonly Device[], passed: readonly KnownDevice[]): Promise<void> {
    this.#counts = { listed: listed.length, passed: passed.length };
    if (this.#isDecided || listed.length === 0) return;
    this.#isDecided = true;
    const matchers = makeMatchers(this.#options);
    const ofPassed = new Set(matchers.filter(({ setting }) => setting === "SCRAPE_TAG"));
    const ofListed = new Set(matchers).difference(ofPassed);
    const slice = new TimeSlice(this.#options.slices);
    await dropMatching(ofListed, listed, slice);
    await dropMatching(ofPassed, devicesOf(passed), slice);
    this.#idle = matchers.filter((one) => ofListed.has(one) || ofPassed.has(one))
      .map(({ entry, setting }) => ({ entry, setting }));
    for (const one of this.#idle) this.#options.onIdle?.(one);
  }
}

/** Leaves the matchers that match none of the devices. */
async function dropMatching(
  matchers: Set<Matcher>,
  devices: Iterable<Device>,
  slice: TimeSlice,
): Promise<void> {
  for (const device of devices) {
    if (matchers.size === 0) return;
    for (const one of matchers) if (one.matches(device)) matchers.delete(one);
    if (slice.isOver) await slice.next();
  }
}

function* devicesOf(known: readonly KnownDevice[]): Generator<Device> {
  for (const { device } of known) yield device;
}

function makeMatchers(options: FilterUseOptions): readonly Matcher[] {
  const { excludes, ports = [], scrapeTag, tags, targets } = options;
  const byName = (setting: FilterEntry["setting"]) => (entry: string): Matcher => ({
    setting,
    entry,
    matches: createDeviceFilter({ targets: [entry] }),
  });
  const byTag = (setting: FilterEntry["setting"]) => (entry: string): Matcher => ({
    setting,
    entry,
    matches: createDeviceFilter({ tags: [entry] }),
  });
  return [
    ...targets.map(byName("TARGET_DEVICES")),
    ...excludes.map(byName("EXCLUDE_DEVICES")),
    ...tags.map(byTag("DEVICE_TAGS")),
    ...(scrapeTag === "" ? [] : [scrapeTag]).map(byTag("SCRAPE_TAG")),
    ...ports.map(({ pattern, isTag }) =>
      isTag ? byTag("SCRAPE_PORTS")(`tag:${pattern}`) : byName("SCRAPE_PORTS")(pattern)
    ),
  ];
}
