/**
 * Exponential backoff, in milliseconds and in cycles. The state of what fails is kept elsewhere.
 *
 * @module
 */

/** Beyond 2^30 times the first wait the bound has long been reached. */
const MAX_DOUBLINGS = 30;

/**
 * A wait that doubles.
 *
 * @param firstMs The wait without a doubling.
 * @param doublings How often it has doubled, from 0.
 */
export function doubledMs(firstMs: number, doublings: number, maxMs: number): number {
  return Math.min(firstMs * 2 ** Math.min(doublings, MAX_DOUBLINGS), maxMs);
}

/**
 * How much early counts as due, for what waits for whole cycles: they never start to the
 * millisecond, and without slack a wait would grow by a whole cycle.
 */
export function earlyMs(intervalMs: number): number {
  return intervalMs / 4;
}

/** Whether something that waits for whole cycles is due. */
export function isDue(nowMs: number, dueMs: number, intervalMs: number): boolean {
  return nowMs >= dueMs - earlyMs(intervalMs);
}
