/**
 * Runs cases of seeds in a row and counts.
 *
 * @module
 */

import { Cases } from "./_case.ts";

/** Cases before all state is reset, so that a failure needs no long history. */
const HISTORY = 1_000;

/** What to run. */
export interface FuzzOptions {
  /** The first seed; even seeds are pages, odd ones answers. */
  readonly seed: number;
  /** How many seeds. */
  readonly count: number;
  /** Milliseconds after which it ends, done or not. Default: no bound. */
  readonly maxMs?: number;
  /** Makes the cases of one row, with fresh state. Default: {@linkcode Cases}. */
  readonly createCases?: () => Pick<Cases, "run">;
}

/** What came of it. */
export interface FuzzResult {
  /** Cases wanted. */
  readonly count: number;
  /** Cases run; fewer if the time was over. */
  readonly done: number;
  /** Pages among them, and how many were relayed. */
  readonly pages: { readonly done: number; readonly taken: number };
  /** Answers among them, and how many gave a device. */
  readonly answers: { readonly done: number; readonly taken: number };
}

/** A case that did not hold. */
export class FuzzError extends Error {
  /** The class, as errors are shown. */
  override readonly name = "FuzzError";

  /** Names the seed, and the one from which on to run if it fails in a row only. */
  constructor(seed: number, first: number, cause: unknown) {
    const alone = `--seed=${seed} --count=1`;
    const row = `--seed=${first} --count=${seed - first + 1}`;
    super(`Seed ${seed} failed: ${cause}; again with ${alone}, or in its row with ${row}`, {
      cause,
    });
  }
}

/**
 * Runs them all, or as many as the time allows.
 *
 * @throws {FuzzError} For the first case that does not hold.
 */
export function fuzz({
  seed,
  count,
  maxMs = Infinity,
  createCases = () => new Cases(),
}: FuzzOptions): FuzzResult {
  const done = [0, 0];
  const taken = [0, 0];
  const startMs = performance.now();
  let cases = createCases();
  let first = seed;
  for (let at = seed; at < seed + count; at++) {
    if (at - first === HISTORY) {
      if (performance.now() - startMs > maxMs) break;
      cases = createCases();
      first = at;
    }
    try {
      if (cases.run(at)) taken[at % 2] = (taken[at % 2] ?? 0) + 1;
    } catch (error) {
      throw new FuzzError(at, first, error);
    }
    done[at % 2] = (done[at % 2] ?? 0) + 1;
  }
  const [pages = 0, answers = 0] = done;
  return {
    count,
    done: pages + answers,
    pages: { done: pages, taken: taken[0] ?? 0 },
    answers: { done: answers, taken: taken[1] ?? 0 },
  };
}
