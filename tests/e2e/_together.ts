/**
 * Many short runs side by side, so that a test does not wait for the sum of them.
 *
 * @module
 */

import { describeError } from "../../src/errors.ts";

/** As many as two processors take without making each other late. */
const AT_ONCE = 4;

/**
 * Runs each item, a few at a time, all to their end.
 *
 * @param atOnce How many. Default: four.
 * @throws {AggregateError} If one failed; names them all.
 */
export async function together<T>(
  items: readonly T[],
  run: (item: T) => Promise<void>,
  atOnce: number = AT_ONCE,
): Promise<void> {
  const errors: unknown[] = [];
  let next = 0;
  const work = async () => {
    while (next < items.length) await run(items[next++] as T).catch((error) => errors.push(error));
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  if (errors.length === 0) return;
  throw new AggregateError(errors, errors.map(describeError).join("\n"));
}
