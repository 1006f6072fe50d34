/**
 * Leaves out log records that only repeat the one before. A leaf: knows no log.
 *
 * @module
 */

/** How long a repeated record is left out, in milliseconds since it was last written. */
const QUIET_MS = 60_000;

/** Remembers the last record. */
export class RepeatFilter {
  #key: string | undefined;
  #writtenAtMs = 0;
  #leftOut = 0;

  /**
   * Decides about the next record.
   *
   * @param key Equal for two records that say the same.
   * @param atMs When the record was made, in milliseconds since 1970.
   * @returns undefined if the record is to be left out. Otherwise how many were left out since the
   * last one that was written.
   */
  next(key: string, atMs: number): number | undefined {
    const ageMs = atMs - this.#writtenAtMs;
    if (key === this.#key && ageMs >= 0 && ageMs < QUIET_MS) {
      this.#leftOut++;
      return undefined;
    }
    this.#key = key;
    this.#writtenAtMs = atMs;
    return this.takeCount();
  }

  /** How many were left out since the last one that was written; 0 from then on. */
  takeCount(): number {
    const count = this.#leftOut;
    this.#leftOut = 0;
    return count;
  }
}
