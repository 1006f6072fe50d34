/**
 * Silences: which alerts are not sent, and until when.
 *
 * @module
 */

import { matchGlob } from "../text/glob.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import type { Alert, EndedSilence, Silence, SilenceDraft } from "./alert.ts";

/** Maximum number of silences. */
export const MAX_SILENCES = 500;

/** Longest silence, in milliseconds. */
export const MAX_SILENCE_MS = 365 * 86_400_000;

/** Longest pattern and longest comment, in UTF-16 units. */
const MAX_PATTERN = 253, MAX_COMMENT = 1_000;

/** Maximum number of answers that are kept; there are half as many alerts. */
const MAX_KNOWN = 10_000;

/** Whatever tells which silences an alert has. */
export type Silenceable = Pick<Alert, "node" | "rule">;

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
  #ended: readonly EndedSilence[] = [];
  /** What is known while the silences are these. */
  #judge = new Judge([]);

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
    const rest = before.filter((silence) => silence.id !== id);
    for (const silence of before) {
      if (silence.id === id) this.#ended = [...this.ended(), { id, untilMs: silence.untilMs }];
    }
    if (rest.length === before.length) return false;
    this.#silences = rest;
    return true;
  }

  /** Those that were ended before their time, until then. */
  ended(): readonly EndedSilence[] {
    const nowMs = this.#options.now();
    this.#ended = this.#ended.filter(({ untilMs }) => untilMs > nowMs).slice(-MAX_SILENCES);
    return this.#ended;
  }

  /** Puts back the silences that an earlier process had. */
  restore(silences: readonly Silence[], ended: readonly EndedSilence[] = []): void {
    this.#silences = [...silences, ...this.#silences].slice(-MAX_SILENCES);
    this.#ended = [...ended, ...this.#ended];
  }

  /**
   * Judges alerts in slices of time: with 500 silences whose patterns are made to be slow, 5,000
   * alerts take seconds. Each is judged once while the silences stay the same.
   *
   * @returns Tells how one of these alerts is silenced; undefined if it is not.
   */
  async judge(
    alerts: Iterable<Silenceable>,
    slices: TimeSliceOptions,
  ): Promise<(alert: Silenceable) => Silencing | undefined> {
    const silences = this.list();
    if (silences !== this.#judge.silences || this.#judge.isFull) {
      this.#judge = new Judge(silences);
    }
    const judge = this.#judge;
    const slice = new TimeSlice(slices);
    for (const alert of alerts) {
      if (slice.isOver) await slice.next();
      judge.silencing(alert);
    }
    return (alert) => judge.silencing(alert);
  }
}

/** Between when and when an alert is silenced, in milliseconds since 1970. */
export interface Silencing {
  /** When the first of its silences was made. */
  readonly sinceMs: number;
  /** When the last of them ends. */
  readonly untilMs: number;
}

/** Judges alerts by silences that do not change, and remembers the answers. */
class Judge {
  readonly silences: readonly Silence[];
  readonly #patterns: readonly (string | undefined)[];
  readonly #known = new Map<string, Silencing | undefined>();

  constructor(silences: readonly Silence[]) {
    this.silences = silences;
    this.#patterns = silences.map(({ node }) => node?.toLowerCase());
  }

  get isFull(): boolean {
    return this.#known.size >= MAX_KNOWN;
  }

  silencing({ node, rule }: Silenceable): Silencing | undefined {
    const id = node === undefined ? rule : `${rule} ${node.name}`;
    const known = this.#known.get(id);
    if (known !== undefined || this.#known.has(id)) return known;
    const found = this.#find(rule, node?.name.toLowerCase());
    this.#known.set(id, found);
    return found;
  }

  #find(rule: Alert["rule"], name: string | undefined): Silencing | undefined {
    const label = name?.split(".", 1)[0];
    let found: Silencing | undefined;
    for (const [at, silence] of this.silences.entries()) {
      if (silence.rule !== undefined && silence.rule !== rule) continue;
      const pattern = this.#patterns[at];
      if (pattern !== undefined && !matches(pattern, name) && !matches(pattern, label)) continue;
      const { createdMs, untilMs } = silence;
      found = {
        sinceMs: Math.min(found?.sinceMs ?? createdMs, createdMs),
        untilMs: Math.max(found?.untilMs ?? untilMs, untilMs),
      };
    }
    return found;
  }
}

function matches(pattern: string, name: string | undefined): boolean {
  return name !== undefined && matchGlob(pattern, name);
}
