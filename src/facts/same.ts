/**
 * Whether two lists say the same.
 *
 * @module
 */

/** Whether two lists have the same elements in the same order; no list equals no list only. */
export function isSameList<T>(
  before: readonly T[] | undefined,
  after: readonly T[] | undefined,
): boolean {
  if (before === after) return true;
  if (before === undefined || after === undefined || before.length !== after.length) return false;
  for (let at = 0; at < before.length; at++) if (before[at] !== after[at]) return false;
  return true;
}
