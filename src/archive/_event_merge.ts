/**
 * The events that several processes noted, as one log: what two of them saw at the same time is one
 * event, and ids rise.
 *
 * @module
 */

import type { NodeEvent } from "../history/mod.ts";
import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";

/** Two processes that saw the same event noted it within this time, in milliseconds. */
const SAME_MS = 2 * 60_000;

/** Events between two looks at the clock. */
const EVENTS_A_LOOK = 256;

/** An event, and the place of the process that noted it. */
export interface NotedEvent {
  /** The event. */
  readonly event: NodeEvent;
  /** The place. */
  readonly place: string;
}

/**
 * Merges events in slices of time.
 *
 * @param all Is sorted in place.
 */
export async function mergeEvents(
  all: NotedEvent[],
  slices: TimeSliceOptions,
): Promise<readonly NodeEvent[]> {
  const slice = new TimeSlice(slices);
  // Each place's events come sorted, so that this is little more than a copy.
  all.sort((a, b) => a.event.id - b.event.id || a.event.atMs - b.event.atMs);
  const seen = new Map<string, { readonly atMs: number; readonly place: string }>();
  const events: NodeEvent[] = [];
  let lastId = 0;
  for (const [at, { event, place }] of all.entries()) {
    if (at % EVENTS_A_LOOK === 0 && slice.isOver) await slice.next();
    const key = JSON.stringify([event.type, event.node?.key, event.message]);
    const twin = seen.get(key);
    const isTwin = twin !== undefined && twin.place !== place &&
      Math.abs(twin.atMs - event.atMs) <= SAME_MS;
    seen.set(key, { atMs: event.atMs, place });
    if (isTwin) continue;
    lastId = Math.max(lastId + 1, event.id);
    events.push(event.id === lastId ? event : { ...event, id: lastId });
  }
  return events;
}
