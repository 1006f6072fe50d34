/**
 * Which entries of the settings that choose devices have matched a device: an entry that never does
 * is most likely misspelt.
 *
 * @module
 */

import type { Device } from "../tailscale/device.ts";
import { createDeviceFilter, type DeviceFilter } from "./filter.ts";

/** One entry of a setting that chooses devices. */
export interface FilterEntry {
  /** The setting's variable. */
  readonly setting: "TARGET_DEVICES" | "EXCLUDE_DEVICES" | "DEVICE_TAGS" | "SCRAPE_TAG";
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
  /** Called once for each entry that matches nothing in the first list. */
  readonly onIdle?: (entry: FilterEntry) => void;
  /** Called when an entry of which `onIdle` told matches a device for the first time. */
  readonly onUsed?: (entry: FilterEntry) => void;
}

/** What to tell of an entry that matches no device. */
export function describeIdle({ setting, entry }: FilterEntry): string {
  return setting === "SCRAPE_TAG"
    ? `No device is scraped: none that passes the filters has the tag of SCRAPE_TAG=${entry}`
    : `No device matches "${entry}" of ${setting}`;
}

type Matcher = FilterEntry & { readonly matches: DeviceFilter };

/** Follows which entries have matched a device so far. */
export class FilterUse {
  readonly #options: FilterUseOptions;
  #idle: readonly Matcher[];
  #counts: { readonly listed: number; readonly passed: number } | undefined;

  /** No device has been seen yet. */
  constructor(options: FilterUseOptions) {
    this.#options = options;
    this.#idle = makeMatchers(options);
  }

  /** Devices in the last list, and those of them that pass the filters; undefined before it. */
  get counts(): { readonly listed: number; readonly passed: number } | undefined {
    return this.#counts;
  }

  /** The entries that have matched no device so far; empty before the first list with a device. */
  get idle(): readonly FilterEntry[] {
    if (this.#counts === undefined || this.#counts.listed === 0) return [];
    return this.#idle.map(({ setting, entry }) => ({ setting, entry }));
  }

  /**
   * Takes a device list. Only entries that have never matched cost anything.
   *
   * @param listed The whole list.
   * @param passed Those of it that pass the filters; the scrape tag counts among these only.
   */
  take(listed: readonly Device[], passed: readonly Device[]): void {
    const { onIdle, onUsed } = this.#options;
    const isFirst = (this.#counts?.listed ?? 0) === 0;
    this.#counts = { listed: listed.length, passed: passed.length };
    if (listed.length === 0 || this.#idle.length === 0) return;
    const stillIdle: Matcher[] = [];
    for (const one of this.#idle) {
      const devices = one.setting === "SCRAPE_TAG" ? passed : listed;
      if (!devices.some(one.matches)) {
        stillIdle.push(one);
        if (isFirst) onIdle?.(one);
      } else if (!isFirst) onUsed?.(one);
    }
    this.#idle = stillIdle;
  }
}

function makeMatchers(options: FilterUseOptions): readonly Matcher[] {
  const { excludes, scrapeTag, tags, targets } = options;
  const none = { targets: [], excludes: [], tags: [] };
  const byName = (setting: FilterEntry["setting"]) => (entry: string): Matcher => ({
    setting,
    entry,
    matches: createDeviceFilter({ ...none, targets: [entry] }),
  });
  const byTag = (setting: FilterEntry["setting"]) => (entry: string): Matcher => ({
    setting,
    entry,
    matches: createDeviceFilter({ ...none, tags: [entry] }),
  });
  return [
    ...targets.map(byName("TARGET_DEVICES")),
    ...excludes.map(byName("EXCLUDE_DEVICES")),
    ...tags.map(byTag("DEVICE_TAGS")),
    ...(scrapeTag === "" ? [] : [scrapeTag]).map(byTag("SCRAPE_TAG")),
  ];
}
