/**
 * The families of the current page: which family a line is about, and how many there are.
 *
 * @module
 */

import { limitError } from "./_limit.ts";
import type { MetadataCache } from "./_metadata_cache.ts";
import { beginPage, type PageFamily } from "./_page_family.ts";
import { sampleSuffixes } from "./name.ts";

/** Finds families for one page at a time. */
export class FamilyLookup {
  /** The families of the page, in the order in which it names them. */
  readonly families: PageFamily[] = [];
  readonly #cache: MetadataCache;
  readonly #maxFamilies: number;
  #page = 0;

  /** A lookup before its first page. */
  constructor(cache: MetadataCache, maxFamilies: number) {
    this.#cache = cache;
    this.#maxFamilies = maxFamilies;
  }

  /** Starts a page. */
  begin(): void {
    this.#page += 1;
    for (const family of this.families) {
      family.series = undefined;
      family.distribution = undefined;
    }
    this.families.length = 0;
  }

  /**
   * Makes a family one of the page.
   *
   * @throws {RangeError} If there are too many.
   */
  add(family: PageFamily): void {
    if (family.page === this.#page) return;
    beginPage(family, this.#page);
    const count = this.families.push(family);
    if (count > this.#maxFamilies) throw limitError("families", count, this.#maxFamilies);
  }

  /** The family of a sample: the one of this very name, else the distribution it is a part of. */
  ofSample(name: string): PageFamily {
    const cached = this.#cache.find(name);
    if (cached?.page === this.#page) return cached;
    const suffix = /_(?:bucket|sum|count)$/.exec(name)?.[0];
    if (suffix !== undefined) {
      const base = this.#cache.find(name.slice(0, -suffix.length));
      if (
        base?.page === this.#page && base.distribution !== undefined &&
        sampleSuffixes(base.type ?? "untyped").includes(suffix)
      ) return base;
    }
    const family = this.#cache.family(name);
    this.add(family);
    return family;
  }
}
