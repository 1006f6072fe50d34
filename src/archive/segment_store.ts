/**
 * Segments: named bytes that outlive the process, over the Cache API, which needs no permission.
 *
 * Each version of a segment is a cache of its own with one entry. A write makes the new version
 * before the old one is deleted, so that a process that is killed in between leaves a whole one.
 * Deno (2.9.6) never removes the body of an entry that is replaced or deleted, but removes a whole
 * cache with all of it: entries of one cache would leak a file at each write.
 *
 * `localStorage`, where the watchdog keeps its state, has 10 MB in all, is synchronous (5 ms for
 * 120 kB) and takes text only.
 *
 * @module
 */

import type { CachesLike } from "../runtime.ts";

/** One version of a segment. */
export interface SegmentVersion {
  /** The segment. */
  readonly segment: string;
  /** Rises with each write. */
  readonly number: number;
}

/** All versions of all segments by name: a segment's newest first. */
export type SegmentVersions = ReadonlyMap<string, readonly SegmentVersion[]>;

/** The URL of the one entry; it is never fetched. */
const ENTRY = "http://segment.invalid/";

/** Maximum size of a segment that is read, in bytes. */
const MAX_BYTES = 64 * 2 ** 20;

/** Keeps segments. All methods reject where the platform has no place for them. */
export class SegmentStore {
  readonly #caches: () => CachesLike;
  readonly #prefix: string;

  /**
   * A store over origin storage.
   *
   * @param caches Gives the platform's caches, and may throw; called at each use.
   * @param name Tells this store from others of the same origin.
   */
  constructor(caches: () => CachesLike, name: string) {
    this.#caches = caches;
    this.#prefix = `${encodeURIComponent(name)}/`;
  }

  /** All versions of all segments. */
  async list(): Promise<SegmentVersions> {
    const versions = new Map<string, SegmentVersion[]>();
    for (const name of await this.#caches().keys()) {
      const version = this.#versionOf(name);
      if (version === undefined) continue;
      const list = versions.get(version.segment);
      if (list === undefined) versions.set(version.segment, [version]);
      else list.push(version);
    }
    for (const list of versions.values()) list.sort((a, b) => b.number - a.number);
    return versions;
  }

  /**
   * The bytes of a version: none of one that is too large.
   *
   * @returns undefined if it is not there: another process has replaced it, or will write it.
   */
  async read(version: SegmentVersion): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const name = this.#nameOf(version);
    const caches = this.#caches();
    // To open a cache makes it: one that was deleted meanwhile would come back without its entry.
    if (!await caches.has(name)) return undefined;
    const response = await (await caches.open(name)).match(ENTRY);
    if (response === undefined) return undefined;
    const bytes = new Uint8Array(await response.arrayBuffer());
    return bytes.length > MAX_BYTES ? new Uint8Array() : bytes;
  }

  /** Writes a new version, then deletes all older ones. */
  async write(segment: string, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const old = (await this.list()).get(segment) ?? [];
    const number = (old[0]?.number ?? 0) + 1;
    const cache = await this.#caches().open(this.#nameOf({ segment, number }));
    await cache.put(ENTRY, new Response(bytes));
    for (const version of old) await this.#caches().delete(this.#nameOf(version));
  }

  /** Deletes one version. */
  async delete(version: SegmentVersion): Promise<void> {
    await this.#caches().delete(this.#nameOf(version));
  }

  #nameOf({ number, segment }: SegmentVersion): string {
    return `${this.#prefix}${segment}@${number}`;
  }

  #versionOf(name: string): SegmentVersion | undefined {
    if (!name.startsWith(this.#prefix)) return undefined;
    const [, segment, digits] = /^(.+)@(\d{1,15})$/.exec(name.slice(this.#prefix.length)) ?? [];
    return segment === undefined ? undefined : { segment, number: Number(digits) };
  }
}
