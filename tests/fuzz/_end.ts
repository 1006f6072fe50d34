/**
 * How a run ends: one that time has cut short fails, so that it cannot pass for a whole one.
 *
 * @module
 */

/** How far a run came. */
export interface Progress {
  /** The first seed. */
  readonly seed: number;
  /** Cases wanted. */
  readonly count: number;
  /** Cases run. */
  readonly done: number;
}

/** Exit code and last line of a run. */
export interface End {
  /** 0 if all cases were run; otherwise 1. */
  readonly code: 0 | 1;
  /** Whether all of it was done, or how far it came and what to do. */
  readonly text: string;
}

/** The end of a run whose cases all held. */
export function endOf({ count, done, seed }: Progress): End {
  if (done === count) return { code: 0, text: `done: all of ${count}` };
  const rest = `--seed=${seed + done} --count=${count - done}`;
  return {
    code: 1,
    text: `stopped by --seconds after ${done} of ${count}: raise it, or go on with ${rest}`,
  };
}
