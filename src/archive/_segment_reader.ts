/**
 * Reads segments, and puts those aside that cannot be read, so that one damaged segment costs
 * itself only and can be looked at.
 *
 * @module
 */

import type { SegmentStore, SegmentVersion } from "./segment_store.ts";

/** How often is looked for a segment that another process replaces at the same time. */
const MAX_LOOKS = 3;

/** Receives the log lines of the archive. */
export interface ArchiveLog {
  /** Something is worse than it should be, once each trouble. */
  warning(message: string, properties?: Readonly<Record<string, unknown>>): void;
  /** A trouble is over. */
  info(message: string, properties?: Readonly<Record<string, unknown>>): void;
}

/** What a {@linkcode SegmentReader} needs. */
export interface SegmentReaderOptions {
  /** Where segments are kept. */
  readonly store: SegmentStore;
  /** Is told of damaged segments. */
  readonly log: ArchiveLog;
}

/** Reads segments. */
export class SegmentReader {
  readonly #options: SegmentReaderOptions;
  /** Damaged versions that could not be put aside: each is told once, however often it is read. */
  readonly #leftOut = new Set<string>();
  #damaged = 0;

  /** A reader that has read nothing. */
  constructor(options: SegmentReaderOptions) {
    this.#options = options;
  }

  /** Damaged segments, put aside or, where nothing can be written, left out. */
  get damagedCount(): number {
    return this.#damaged;
  }

  /**
   * The newest version that can be read; damaged ones are put aside, or left out where nothing can
   * be written. One that is not there is not damaged: another process has replaced it since, or is
   * about to write it.
   *
   * @returns undefined if none can be read.
   */
  async read<T>(
    versions: readonly SegmentVersion[],
    decode: (bytes: Uint8Array<ArrayBuffer>) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const { store } = this.#options;
    let newer = versions;
    for (let look = 1; newer.length > 0; look++) {
      for (const version of newer) {
        const bytes = await store.read(version);
        if (bytes === undefined) continue;
        const contents = await decode(bytes);
        if (contents !== undefined) return contents;
        await this.#putAside(version, bytes);
      }
      if (look === MAX_LOOKS) return undefined;
      const [{ number, segment } = { number: 0, segment: "" }] = newer;
      const all = (await store.list()).get(segment) ?? [];
      newer = all.filter((version) => version.number > number);
    }
    return undefined;
  }

  async #putAside(version: SegmentVersion, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    const { log, store } = this.#options;
    const { number, segment } = version;
    try {
      await store.write(`damaged/${segment}`, bytes);
      await store.delete(version);
    } catch {
      // The archive tells that nothing can be written. The other segments can be read.
      const name = `${segment}@${number}`;
      if (this.#leftOut.has(name)) return;
      this.#leftOut.add(name);
      this.#damaged++;
      log.warning(
        "Left out a damaged segment of the history, which cannot be put aside: {segment}",
        { segment },
      );
      return;
    }
    this.#damaged++;
    log.warning("Put aside a damaged segment of the history: {segment}", { segment });
  }
}
