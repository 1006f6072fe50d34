/**
 * Keeps history and alerts over a restart: reads what earlier processes wrote, and writes what is
 * new. What cannot be written is kept in memory and tried again; nothing here throws.
 *
 * @module
 */

import type { Alerts } from "../alerts/mod.ts";
import { describeError } from "../errors.ts";
import type { History, NodeEvent } from "../history/mod.ts";
import { AgeClock } from "../time/age_clock.ts";
import type { TimeSliceOptions } from "../time/slice.ts";
import { DAY_MS } from "../time/timestamp.ts";
import { decodeAlerts, encodeAlerts, type SavedAlerts } from "./_alert_segment.ts";
import { decodeEvents, encodeEvents } from "./_event_segment.ts";
import { decodeUptime, encodeUptime } from "./_uptime_segment.ts";
import { mergeAlerts } from "./_alert_merge.ts";
import { mergeEvents, type NotedEvent } from "./_event_merge.ts";
import { OwnPlace } from "./_own_place.ts";
import { type ArchiveLog, SegmentReader } from "./_segment_reader.ts";
import type { SegmentStore, SegmentVersion } from "./segment_store.ts";

/** Events in one segment; a segment that has as many is not written again. */
const SEGMENT_EVENTS = 500;

/** Time between two writes of events, and of time online, in milliseconds. */
const EVENTS_MS = 30_000, UPTIME_MS = 5 * 60_000;

/** Damaged segments that are put aside and kept. */
const MAX_DAMAGED = 5;

/** What an {@linkcode Archive} is made of. */
export interface ArchiveOptions {
  /** Where segments are kept. */
  readonly store: SegmentStore;
  /** Events and time online. */
  readonly history: History;
  /** Alerts and silences; undefined if they are off. */
  readonly alerts: Alerts | undefined;
  /** How long events and time online are kept, in milliseconds. */
  readonly keepMs: number;
  /** Maximum number of events. */
  readonly maxEvents: number;
  /** Clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Monotonic clock, in milliseconds. */
  readonly elapsed: () => number;
  /** Lets other work run. */
  readonly pause?: TimeSliceOptions["pause"];
  /** Unique among processes. */
  readonly owner: string;
  /** Is told of troubles. */
  readonly log: ArchiveLog;
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

/** Keeps history and alerts in a store. */
export class Archive {
  readonly #options: ArchiveOptions;
  readonly #slices: TimeSliceOptions;
  /** The time by which segments are too old. */
  readonly #ageNow: () => number;
  readonly #place: OwnPlace;
  readonly #reader: SegmentReader;
  #segments: readonly EventSegment[] = [];
  /** The segment that new events are added to; undefined if the next event begins one. */
  #open: EventSegment | undefined;
  /** Id of the last event that is in a segment. */
  #savedId = 0;
  /** Whether the past is read, which is done once: what ended since must not come back. */
  #isRead = false;
  /** Whether a place is taken as well. */
  #isLoaded = false;
  #savedVersion = 0;
  #eventsAtMs = -Infinity;
  #uptimeAtMs = -Infinity;
  /** Whether the last write of time online failed. */
  #isUptimeLacking = false;
  /** The first day that may have changed since the last write. */
  #firstDay = 0;
  #errors = 0;
  #savedMs: number | undefined;
  #isFailing = false;
  #work: Promise<void> = Promise.resolve();

  /** An archive that has read and written nothing. */
  constructor(options: ArchiveOptions) {
    const { elapsed, now, pause } = options;
    this.#options = options;
    this.#ageNow = new AgeClock({ now, elapsed }).now;
    this.#slices = { elapsed, ...pause && { pause } };
    this.#place = new OwnPlace(options);
    this.#reader = new SegmentReader(options);
  }

  /** Damaged segments since the start: put aside, or left out where nothing can be written. */
  get damagedCount(): number {
    return this.#reader.damagedCount;
  }

  /** Failed reads and writes since the start. */
  get errorCount(): number {
    return this.#errors;
  }

  /** When something was last written, in milliseconds since 1970; undefined if nothing was. */
  get savedMs(): number | undefined {
    return this.#savedMs;
  }

  /** Reads what earlier processes kept; call it before anything is noted. */
  load(): Promise<void> {
    return this.#queue(() => this.#load());
  }

  /**
   * Writes what is new and due: alerts at once, events every 30 s, time online every 5 min.
   *
   * @param isLast Whether everything is due, and the place is given back.
   */
  save(isLast = false): Promise<void> {
    return this.#queue(async () => {
      // What earlier processes kept must not be replaced unread.
      if (!this.#isLoaded) await this.#load();
      const nowMs = this.#options.elapsed();
      const isUptimeDue = isLast || nowMs - this.#uptimeAtMs >= UPTIME_MS;
      const place = isUptimeDue ? await this.#renewPlace() : this.#place.number;
      if (place === undefined) return;
      await this.#saveAlerts(place);
      if (isLast || nowMs - this.#eventsAtMs >= EVENTS_MS) {
        this.#eventsAtMs = nowMs;
        await this.#saveEvents(place);
      }
      if (!isUptimeDue) return;
      this.#uptimeAtMs = nowMs;
      this.#isUptimeLacking = true;
      await this.#saveUptime(place);
      this.#isUptimeLacking = false;
      await this.#dropOld(await this.#options.store.list());
      if (isLast) await this.#place.giveBack();
    });
  }

  async #load(): Promise<void> {
    const versions = await this.#options.store.list();
    if (!this.#isRead) await this.#readAll(versions);
    this.#isRead = true;
    if (this.#place.number === undefined) this.#goOnIn(await this.#place.take(versions));
    await this.#dropOld(versions);
    this.#isLoaded = true;
  }

  async #readAll(versions: ReadonlyMap<string, readonly SegmentVersion[]>): Promise<void> {
    const { history: { log }, now } = this.#options;
    await this.#loadUptime(versions);
    // Later, the events of before stay in the store until the next process reads them.
    if (log.lastId === 0) await this.#loadEvents(versions);
    await this.#loadAlerts(versions);
    this.#firstDay = Math.floor(now() / DAY_MS);
  }

  /** One work at a time; a failure is counted, told once, and ends nothing. */
  #queue(work: () => Promise<void>): Promise<void> {
    this.#work = this.#work.then(work).then(() => this.#worked(), (error) => this.#failed(error));
    return this.#work;
  }

  #worked(): void {
    if (!this.#isFailing || this.#isLacking) return;
    this.#isFailing = false;
    this.#options.log.info("The history is kept beyond this process again");
  }

  /** Whether something is not written yet: a save that had nothing to write ends no trouble. */
  get #isLacking(): boolean {
    return this.#isUptimeLacking || this.#options.history.log.lastId > this.#savedId;
  }

  #failed(error: unknown): void {
    this.#errors++;
    if (!this.#isFailing) {
      this.#options.log.warning(
        "Cannot keep the history beyond this process: {reason}; give it a directory that it may " +
          "write in XDG_DATA_HOME (deno run: DENO_DIR), or set HISTORY_STORE=off",
        { reason: describeError(error) },
      );
    }
    this.#isFailing = true;
  }

  async #renewPlace(): Promise<number> {
    const before = this.#place.number;
    const place = await this.#place.renew();
    if (place !== before) this.#goOnIn(place);
    return place;
  }

  /** New events are added to the last segment of the place, if it has room. */
  #goOnIn(place: number): void {
    const own = this.#segments.filter(({ name }) => name.startsWith(`${place}/`));
    const last = own.toSorted((a, b) => a.lastId - b.lastId).at(-1);
    this.#open = last !== undefined && last.count < SEGMENT_EVENTS ? last : undefined;
  }

  async #loadUptime(versions: ReadonlyMap<string, readonly SegmentVersion[]>): Promise<void> {
    const { history } = this.#options;
    for (const [name, list] of versions) {
      if (!/^\d\/uptime-/.test(name)) continue;
      const day = await this.#reader.read(list, (bytes) => decodeUptime(bytes, this.#slices));
      if (day !== undefined) await history.uptimeLog(day.tailnet).restore(day);
    }
  }

  async #loadEvents(versions: ReadonlyMap<string, readonly SegmentVersion[]>): Promise<void> {
    const { history } = this.#options;
    const all: NotedEvent[] = [];
    const segments: EventSegment[] = [];
    for (const [name, list] of versions) {
      const [, place] = /^(\d)\/events-/.exec(name) ?? [];
      if (place === undefined) continue;
      const events = await this.#reader.read(list, decodeEvents);
      if (events === undefined) continue;
      segments.push(segmentOf(name, events));
      for (const event of events) all.push({ event, place });
    }
    const merged = await mergeEvents(all, this.#slices);
    // A slow store: what happened meanwhile must not come before the past. Without its segments,
    // new events begin one of their own and replace none.
    if (history.log.lastId > 0) return;
    history.log.restore(merged);
    this.#segments = segments;
    this.#savedId = history.log.lastId;
  }

  async #loadAlerts(versions: ReadonlyMap<string, readonly SegmentVersion[]>): Promise<void> {
    const { alerts } = this.#options;
    if (alerts === undefined) return;
    const all: SavedAlerts[] = [];
    for (const [name, list] of versions) {
      if (!/^\d\/alerts$/.test(name)) continue;
      const saved = await this.#reader.read(list, decodeAlerts);
      if (saved !== undefined) all.push(saved);
    }
    const state = mergeAlerts(all);
    if (state !== undefined) alerts.restore(state);
  }

  async #saveAlerts(place: number): Promise<void> {
    const { alerts, now, store } = this.#options;
    if (alerts === undefined) return;
    const { version } = alerts;
    if (version === this.#savedVersion) return;
    const state = alerts.state();
    const bytes = await encodeAlerts({ state, savedMs: now() }, this.#slices);
    await store.write(`${place}/alerts`, bytes);
    this.#savedVersion = version;
    this.#savedMs = now();
  }

  async #saveEvents(place: number): Promise<void> {
    const { history: { log }, now, owner, store } = this.#options;
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
      await store.write(name, await encodeEvents(events, this.#slices));
      const segment = segmentOf(name, events);
      this.#segments = [...this.#segments.filter((other) => other !== open), segment];
      this.#open = segment.count < SEGMENT_EVENTS ? segment : undefined;
      this.#savedId = segment.lastId;
      this.#savedMs = now();
    }
  }

  async #saveUptime(place: number): Promise<void> {
    const { history, now, store } = this.#options;
    // If the clock went back meanwhile, what was counted since is of an earlier day.
    const today = Math.floor(now() / DAY_MS);
    const firstDay = Math.min(this.#firstDay, today);
    for (const [tailnet, log] of history.uptimeLogs()) {
      for (const day of log.days()) {
        if (day < firstDay) continue;
        const name = `${place}/uptime-${tailnet}-${day}`;
        await store.write(name, await encodeUptime(await log.day(tailnet, day), this.#slices));
        this.#savedMs = now();
      }
    }
    this.#firstDay = today;
  }

  /** Deletes what is older than it may be, what is more than it may be, and old damaged ones. */
  async #dropOld(versions: ReadonlyMap<string, readonly SegmentVersion[]>): Promise<void> {
    const { keepMs, maxEvents, store } = this.#options;
    const oldest = this.#ageNow() - keepMs;
    const old = new Set<string>();
    let count = 0;
    for (const { count: more, name, newestMs } of this.#segments.toReversed()) {
      if (newestMs < oldest || count >= maxEvents) old.add(name);
      count += more;
    }
    this.#segments = this.#segments.filter(({ name }) => !old.has(name));
    const damaged = [...versions.keys()].filter((name) => name.startsWith("damaged/")).sort();
    for (const name of damaged.slice(0, -MAX_DAMAGED)) old.add(name);
    for (const [name, list] of versions) {
      if (!old.has(name) && !this.#isOld(name)) continue;
      for (const version of list) await store.delete(version);
    }
  }

  /** Whether a segment of time online is of a day that is not kept any more. */
  #isOld(name: string): boolean {
    const [, day] = /^\d\/uptime-.*-(\d+)$/.exec(name) ?? [];
    return day !== undefined && (Number(day) + 1) * DAY_MS < this.#ageNow() - this.#options.keepMs;
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
