/**
 * Silences: which alerts are not sent, and until when.
 *
 * @module
 */

import { matchGlob } from "../glob.ts";
import type { Alert, Silence, SilenceDraft } from "./alert.ts";

/** Maximum number of silences. */
export const MAX_SILENCES = 500;

/** Longest silence, in milliseconds. */
export const MAX_SILENCE_MS = 365 * 86_400_000;

/** Longest pattern and longest comment, in UTF-16 units. */
const MAX_PATTERN = 253, MAX_COMMENT = 1_000;

/** Options for a {@linkcode SilenceList}. */
export interface SilenceListOptions {
  /** Clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Makes a unique id. */
  readonly makeId: () => string;
}

/** The silences that have not ended. */
export class SilenceList {
  readonly #options: SilenceListOptions;
  #silences: readonly Silence[] = [];

  /** A list without silences. */
  constructor(options: SilenceListOptions) {
    this.#options = options;
  }

  /** Those that have not ended, in the order in which they were made. */
  list(): readonly Silence[] {
    const nowMs = this.#options.now();
    if (this.#silences.some(({ untilMs }) => untilMs <= nowMs)) {
      this.#silences = this.#silences.filter(({ untilMs }) => untilMs > nowMs);
    }
    return this.#silences;
  }

  /**
   * Adds a silence.
   *
   * @throws {RangeError} If its end or a length is out of bounds, or there are too many; the
   * message says what was wanted.
   */
  add({ comment = "", node, rule, untilMs }: SilenceDraft): Silence {
    const createdMs = this.#options.now();
    if (!(untilMs > createdMs && untilMs - createdMs <= MAX_SILENCE_MS)) {
      throw new RangeError("Cannot silence: wanted an end in the future, within a year");
    }
    if ((node?.length ?? 1) > MAX_PATTERN || node === "" || comment.length > MAX_COMMENT) {
      throw new RangeError(
        `Cannot silence: wanted a pattern of 1 to ${MAX_PATTERN} characters, and a comment of at ` +
          `most ${MAX_COMMENT}`,
      );
    }
    if (this.list().length >= MAX_SILENCES) {
      throw new RangeError(`Cannot silence: there are ${MAX_SILENCES} silences, remove one first`);
    }
    const silence = { id: this.#options.makeId(), rule, node, untilMs, comment, createdMs };
    this.#silences = [...this.#silences, silence];
    return silence;
  }

  /** Ends a silence; false if there is none of this id. */
  remove(id: string): boolean {
    const before = this.list();
    this.#silences = before.filter((silence) => silence.id !== id);
    return this.#silences.length < before.length;
  }

  /** Puts back the silences that an earlier process had. */
  restore(silences: readonly Silence[]): void {
    this.#silences = [...silences, ...this.#silences].slice(-MAX_SILENCES);
  }

  /** When the last silence of an alert ends, in milliseconds since 1970; undefined for none. */
  untilMs({ node, rule }: Pick<Alert, "node" | "rule">): number | undefined {
    let untilMs: number | undefined;
    for (const silence of this.list()) {
      if (silence.rule !== undefined && silence.rule !== rule) continue;
      if (silence.node !== undefined && !matchesNode(silence.node, node?.name)) continue;
      untilMs = Math.max(untilMs ?? 0, silence.untilMs);
    }
    return untilMs;
  }
}

function matchesNode(pattern: string, name: string | undefined): boolean {
  if (name === undefined) return false;
  const [glob, full] = [pattern.toLowerCase(), name.toLowerCase()];
  return matchGlob(glob, full) || matchGlob(glob, full.split(".", 1)[0] ?? full);
}
