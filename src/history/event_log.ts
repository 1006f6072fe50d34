/**
 * The event log: the last events in memory, bounded by number and age, with filters and pages.
 *
 * @module
 */

import { TimeSlice, type TimeSliceOptions } from "../time/slice.ts";
import type { EventDraft, EventPage, EventQuery, NodeEvent } from "./event.ts";

/** Events that are dropped at once from the front, so that an array is not moved for each one. */
const SLACK = 1_024;

/** Events between two looks at the clock; to search one takes half a microsecond. */
const EVENTS_A_LOOK = 1_024;

/** Default of {@linkcode EventQuery.limit}. */
const DEFAULT_LIMIT = 100;

/** Bounds of an {@linkcode EventLog}. */
export interface EventLogOptions {
  /** Maximum number of events. */
  readonly maxEvents: number;
  /** Maximum age of an event, in milliseconds. */
  readonly maxAgeMs: number;
  /** Clock for the age of events, in milliseconds since 1970; -Infinity while it is unknown. */
  readonly now: () => number;
}

/** Keeps events in the order in which they were seen. */
export class EventLog {
  readonly #options: EventLogOptions;
  readonly #listeners = new Set<(event: NodeEvent) => void>();
  /** Those before `#start` are dropped, but still in the array. */
  #events: NodeEvent[] = [];
  #start = 0;
  #lastId = 0;
  #droppedId = 0;

  /** An empty log. */
  constructor(options: EventLogOptions) {
    this.#options = options;
  }

  /** Id of the newest event ever added; 0 before the first. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Id of the newest event that was dropped for number or age; 0 if none was. */
  get droppedId(): number {
    this.#drop();
    return this.#droppedId;
  }

  /** Number of events. */
  get size(): number {
    this.#drop();
    return this.#events.length - this.#start;
  }

  /**
   * Adds an event and tells the listeners.
   *
   * @returns The event with its id.
   */
  add(draft: EventDraft): NodeEvent {
    const event = { ...draft, id: this.#lastId + 1 };
    this.#push(event);
    for (const listener of [...this.#listeners]) listener(event);
    return event;
  }

  /**
   * Adds events of an earlier process, which must come before any other; listeners are not told.
   * Events whose ids do not rise are left out.
   */
  restore(events: Iterable<NodeEvent>): void {
    for (const event of events) if (event.id > this.#lastId) this.#push(event);
  }

  /**
   * Calls back with each event that is added from now on.
   *
   * @returns Ends it.
   */
  subscribe(listener: (event: NodeEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** The events with ids above this one, oldest first. */
  *since(id: number): Generator<NodeEvent> {
    this.#drop();
    for (let at = Math.max(this.#start, this.#indexAfter(id)); at < this.#events.length; at++) {
      const event = this.#events[at];
      if (event !== undefined) yield event;
    }
  }

  /** One page of the events that match, newest first. */
  query(query: EventQuery = {}): EventPage {
    const walk = this.#walk(query);
    for (;;) {
      const step = walk.next();
      if (step.done === true) return step.value;
    }
  }

  /** The same in slices of time: a million events take half a second. */
  async queryInSlices(query: EventQuery, slices?: TimeSliceOptions): Promise<EventPage> {
    const slice = new TimeSlice(slices);
    const walk = this.#walk(query);
    for (;;) {
      const step = walk.next();
      if (step.done === true) return step.value;
      if (slice.isOver) await slice.next();
    }
  }

  /** Gives way now and then; events that come or go meanwhile change nothing. */
  *#walk(query: EventQuery): Generator<undefined, EventPage> {
    this.#drop();
    const all = this.#events;
    const { after = 0, before = Infinity, limit = DEFAULT_LIMIT, offset = 0 } = query;
    const matches = createEventFilter(query);
    const first = Math.max(this.#start, this.#indexAfter(after));
    const events: NodeEvent[] = [];
    let total = 0;
    let hasMore = false;
    for (let at = this.#indexAfter(before - 1) - 1; at >= first; at--) {
      if (at % EVENTS_A_LOOK === 0) yield;
      const event = all[at];
      if (event === undefined || !matches(event)) continue;
      total++;
      if (total <= offset) continue;
      if (events.length < limit) events.push(event);
      else hasMore = true;
    }
    return { events, total, next: hasMore ? events.at(-1)?.id : undefined };
  }

  #push(event: NodeEvent): void {
    this.#lastId = event.id;
    this.#events.push(event);
    if (this.#events.length - this.#start > this.#options.maxEvents) this.#dropFirst();
    this.#compact();
  }

  /** Drops what is too old; the order is that in which events were seen, nearly that of time. */
  #drop(): void {
    const oldestMs = this.#options.now() - this.#options.maxAgeMs;
    while (this.#start < this.#events.length) {
      const event = this.#events[this.#start];
      if (event !== undefined && event.atMs >= oldestMs) break;
      this.#dropFirst();
    }
    this.#compact();
  }

  #dropFirst(): void {
    this.#droppedId = this.#events[this.#start]?.id ?? this.#droppedId;
    this.#start++;
  }

  #compact(): void {
    if (this.#start < SLACK && this.#start < this.#events.length) return;
    this.#events = this.#events.slice(this.#start);
    this.#start = 0;
  }

  /** Index of the first event whose id is above this one; ids rise, with gaps. */
  #indexAfter(id: number): number {
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#events[middle]?.id ?? Infinity) > id) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

/** Tells whether an event passes the filters of a query. */
export function createEventFilter(query: EventQuery): (event: NodeEvent) => boolean {
  const { node, severities, sinceMs = -Infinity, text, types, untilMs = Infinity } = query;
  const wanted = text?.toLowerCase();
  return (event) =>
    (types === undefined || types.includes(event.type)) &&
    (severities === undefined || severities.includes(event.severity)) &&
    (node === undefined || event.node?.key === node) &&
    event.atMs >= sinceMs && event.atMs < untilMs &&
    (wanted === undefined || event.message.toLowerCase().includes(wanted) ||
      (event.node?.name.toLowerCase().includes(wanted) ?? false));
}
