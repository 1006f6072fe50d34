/**
 * Going through the turns of a cycle with several workers, within the time that devices which do
 * not answer may take.
 *
 * @module
 */

import type { TimeSlice } from "../time/slice.ts";
import type { Clock } from "../time/clock.ts";
import type { ScrapeOrder } from "./_scrape_order.ts";

/** What {@linkcode runScrapes} needs. */
export interface ScrapeRunOptions<T> extends Pick<Clock, "elapsed"> {
  /** The turns; all of them are taken. */
  readonly turns: ScrapeOrder<T>;
  /** Number of workers. */
  readonly concurrency: number;
  /** When the cycle began, by `elapsed`. */
  readonly startMs: number;
  /** Milliseconds after the start from which bounded turns are put off. */
  readonly budgetMs: number;
  /** Whether an item still has its turn. */
  readonly isKept: (item: T) => boolean;
  /** Takes a turn; whether it went well. */
  readonly run: (item: T) => Promise<boolean>;
  /** The time is over: the item has no turn in this cycle. */
  readonly putOff: (item: T) => void;
  /** Cuts what takes no time for each item, and is done for many, into slices. */
  readonly slice: TimeSlice;
}

/** Takes all turns; the ones that are left when the time is over are put off. */
export async function runScrapes<T>(options: ScrapeRunOptions<T>): Promise<void> {
  const { turns, concurrency, startMs, budgetMs, elapsed, isKept, run, putOff, slice } = options;
  let boundedFromMs: number | undefined;
  // Where those that answer take all the time themselves, the others would never have a turn.
  const isOver = (nowMs: number) =>
    nowMs - startMs >= budgetMs && nowMs - (boundedFromMs ?? nowMs) >= budgetMs / 4;
  let pause: Promise<void> | undefined;
  /** A pause of all workers that come by during it. */
  const pauseTogether = () => pause ??= slice.next().finally(() => pause = undefined);
  const work = async () => {
    let isFromBack = false;
    for (let turn = turns.take(isFromBack); turn !== undefined; turn = turns.take(isFromBack)) {
      const { item, isBounded } = turn;
      if (!isKept(item)) continue;
      if (isBounded) boundedFromMs ??= elapsed();
      if (isBounded && isOver(elapsed())) return putOff(item);
      const isGood = await run(item);
      isFromBack = !isGood && !isFromBack;
      // Where connections fail at once the event loop would do nothing else for the whole cycle.
      if (!isGood && slice.isOver) await pauseTogether();
    }
  };
  const workers = Math.min(concurrency, turns.size);
  await Promise.all(Array.from({ length: workers }, work));
  // Workers leave turns only when the time is over, and it stays over.
  for (let turn = turns.take(false); turn !== undefined; turn = turns.take(false)) {
    if (isKept(turn.item)) putOff(turn.item);
    if (slice.isOver) await slice.next();
  }
}
