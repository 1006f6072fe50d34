/**
 * What one reader of the event stream is still to be told, as text of `text/event-stream`: events
 * of the log, and notices that other answers of the API have changed. It keeps a place in the log
 * and copies nothing, so a reader that is slow costs no memory.
 *
 * Source: WHATWG HTML, 9.2 Server-sent events
 *
 * @module
 */

import { createEventFilter, type EventQuery, type NodeEvent } from "../history/mod.ts";
import { toJson } from "../text/printable.ts";
import { eventJson } from "./event.ts";
import type { Monitored, StreamTopic } from "./fact_source.ts";

/** Maximum number of events that are looked at in one go. */
const MAX_LOOKED = 1_000;

/** Length of a text after which no further event is added. */
const MAX_TEXT = 32 * 1024;

/** Minimum time between two notices about one topic, in milliseconds: each reloads a list. */
const NOTICE_MS = 5_000;

/** A comment, which a reader skips. */
const COMMENT = ":\n\n";

/** Options for an {@linkcode EventFeed}. */
export interface EventFeedOptions {
  /** What happened. */
  readonly monitor: Pick<Monitored, "history" | "isLoaded" | "revisions">;
  /** Tells the event ids of this process from those of every other. */
  readonly epoch: string;
  /** What the reader has seen last, by its `Last-Event-ID` header; null = it begins now. */
  readonly lastEventId: string | null;
  /** Which events are wanted. Default: all. */
  readonly query?: EventQuery;
  /** When the reader is to come back after the connection has ended, in milliseconds. */
  readonly retryMs: number;
  /** Monotonic clock in milliseconds. */
  readonly now: () => number;
}

/** The place of one reader. */
export class EventFeed {
  readonly #options: EventFeedOptions;
  readonly #isWanted: (event: NodeEvent) => boolean;
  readonly #told = new Map<StreamTopic, { revision: number; atMs: number }>();
  /** Id of the last event that was looked at; undefined before the stream has begun. */
  #lastId: number | undefined;

  /** A reader that was told nothing yet. */
  constructor(options: EventFeedOptions) {
    this.#options = options;
    this.#isWanted = createEventFilter(options.query ?? {});
  }

  /**
   * What the reader does not know yet; the next call takes for granted that it has received this.
   *
   * Events come once each, in order. Where some were dropped from the log before the reader came to
   * them, a `gap` says so.
   *
   * @returns undefined if there is nothing.
   */
  next(): string | undefined {
    if (!this.#options.monitor.isLoaded) return undefined;
    if (this.#lastId === undefined) return this.#begin();
    const text = this.#events(this.#lastId) + this.#notice();
    return text === "" ? undefined : text;
  }

  #begin(): string {
    const { epoch, lastEventId, monitor, retryMs } = this.#options;
    const { lastId } = monitor.history.log;
    const [, seenEpoch, digits = ""] = /^([\w-]{1,64}):(\d{1,15})$/.exec(lastEventId ?? "") ?? [];
    const isKnown = seenEpoch === epoch && Number(digits) <= lastId;
    this.#lastId = isKnown ? Number(digits) : lastId;
    this.#seeRevisions();
    const begin = `retry: ${retryMs}\n` + message({ event: "ready", id: this.#id(), data: {} });
    // The ids of another process do not tell what this one has noted meanwhile.
    return isKnown || lastEventId === null ? begin : begin + this.#gap();
  }

  #events(lastId: number): string {
    const { log } = this.#options.monitor.history;
    if (log.lastId <= lastId) return "";
    let text = "";
    if (log.droppedId > lastId) {
      this.#lastId = log.droppedId;
      text = this.#gap();
    }
    let looked = 0;
    for (const event of log.since(this.#lastId ?? lastId)) {
      this.#lastId = event.id;
      if (this.#isWanted(event)) text += message({ id: this.#id(), data: eventJson(event) });
      if (text.length >= MAX_TEXT || ++looked >= MAX_LOOKED) break;
    }
    // Something must be sent, or the rest would wait for the next event.
    return text === "" && looked >= MAX_LOOKED ? COMMENT : text;
  }

  #gap(): string {
    return message({ event: "gap", id: this.#id(), data: {} });
  }

  #notice(): string {
    const nowMs = this.#options.now();
    const changed: StreamTopic[] = [];
    for (const [topic, revision] of this.#revisions()) {
      const told = this.#told.get(topic);
      if (told === undefined || told.revision === revision) continue;
      if (nowMs - told.atMs < NOTICE_MS) continue;
      this.#told.set(topic, { revision, atMs: nowMs });
      changed.push(topic);
    }
    return changed.length === 0 ? "" : message({ event: "changed", data: changed });
  }

  #seeRevisions(): void {
    for (const [topic, revision] of this.#revisions()) {
      this.#told.set(topic, { revision, atMs: -Infinity });
    }
  }

  #revisions(): readonly (readonly [StreamTopic, number])[] {
    const { alerts, devices, hosts } = this.#options.monitor.revisions();
    return [["alerts", alerts], ["devices", devices], ["hosts", hosts]];
  }

  #id(): string {
    return `${this.#options.epoch}:${this.#lastId}`;
  }
}

/** One message. Its JSON has no line feed. */
function message(
  { data, event, id }: {
    readonly data: object;
    readonly event?: string;
    readonly id?: string;
  },
): string {
  const name = event === undefined ? "" : `event: ${event}\n`;
  const place = id === undefined ? "" : `id: ${id}\n`;
  return `${name}${place}data: ${toJson(data)}\n\n`;
}
