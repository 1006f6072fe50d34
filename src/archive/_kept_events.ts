/**
 * Events over a restart: segments of at most 500 events. New events are added to the last segment
 * until it is full; a full one is not written again.
 *
 * @module
 */

import type { History, NodeEvent } from "../history/mod.ts";
import type { TimeSliceOptions } from "../time/slice.ts";
import { mergeEvents, type NotedEvent } from "./_event_merge.ts";
import { decodeEvents, encodeEvents } from "./_event_segment.ts";
import type { SegmentReader } from "./_segment_reader.ts";
import type { SegmentStore, SegmentVersions } from "./segment_store.ts";

/** Events in one segment; a segment that has as many is not written again. */
const SEGMENT_EVENTS = 500;

/** What {@linkcode KeptEvents} needs. */
export interface KeptEventsOptions {
  /** Has the events. */
  readonly history: Pick<History, "log">;
  /** Reads segments. */
  readonly reader: SegmentReader;
  /** Takes segments. */
  readonly store: Pick<SegmentStore, "write">;
  /** Bounds how long a merge or an encoding holds the event loop. */
  readonly slices: TimeSliceOptions;
  /** Unique among processes. */
  readonly owner: string;
  /** Maximum number of events. */
  readonly maxEvents: number;
}

/** Events that are written together. */
interface EventSegment {
  readonly name: string;
  /** Ids of its first and its last event, and the number of events. */
  readonly firstId: number;
  readonly lastId: number;
  readonly count: number;
  /** When its newest event happened. */
  readonly newestMs: number;
}

/** Keeps events in segments. */
export class KeptEvents {
  readonly #options: KeptEventsOptions;
  #segments: readonly EventSegment[] = [];
  /** The segment that new events are added to; undefined if the next event begins one. */
  #open: EventSegment | undefined;
  /** Id of the last event that is in a segment. */
  #savedId = 0;

  /** No event is kept yet. */
  constructor(options: KeptEventsOptions) {
    this.#options = options;
  }

  /** Whether there are events that are not written yet. */
  get isBehind(): boolean {
    return this.#options.history.log.lastId > this.#savedId;
  }

  /** Reads what earlier processes kept, unless something happened before. */
  async load(versions: SegmentVersions): Promise<void> {
    const { history: { log }, reader, slices } = this.#options;
    // Later, the events of before stay in the store until the next process reads them.
    if (log.lastId > 0) return;
    const all: NotedEvent[] = [];
    const segments: EventSegment[] = [];
    for (const [name, list] of versions) {
      const [, place] = /^(\d)\/events-/.exec(name) ?? [];
      if (place === undefined) continue;
      const events = await reader.read(list, decodeEvents);
      if (events === undefined) continue;
      segments.push(segmentOf(name, events));
      for (const event of events) all.push({ event, place });
    }
    const merged = await mergeEvents(all, slices);
    // A slow store: what happened meanwhile must not come before the past. Without its segments,
    // new events begin one of their own and replace none.
    if (log.lastId > 0) return;
    log.restore(merged);
    this.#segments = segments;
    this.#savedId = log.lastId;
  }

  /** New events are added to the last segment of the place, if it has room. */
  goOnIn(place: number): void {
    const own = this.#segments.filter(({ name }) => name.startsWith(`${place}/`));
    const last = own.toSorted((a, b) => a.lastId - b.lastId).at(-1);
    this.#open = last !== undefined && last.count < SEGMENT_EVENTS ? last : undefined;
  }

  /** Writes what is new. */
  async save(place: number): Promise<void> {
    const { history: { log }, owner, slices, store } = this.#options;
    while (log.lastId > this.#savedId) {
      const open = this.#open;
      const events: NodeEvent[] = [];
      for (const event of log.since(open === undefined ? this.#savedId : open.firstId - 1)) {
        if (events.push(event) >= SEGMENT_EVENTS) break;
      }
      const [first] = events;
      if (first === undefined) {
        // All of them are dropped already.
        this.#savedId = log.lastId;
        return;
      }
      const name = open?.name ?? `${place}/events-${first.id}-${owner.slice(0, 8)}`;
      await store.write(name, await encodeEvents(events, slices));
      const segment = segmentOf(name, events);
      this.#segments = [...this.#segments.filter((other) => other !== open), segment];
      this.#open = segment.count < SEGMENT_EVENTS ? segment : undefined;
      this.#savedId = segment.lastId;
    }
  }

  /**
   * Forgets the segments that are too old, and the oldest ones if there are too many events.
   *
   * @param oldestMs Time from which on events are kept, in milliseconds since 1970.
   * @returns Their names: the caller deletes them.
   */
  dropOld(oldestMs: number): ReadonlySet<string> {
    const old = new Set<string>();
    let total = 0;
    for (const { count, name, newestMs } of this.#segments.toReversed()) {
      if (newestMs < oldestMs || total >= this.#options.maxEvents) old.add(name);
      total += count;
    }
    this.#segments = this.#segments.filter(({ name }) => !old.has(name));
    return old;
  }
}

function segmentOf(name: string, events: readonly NodeEvent[]): EventSegment {
  return {
    name,
    firstId: events[0]?.id ?? 0,
    lastId: events.at(-1)?.id ?? 0,
    count: events.length,
    newestMs: Math.max(0, ...events.map(({ atMs }) => atMs)),
  };
}
