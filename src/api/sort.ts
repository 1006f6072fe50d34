/**
 * Sorting a long list in slices of time: the platform's sort of 200,000 devices would hold up every
 * other answer.
 *
 * @module
 */

import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";

/** Elements that are sorted in one go: less than a millisecond. */
const RUN_LENGTH = 1024;

/** Elements merged between two looks at the clock. */
const MERGED_A_LOOK = 512;

/**
 * The elements in order. Stable: equal elements keep their order.
 *
 * @param compare As for `Array.prototype.sort`.
 */
export async function sortInSlices<T>(
  elements: readonly T[],
  compare: (a: T, b: T) => number,
  slices: TimeSliceOptions = {},
): Promise<readonly T[]> {
  const slice = new TimeSlice(slices);
  let runs: T[][] = [];
  for (let at = 0; at < elements.length; at += RUN_LENGTH) {
    runs.push(elements.slice(at, at + RUN_LENGTH).sort(compare));
    if (slice.isOver) await slice.next();
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let at = 0; at < runs.length; at += 2) {
      const [left = [], right = []] = [runs[at], runs[at + 1]];
      merged.push(await merge(left, right, compare, slice));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

async function merge<T>(
  left: T[],
  right: readonly T[],
  compare: (a: T, b: T) => number,
  slice: TimeSlice,
): Promise<T[]> {
  if (right.length === 0) return left;
  const merged: T[] = [];
  let [atLeft, atRight] = [0, 0];
  while (atLeft < left.length || atRight < right.length) {
    if (merged.length % MERGED_A_LOOK === 0 && slice.isOver) await slice.next();
    const [a, b] = [left[atLeft], right[atRight]];
    const isLeft = atRight >= right.length ||
      (atLeft < left.length && compare(a as T, b as T) <= 0);
    merged.push((isLeft ? a : b) as T);
    if (isLeft) atLeft++;
    else atRight++;
  }
  return merged;
}
