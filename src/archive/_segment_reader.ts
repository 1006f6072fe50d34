/**
 * Reads segments, and puts those aside that cannot be read, so that one damaged segment costs
 * itself only and can be looked at.
 *
 * @module
 */

import type { SegmentStore, SegmentVersion } from "./segment_store.ts";

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
  #damaged = 0;

  /** A reader that has read nothing. */
  constructor(options: SegmentReaderOptions) {
    this.#options = options;
  }

  /** Damaged segments that were put aside. */
  get damagedCount(): number {
    return this.#damaged;
  }

  /** The newest version that can be read; undefined if none can. */
  async read<T>(
    versions: readonly SegmentVersion[],
    decode: (bytes: Uint8Array<ArrayBuffer>) => Promise<T | undefined>,
  ): Promise<T | undefined> {
    const { log, store } = this.#options;
    for (const version of versions) {
      const bytes = await store.read(version);
      const contents = bytes && await decode(bytes);
      if (contents !== undefined) return contents;
      this.#damaged++;
      log.warning("Put aside a damaged segment of the history: {segment}", {
        segment: version.segment,
      });
      if (bytes !== undefined) await store.write(`damaged/${version.segment}`, bytes);
      await store.delete(version);
    }
    return undefined;
  }
}
