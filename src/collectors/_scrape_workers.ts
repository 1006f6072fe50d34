/**
 * Scrapes the devices of a cycle with several workers, within the time that devices which do not
 * answer may take.
 *
 * @module
 */

import type { TimeSlice } from "../time/slice.ts";
import type { Clock } from "../time/clock.ts";
import type { ScrapeQueue } from "./_scrape_queue.ts";

/** What {@linkcode runScrapes} needs. */
export interface ScrapeRunOptions<T> extends Pick<Clock, "elapsed"> {
  /** The devices of the cycle; all of them are taken. */
  readonly queue: ScrapeQueue<T>;
  /** Number of workers. */
  readonly concurrency: number;
  /** When the cycle began, by `elapsed`. */
  readonly startMs: number;
  /** Milliseconds after the start from which bounded scrapes are postponed. */
  readonly budgetMs: number;
  /** Whether an item is still to be scraped. */
  readonly isKept: (item: T) => boolean;
  /** Scrapes one; whether it went well. */
  readonly run: (item: T) => Promise<boolean>;
  /** The time is over: the item waits for the next cycle. */
  readonly postpone: (item: T) => void;
  /** Cuts what takes no time for each item, and is done for many, into slices. */
  readonly slice: TimeSlice;
}

/** Scrapes all; those that are left when the time is over are postponed. */
export async function runScrapes<T>(options: ScrapeRunOptions<T>): Promise<void> {
  const { queue, concurrency, startMs, budgetMs, elapsed, isKept, run, postpone, slice } = options;
  let boundedFromMs: number | undefined;
  // Where those that answer take all the time themselves, the others would never be scraped.
  const isOver = (nowMs: number) =>
    nowMs - startMs >= budgetMs && nowMs - (boundedFromMs ?? nowMs) >= budgetMs / 4;
  let pause: Promise<void> | undefined;
  /** A pause of all workers that come by during it. */
  const pauseTogether = () => pause ??= slice.next().finally(() => pause = undefined);
  const work = async () => {
    let isFromBack = false;
    for (let next = queue.take(isFromBack); next !== undefined; next = queue.take(isFromBack)) {
      const { item, isBounded } = next;
      if (!isKept(item)) continue;
      if (isBounded) boundedFromMs ??= elapsed();
      if (isBounded && isOver(elapsed())) return postpone(item);
      const isGood = await run(item);
      isFromBack = !isGood && !isFromBack;
      // Where connections fail at once the event loop would do nothing else for the whole cycle.
      if (!isGood && slice.isOver) await pauseTogether();
    }
  };
  const workers = Math.min(concurrency, queue.size);
  await Promise.all(Array.from({ length: workers }, work));
  // Workers leave some only when the time is over, and it stays over.
  for (let next = queue.take(false); next !== undefined; next = queue.take(false)) {
    if (isKept(next.item)) postpone(next.item);
    if (slice.isOver) await slice.next();
  }
}
