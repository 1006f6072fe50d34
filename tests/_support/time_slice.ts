/**
 * Slices of time that do not depend on a clock.
 *
 * @module
 */

import { TimeSlice } from "../../src/time/slice.ts";

/** A slice that is never over, and a turn that comes at once. */
export function makeEndlessSlice(): TimeSlice {
  return new TimeSlice({ elapsed: () => 0, pause: () => Promise.resolve() });
}

/**
 * A slice that is over at each look at the clock.
 *
 * @param onTurn Called at each turn of the event loop; work goes on when it is done.
 */
export function makeSpentSlice(onTurn: () => void | Promise<void> = () => {}): TimeSlice {
  let elapsedMs = 0;
  return new TimeSlice({
    elapsed: () => elapsedMs += 100,
    pause: async () => await onTurn(),
  });
}
