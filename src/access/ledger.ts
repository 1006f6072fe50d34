/**
 * Requests by hour, and the last of them one by one, for as long as they are kept. Answers what was
 * used by whom within a stretch of time.
 *
 * @module
 */

import { HOUR_MS } from "../time/timestamp.ts";
import { Counts, NameBudget } from "./counts.ts";
import { type AccessRecord, statusClass } from "./record.ts";

/** Options for a {@linkcode Ledger}. */
export interface LedgerOptions {
  /** How long requests are kept, in milliseconds. */
  readonly retentionMs: number;
  /** Clock, in milliseconds since 1970. */
  readonly now: () => number;
  /** Maximum number of requests that are kept one by one. Default: 10,000. */
  readonly maxRecords?: number;
  /** Maximum number of users, devices, endpoints and services of an hour each. Default: 1,000. */
  readonly maxNames?: number;
  /** Maximum size of all these names together, in UTF-16 units. Default: 16 Mi. */
  readonly maxUnits?: number;
}

/** Requests of a stretch of time by what they have in common. */
export interface UsageCounts {
  /** Requests by class of status. */
  readonly statuses: Counts;
  /** Requests by class of user. */
  readonly userClasses: Counts;
  /** Requests by user; those without a user are left out. */
  readonly users: Counts;
  /** Requests by device; those without a device are left out. */
  readonly devices: Counts;
  /** Requests by endpoint. */
  readonly endpoints: Counts;
  /** Requests by service. */
  readonly services: Counts;
}

/** What was used within a stretch of time. */
export interface Usage extends UsageCounts {
  /** Requests. */
  readonly requests: number;
  /** Bytes of all responses whose size is known. */
  readonly bytes: number;
  /** Requests of each hour that had some, in order; the hour in milliseconds since 1970. */
  readonly hours: readonly (readonly [atMs: number, requests: number])[];
}

/** The requests of an hour. */
interface Hour extends UsageCounts {
  bytes: number;
  /** Requests by external user. */
  readonly sharedUsers: Counts;
}

/** Keeps requests. */
export class Ledger {
  readonly #options: LedgerOptions;
  readonly #maxRecords: number;
  readonly #budget: NameBudget;
  readonly #hours = new Map<number, Hour>();
  /** In the order of arrival; the oldest is overwritten. */
  readonly #records: AccessRecord[] = [];
  #next = 0;

  /** Keeps nothing yet. */
  constructor(options: LedgerOptions) {
    this.#options = options;
    this.#maxRecords = options.maxRecords ?? 10_000;
    this.#budget = new NameBudget(options.maxUnits ?? 16 * 1024 * 1024);
  }

  /** Number of requests that are kept one by one. */
  get recordCount(): number {
    return this.#records.length;
  }

  /**
   * Adds a request.
   *
   * @returns Whether it was; not if it is older than what is kept, or a day ahead of our clock.
   */
  add(record: AccessRecord): boolean {
    if (!this.keeps(record.atMs)) return false;
    const nowMs = this.#options.now();
    const hourMs = hourOf(record.atMs);
    let hour = this.#hours.get(hourMs);
    if (hour === undefined) {
      this.#prune(nowMs);
      this.#hours.set(hourMs, hour = emptyHour(this.#options.maxNames ?? 1_000, this.#budget));
    }
    const { user, device, userClass } = record.visitor;
    hour.bytes += record.bytes ?? 0;
    hour.statuses.add(statusClass(record.status));
    hour.userClasses.add(userClass);
    if (user !== undefined) hour.users.add(user);
    if (user !== undefined && userClass === "shared") hour.sharedUsers.add(user);
    if (device !== undefined) hour.devices.add(device);
    hour.endpoints.add(record.endpoint);
    hour.services.add(record.service);
    this.#records[this.#next] = record;
    this.#next = (this.#next + 1) % this.#maxRecords;
    return true;
  }

  /** Whether a request of this time is kept, in milliseconds since 1970. */
  keeps(atMs: number): boolean {
    const nowMs = this.#options.now();
    return hourOf(atMs) >= this.#oldestHour(nowMs) && atMs <= nowMs + 24 * HOUR_MS;
  }

  /**
   * What was used since a time, in whole hours: the one in which the time lies is counted as a
   * whole. For some hours; of more, {@linkcode Ledger.usageInSlices} delays no other work.
   *
   * @param fromMs Milliseconds since 1970.
   */
  usage(fromMs: number): Usage {
    const sum = new Sum();
    for (const [atMs, hour] of this.#since(fromMs)) sum.add(atMs, hour);
    return sum.usage;
  }

  /** The same, in slices. */
  async usageInSlices(
    fromMs: number,
    slice: { readonly isOver: boolean; next(): Promise<void> },
  ): Promise<Usage> {
    const sum = new Sum();
    for (const [atMs, hour] of this.#since(fromMs)) {
      sum.add(atMs, hour);
      if (slice.isOver) await slice.next();
    }
    return sum.usage;
  }

  /**
   * Numbers of distinct users and devices from a time to now, in whole hours; for a day at most.
   *
   * @param fromMs Milliseconds since 1970.
   */
  distinct(fromMs: number): { readonly users: number; readonly devices: number } {
    const nowMs = this.#options.now();
    const [users, devices] = [new Set<string>(), new Set<string>()];
    for (const [atMs, hour] of this.#since(fromMs)) {
      // Clocks of web servers may be ahead, and anyone can say so.
      if (atMs > nowMs) continue;
      for (const name of hour.users.names()) users.add(name);
      for (const name of hour.devices.names()) devices.add(name);
    }
    return { users: users.size, devices: devices.size };
  }

  /**
   * External users of all requests that are counted. The requests that are kept one by one may be
   * those of the last second.
   */
  async sharedUsers(
    slice: { readonly isOver: boolean; next(): Promise<void> },
  ): Promise<ReadonlySet<string>> {
    const users = new Set<string>();
    for (const [, hour] of this.#since(-Infinity)) {
      for (const name of hour.sharedUsers.names()) users.add(name);
      if (slice.isOver) await slice.next();
    }
    return users;
  }

  /** The hours from the one in which a time lies, in order. */
  #since(fromMs: number): readonly (readonly [atMs: number, hour: Hour])[] {
    const oldestMs = Math.max(hourOf(fromMs), this.#oldestHour(this.#options.now()));
    return [...this.#hours].filter(([atMs]) => atMs >= oldestMs).sort(([a], [b]) => a - b);
  }

  /**
   * The last requests since a time, the newest first.
   *
   * @param fromMs Milliseconds since 1970.
   */
  records(fromMs: number): readonly AccessRecord[] {
    const oldestMs = Math.max(fromMs, this.#options.now() - this.#options.retentionMs);
    return this.#records.filter(({ atMs }) => atMs >= oldestMs).sort((a, b) => b.atMs - a.atMs);
  }

  /** The first hour that is kept. */
  #oldestHour(nowMs: number): number {
    return hourOf(nowMs - this.#options.retentionMs);
  }

  /** Drops what is older than what is kept; to be called from time to time. */
  prune(): void {
    this.#prune(this.#options.now());
  }

  #prune(nowMs: number): void {
    const oldestMs = this.#oldestHour(nowMs);
    for (const [atMs, hour] of this.#hours) {
      if (atMs >= oldestMs) continue;
      this.#hours.delete(atMs);
      const { devices, endpoints, services, sharedUsers, users } = hour;
      for (const names of [users, devices, endpoints, services, sharedUsers]) names.release();
    }
    const kept = this.#records.filter(({ atMs }) => atMs >= nowMs - this.#options.retentionMs);
    if (kept.length === this.#records.length) return;
    // In the order of arrival again, so that the next one overwrites the oldest.
    const inOrder = [...this.#records.slice(this.#next), ...this.#records.slice(0, this.#next)];
    const set = new Set(kept);
    this.#records.splice(0, Infinity, ...inOrder.filter((record) => set.has(record)));
    this.#next = this.#records.length % this.#maxRecords;
  }
}

/** Adds hours up. */
class Sum {
  readonly #total = emptyHour(Infinity);
  readonly #hours: [number, number][] = [];

  add(atMs: number, hour: Hour): void {
    const total = this.#total;
    total.bytes += hour.bytes;
    total.statuses.addAll(hour.statuses);
    total.userClasses.addAll(hour.userClasses);
    total.users.addAll(hour.users);
    total.devices.addAll(hour.devices);
    total.endpoints.addAll(hour.endpoints);
    total.services.addAll(hour.services);
    this.#hours.push([atMs, hour.statuses.total]);
  }

  get usage(): Usage {
    return { requests: this.#total.statuses.total, ...this.#total, hours: this.#hours };
  }
}

function emptyHour(maxNames: number, budget?: NameBudget): Hour {
  return {
    bytes: 0,
    statuses: new Counts(),
    userClasses: new Counts(),
    users: new Counts(maxNames, budget),
    devices: new Counts(maxNames, budget),
    endpoints: new Counts(maxNames, budget),
    services: new Counts(maxNames, budget),
    sharedUsers: new Counts(maxNames, budget),
  };
}

function hourOf(atMs: number): number {
  return Math.floor(atMs / HOUR_MS) * HOUR_MS;
}
