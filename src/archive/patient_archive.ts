/**
 * An archive that is not waited for without end: a store that hangs must not hold up the cycle.
 *
 * @module
 */

import type { Delay } from "../time/delay.ts";
import { isSettledWithin } from "../time/timeout.ts";
import type { ArchiveLog } from "./_segment_reader.ts";
import type { Archive } from "./archive.ts";

/** Maximum wait for the past to be read, for a save, and for the last save, in milliseconds. */
const MAX_LOAD_MS = 10_000, MAX_SAVE_MS = 2_000, MAX_LAST_SAVE_MS = 3_000;

/** What a {@linkcode PatientArchive} needs. */
export interface PatientArchiveOptions {
  /** The archive. */
  readonly archive: Pick<Archive, "load" | "save">;
  /** Waits. Default: a timer. */
  readonly delay?: Delay | undefined;
  /** Is told that the past could not be read in time. */
  readonly log: Pick<ArchiveLog, "warning">;
}

/** Bounds the waits for an archive. */
export class PatientArchive {
  readonly #options: PatientArchiveOptions;
  #isSaving = false;

  /** Nothing is read or written yet. */
  constructor(options: PatientArchiveOptions) {
    this.#options = options;
  }

  /** Waits until the past is read, for ten seconds at most: then it goes on without one. */
  async load(): Promise<void> {
    const { archive, log } = this.#options;
    if (await this.#isSettled(MAX_LOAD_MS, archive.load())) return;
    log.warning("Cannot read the history within {seconds} s: going on without it", {
      seconds: MAX_LOAD_MS / 1000,
    });
  }

  /** Waits for a save, but not for long; while an earlier one hangs there is no other. */
  async save(): Promise<void> {
    if (this.#isSaving) return;
    this.#isSaving = true;
    const save = this.#options.archive.save().finally(() => this.#isSaving = false);
    await this.#isSettled(MAX_SAVE_MS, save);
  }

  /** Saves everything at the end of the process. */
  async saveLast(): Promise<void> {
    await this.#isSettled(MAX_LAST_SAVE_MS, this.#options.archive.save(true));
  }

  #isSettled(ms: number, work: Promise<void>): Promise<boolean> {
    const { delay } = this.#options;
    return isSettledWithin(ms, work, delay && { delay });
  }
}
