/**
 * Keeps history and alerts over a restart: reads what earlier processes wrote, and writes what is
 * new. What cannot be written is kept in memory and tried again; nothing here throws.
 *
 * @module
 */

import type { Alerts } from "../alerts/mod.ts";
import { describeError } from "../errors.ts";
import type { History } from "../history/mod.ts";
import { AgeClock } from "../time/age_clock.ts";
import type { TimeSliceOptions } from "../time/slice.ts";
import { KeptAlerts } from "./_kept_alerts.ts";
import { KeptEvents } from "./_kept_events.ts";
import { isOldUptime, KeptUptime } from "./_kept_uptime.ts";
import { OwnPlace } from "./_own_place.ts";
import { type ArchiveLog, SegmentReader } from "./_segment_reader.ts";
import type { SegmentStore, SegmentVersions } from "./segment_store.ts";

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

/** Keeps history and alerts in a store. */
export class Archive {
  readonly #options: ArchiveOptions;
  /** The time by which segments are too old. */
  readonly #ageNow: () => number;
  readonly #place: OwnPlace;
  readonly #reader: SegmentReader;
  readonly #alerts: KeptAlerts;
  readonly #events: KeptEvents;
  readonly #uptime: KeptUptime;
  /** Whether the past is read, which is done once: what ended since must not come back. */
  #isRead = false;
  /** Whether a place is taken as well. */
  #isLoaded = false;
  #eventsAtMs = -Infinity;
  #uptimeAtMs = -Infinity;
  #errors = 0;
  #savedMs: number | undefined;
  #isFailing = false;
  #work: Promise<void> = Promise.resolve();

  /** An archive that has read and written nothing. */
  constructor(options: ArchiveOptions) {
    const { elapsed, now, pause } = options;
    this.#options = options;
    this.#ageNow = new AgeClock({ now, elapsed }).now;
    this.#place = new OwnPlace(options);
    const reader = this.#reader = new SegmentReader(options);
    const slices = { elapsed, ...pause && { pause } };
    const store: Pick<SegmentStore, "write"> = {
      write: async (segment, bytes) => {
        await options.store.write(segment, bytes);
        this.#savedMs = now();
      },
    };
    const parts = { ...options, reader, slices, store };
    this.#alerts = new KeptAlerts(parts);
    this.#events = new KeptEvents(parts);
    this.#uptime = new KeptUptime(parts);
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
      await this.#alerts.save(place);
      if (isLast || nowMs - this.#eventsAtMs >= EVENTS_MS) {
        this.#eventsAtMs = nowMs;
        await this.#events.save(place);
      }
      if (!isUptimeDue) return;
      this.#uptimeAtMs = nowMs;
      await this.#uptime.save(place);
      await this.#dropOld(await this.#options.store.list());
      if (isLast) await this.#place.giveBack();
    });
  }

  async #load(): Promise<void> {
    const versions = await this.#options.store.list();
    if (!this.#isRead) {
      await this.#uptime.load(versions);
      await this.#events.load(versions);
      await this.#alerts.load(versions);
    }
    this.#isRead = true;
    if (this.#place.number === undefined) this.#events.goOnIn(await this.#place.take(versions));
    await this.#dropOld(versions);
    this.#isLoaded = true;
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
    return this.#uptime.isBehind || this.#events.isBehind;
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
    if (place !== before) this.#events.goOnIn(place);
    return place;
  }

  /** Deletes what is older than it may be, what is more than it may be, and old damaged ones. */
  async #dropOld(versions: SegmentVersions): Promise<void> {
    const { keepMs, store } = this.#options;
    const oldestMs = this.#ageNow() - keepMs;
    const old = new Set(this.#events.dropOld(oldestMs));
    const damaged = [...versions.keys()].filter((name) => name.startsWith("damaged/")).sort();
    for (const name of damaged.slice(0, -MAX_DAMAGED)) old.add(name);
    for (const [name, list] of versions) {
      if (!old.has(name) && !isOldUptime(name, oldestMs)) continue;
      for (const version of list) await store.delete(version);
    }
  }
}
